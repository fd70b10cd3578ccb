import MCPSemantics

/// What the engine answers, allows or ignores whatever the recording holds.
enum ReplayRules {
    /// Clients ask for these as they like (SDKs list tools again to read an output schema, and probe before
    /// they initialize): asking again is no repeat worth telling, and never asking is no omission.
    static func isAskedAtWill(_ method: String) -> Bool {
        guard let entry = MethodCatalogue[method] else { return false }
        return entry.isList || entry.isHandshake || entry.isAlwaysAnswerable || method == "logging/setLevel"
    }

    /// Notifications that depend on the client's own clock and requests.
    static func isSentAtWill(_ method: String) -> Bool {
        switch method {
        case "notifications/initialized", "notifications/cancelled", "notifications/progress": true
        default: false
        }
    }

    /// The answer to a request that the recording does not hold, where there is one that is right whatever
    /// the server is.
    static func answer(to method: String) -> Answer? {
        switch method {
        case "ping": .result
        // The level changes which log messages come; the recorded ones come in any case.
        case "logging/setLevel": .result
        // A client of both eras asks this first and initializes after any error; at once, because without an
        // answer it waits for its time limit. Source: MCP 2026-07-28, stdio, Backward Compatibility.
        case "server/discover": .methodNotFound
        default: nil
        }
    }

    enum Answer {
        case result
        case methodNotFound
    }
}
