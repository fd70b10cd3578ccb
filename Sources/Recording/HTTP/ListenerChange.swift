internal import Wire

/// What of a listener is otherwise from some moment on: its settings were read again. Payload of
/// `listenerChanged`.
public struct ListenerChange: Sendable, Hashable {
    /// The server's name where there are no routes, for sessions that begin.
    public var name: String
    /// As `SessionDescription.command`: the upstreams, for sessions that begin.
    public var command: [String]
    /// By which rules secrets are replaced; of no effect where nothing was replaced before.
    public var redaction: RedactionRules?

    public init(name: String, command: [String], redaction: RedactionRules?) {
        self.name = name
        self.command = command
        self.redaction = redaction
    }

    /// Bytes that its encoding may have: what a journal takes as one event, and some to spare.
    public static let sizeLimit = 30 << 10

    /// One JSON object without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { change in
            change.member("name", name)
            change.member("command") { $0.strings(command) }
            if let redaction { change.member("redaction", raw: redaction.encodedJSON()) }
        }
        return json.bytes
    }

    /// Reads what `encodedJSON` wrote; nil when it is not that.
    public init?(json: ArraySlice<UInt8>) {
        guard let root = JSONTree(json)?.root, let name = root["name"]?.stringValue else { return nil }
        self.name = name
        command = root["command"]?.strings ?? []
        redaction = root["redaction"].map { RedactionRules($0) }
    }
}

extension HTTPRecorder {
    /// Messages that begin after it are recorded by the new rules; one that is half read by the old ones.
    mutating func apply(_ change: ListenerChange) {
        self.change = change
        listener.name = change.name
        listener.command = change.command
        guard let rules = change.redaction, let redactor else { return }
        listener.redaction = rules
        let changed = redactor.with(rules)
        self.redactor = changed
        for number in sessions.keys { sessions[number]?.recorder.redactor = changed }
    }
}
