internal import MCPSemantics
internal import Wire

/// The header fields that a client of MCP sends with each message, and what decides them.
///
/// Sources: MCP 2025-11-25, basic/transports (session management, protocol version header); MCP 2026-07-28,
/// basic/transports/streamable-http (standard headers, parameters in headers).
struct ClientHeaders: Sendable {
    /// Of the older revisions: what the server gave with its answer to `initialize`.
    var session: String?
    /// What the server chose in its answer to `initialize`.
    private(set) var revision: String?
    /// Arguments that tools want mirrored into headers: by tool, each header with the pointer to its value.
    private var mirrored: [String: [(header: String, pointer: String)]] = [:]

    /// Tools of which the mirrored arguments are kept: more than any server lists.
    private static let toolLimit = 10_000

    typealias Field = (name: String, value: String)

    /// The fields for a message, beside those of every POST.
    func fields(for message: ArraySlice<UInt8>, _ digest: MessageDigest) -> [Field] {
        let first = digest.kind == .batch ? digest.members.first ?? digest : digest
        guard first.era == .modern, let stated = first.statedRevision else { return sessionFields }
        var fields: [Field] = [("MCP-Protocol-Version", stated)]
        guard let method = first.method else { return fields }
        fields.append(("Mcp-Method", Self.encoded(method)))
        switch MethodCatalogue[method]?.nameField {
        case .name, .uri, .taskID:
            if let name = first.name { fields.append(("Mcp-Name", Self.encoded(name))) }
        case .completionReference, .elicitationID, .none?, nil: break
        }
        if method == "tools/call", let wanted = first.name.flatMap({ mirrored[$0] }),
            let arguments = JSONTree(message)?.root["params"]?["arguments"]
        {
            for (header, pointer) in wanted {
                guard let text = arguments.at(pointer: pointer).flatMap(Self.text) else { continue }
                fields.append(("Mcp-Param-\(header)", Self.encoded(text)))
            }
        }
        return fields
    }

    /// The fields of a request without a message, and of every message of the older revisions.
    var sessionFields: [Field] {
        var fields: [Field] = []
        if let session { fields.append(("Mcp-Session-Id", session)) }
        if let revision { fields.append(("MCP-Protocol-Version", revision)) }
        return fields
    }

    /// Learns what an answer of the server decides: the revision, and which arguments are mirrored.
    mutating func observe(_ message: ArraySlice<UInt8>, answersInitialize: Bool) {
        if answersInitialize {
            revision = JSONTree(message)?.root["result"]?["protocolVersion"]?.stringValue
        }
        guard Self.annotation.firstIndex(in: message) != nil,
            let tools = JSONTree(message)?.root["result"]?["tools"]
        else { return }
        for tool in tools.children {
            guard let name = tool["name"]?.stringValue, mirrored.count < Self.toolLimit,
                let schema = tool["inputSchema"]
            else { continue }
            var found: [(header: String, pointer: String)] = []
            Self.collect(schema, at: "", into: &found)
            mirrored[name] = found
        }
    }

    private static let annotation = ByteSearch("x-mcp-header".utf8)

    /// Annotated properties, nested ones too. The tree's depth bounds the recursion.
    private static func collect(
        _ schema: JSONTree.Node, at pointer: String, into found: inout [(header: String, pointer: String)]
    ) {
        if let header = schema["x-mcp-header"]?.stringValue, header.utf8.allSatisfy(HTTPText.isToken) {
            found.append((header, pointer))
        }
        guard let properties = schema["properties"] else { return }
        for member in properties.members {
            collect(member.value, at: JSONPointer.appending(member.key, to: pointer), into: &found)
        }
    }

    private static func text(_ node: JSONTree.Node) -> String? {
        switch node.kind {
        case .string: node.stringValue
        case .number: node.intValue.map(String.init) ?? node.textString
        case .true, .false: node.textString
        case .object, .array, .null: nil
        }
    }

    /// A value as a header can carry it: as it is, or in base 64 between marks.
    static func encoded(_ text: String) -> String {
        let isPlain =
            text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && text.first != " " && text.last != " "
            && !text.hasPrefix("=?base64?")
        return isPlain ? text : "=?base64?\(base64(Array(text.utf8)))?="
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let isFilled = place <= group.count
                text.append(isFilled ? digits[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
