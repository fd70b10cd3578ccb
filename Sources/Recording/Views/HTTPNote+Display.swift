internal import MCPSemantics

extension HTTPNote {
    /// The note that a record of kind `http` holds.
    public init?(_ message: MessageRecord) {
        guard message.kind == .http, case .inline(let bytes) = message.body else { return nil }
        self.init(json: bytes)
    }

    /// What it is: `POST /mcp`, `200 OK`, `closed by client`.
    var label: String {
        switch self {
        case .request(let head):
            "\(DisplayText.oneLine(head.method, limit: 20)) \(DisplayText.oneLine(head.target, limit: 60))"
        case .response(let head): "\(head.status) \(DisplayText.oneLine(head.reason, limit: 40))"
        case .trailers: "trailers"
        case .omitted: "body not recorded"
        case .closed(let closure): "closed by \(closure.closer.word)"
        case .event: "event without a message"
        case .edited: "edited by mcptape"
        }
    }

    /// What else is worth a glance.
    var summary: String {
        switch self {
        case .request(let head):
            return HTTPNote.shown(
                head.fields,
                ["mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id"]
                    + head.fields.map { $0.name.lowercased() }.filter { $0.hasPrefix("mcp-param-") })
        case .response(let head):
            let own = head.isOwn ? ["by mcptape"] : []
            return
                (own + [HTTPNote.shown(head.fields, ["content-type", "mcp-session-id", "www-authenticate"])])
                .filter { !$0.isEmpty }.joined(separator: " ")
        case .trailers(let fields): return fields.map(\.name).joined(separator: " ")
        case .omitted(let count): return "\(HumanText.size(count)) that carry credentials"
        case .closed(let closure):
            let reason = closure.reason.word.replacing("_", with: " ")
            return closure.text.isEmpty
                ? reason : "\(reason): \(DisplayText.oneLine(closure.text, limit: 200))"
        case .edited(let edit):
            let place = if case .field(_, let name) = edit.place { name } else { "body" }
            return DisplayText.oneLine(
                "\(place), byte \(edit.offset): \(edit.inserted) for \(edit.removed)", limit: 300)
        case .event(let bytes): return DisplayText.oneLine(utf8: bytes[...], limit: 200)
        }
    }

    /// Whether somebody who looks for errors wants to see it.
    var isTrouble: Bool {
        switch self {
        case .response(let head): head.status >= 400
        case .closed(let closure): closure.reason != .complete && closure.closer != .client
        case .request, .trailers, .omitted, .event, .edited: false
        }
    }

    private static func shown(_ fields: [HTTPField], _ names: [String]) -> String {
        names.compactMap { name in
            fields.value(of: name).map {
                "\(name)=\(DisplayText.oneLine(MirroredValue.decoded($0), limit: 60))"
            }
        }
        .joined(separator: " ")
    }
}
