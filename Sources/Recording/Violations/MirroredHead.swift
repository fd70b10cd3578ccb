import MCPSemantics
import Wire

/// What the head of a POST says of the message in its body: `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`.
///
/// Source: MCP 2026-07-28, basic/transports/streamable-http, *Protocol Version Header* and *Standard Request
/// Headers*. Other revisions have no such rule.
struct MirroredHead: Sendable, Hashable {
    /// Nil where the header is absent, or not on record as it was sent.
    let revision: String?
    /// These two unwrapped.
    let method: String?
    let name: String?

    /// Longer methods and names are not compared: of a message, no more than 4 KiB of JSON text are known,
    /// which may be six bytes a character.
    private static let nameLimit = 512

    /// Nil where there is nothing to compare.
    init?(_ head: HTTPRequestHead) {
        guard head.method == "POST" else { return nil }
        var (revision, method, name): (String?, String?, String?)
        for field in head.fields {
            // "mcp-name" is the shortest of them; few fields are looked at more closely.
            guard field.name.utf8.count >= 8, field.name.utf8.first.map({ $0 | 0x20 }) == UInt8(ascii: "m")
            else { continue }
            switch field.name.lowercased() {
            case "mcp-protocol-version": revision = revision ?? MirroredHead.value(of: field)
            case "mcp-method": method = method ?? MirroredHead.value(of: field).map(MirroredValue.decoded)
            case "mcp-name": name = name ?? MirroredHead.value(of: field).map(MirroredValue.decoded)
            default: continue
            }
        }
        guard method != nil || name != nil || revision.map(MirroredHead.isModern) == true else { return nil }
        self.revision = revision
        self.method = method
        self.name = name
    }

    /// Nil of what is recorded otherwise than it was sent, or was no text.
    private static func value(of field: HTTPField) -> String? {
        field.form == .clear && !field.value.unicodeScalars.contains("\u{FFFD}") ? field.value : nil
    }

    private static func isModern(_ revision: String) -> Bool {
        if let known = ProtocolRevision(rawValue: revision) { return known.era == .modern }
        // Revisions are dates, and a later one has the rule until somebody takes it away.
        let first = ProtocolRevision.v2026_07_28.rawValue
        return revision.utf8.count == first.utf8.count && revision > first && revision < ":"
    }

    /// What contradicts the request `message`, whose `_meta` states the revision `stated`.
    func contradiction(of message: MessageRecord, stating stated: String?) -> ProtocolViolation? {
        guard message.kind == .request, let method = message.method,
            [revision, stated].contains(where: { $0.map(MirroredHead.isModern) == true })
        else { return nil }
        if let revision, let stated, revision != stated {
            return .headerMismatch(header: "MCP-Protocol-Version", says: revision, message: stated)
        }
        if let said = self.method, said != method, said.utf8.count <= MirroredHead.nameLimit {
            return .headerMismatch(header: "Mcp-Method", says: said, message: method)
        }
        guard let said = name, let name = message.name, said != name, MirroredHead.isNamed(method),
            said.utf8.count <= MirroredHead.nameLimit, !message.hasRedactedName
        else { return nil }
        return .headerMismatch(header: "Mcp-Name", says: said, message: name)
    }

    /// Whether requests of the method repeat in a header what they are about.
    private static func isNamed(_ method: String) -> Bool {
        switch MethodCatalogue[method]?.nameField {
        case .name?, .uri?, .taskID?: true
        case .completionReference?, .elicitationID?, .some(.none), nil: false
        }
    }
}

extension MessageRecord {
    fileprivate var hasRedactedName: Bool {
        redactions.contains { ["/params/name", "/params/uri", "/params/taskId"].contains($0.pointer) }
    }
}

extension MessageDigest {
    /// The revision that a request's `_meta` states; nil of `initialize`, which asks for one.
    var metaRevision: String? { era == nil ? nil : statedRevision }
}
