public import Recording

/// Decides what of a head may reach a tap: credentials never do.
public protocol HTTPHeadMasking: Sendable {
    /// What is recorded of a header or trailer.
    func field(name: String, value: String) -> HTTPField

    /// What is recorded of a request's target.
    func target(_ target: String) -> String
}

/// Keeps the values of headers that are known to be harmless; of no other, and of no query.
public struct StrictHeadMasking: Sendable {
    /// Lower case: what a reader of a recording needs, and nothing that identifies anyone.
    static let clearNames: Set<String> = [
        "accept", "accept-encoding", "allow", "cache-control", "connection", "content-encoding",
        "content-length", "content-type", "date", "expect", "last-event-id", "mcp-method",
        "mcp-protocol-version", "retry-after", "server", "trailer", "transfer-encoding", "user-agent",
        "vary", "x-accel-buffering",
    ]

    /// Makes the rule.
    public init() {}
}

extension StrictHeadMasking: HTTPHeadMasking {
    public func field(name: String, value: String) -> HTTPField {
        if value.isEmpty || Self.clearNames.contains(name.lowercased()) {
            return HTTPField(name: name, value: value)
        }
        return HTTPField(name: name, value: CommandMask.placeholder, form: .masked, size: value.utf8.count)
    }

    public func target(_ target: String) -> String {
        guard let start = target.firstIndex(of: "?") else { return target }
        let pairs = target[target.index(after: start)...].split(
            separator: "&", omittingEmptySubsequences: false)
        let mask = CommandMask.placeholder
        let masked = pairs.map { pair in
            pair.firstIndex(of: "=").map { pair[...$0] + mask } ?? (pair.isEmpty ? "" : mask[...])
        }
        return target[...start] + masked.joined(separator: "&")
    }
}
