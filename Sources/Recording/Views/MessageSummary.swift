internal import MCPSemantics
internal import Wire

/// What a message says, in one line: the arguments of a request, the gist of a result.
///
/// Method and tool stand in columns of their own, so they are not repeated here.
public enum MessageSummary {
    /// At most `width` characters; empty when there is nothing to say. `method` is the request's, also for
    /// its response.
    public static func line(of message: MessageRecord, method: String?, width: Int) -> String {
        guard width > 0 else { return "" }
        let body: ArraySlice<UInt8>
        switch message.body {
        case .inline(let bytes): body = bytes
        case .parts: return cut("(\(HumanText.size(message.size)), in parts)", width)
        case .omitted: return cut("(payload not recorded)", width)
        }
        if message.kind == .http { return cut(HTTPNote(message)?.summary ?? "", width) }
        let isText = message.kind == .standardError || message.kind == .foreign
        guard !isText, let tree = JSONTree(body) else { return DisplayText.oneLine(utf8: body, limit: width) }
        switch message.kind {
        case .request, .notification: return cut(request(tree.root, method: message.method ?? ""), width)
        case .response: return cut(response(tree.root, method: method ?? ""), width)
        case .batch: return cut(batch(tree.root), width)
        case .foreign, .standardError, .http: return ""
        }
    }

    /// The arguments of a request: `query="swift" limit=5`.
    static func request(_ message: JSONTree.Node, method: String) -> String {
        guard let params = message["params"] else { return "" }
        switch method {
        case "tools/call", "prompts/get":
            return joined([pairs(params["arguments"]), answered(params["inputResponses"])])
        case "initialize":
            return joined([params["protocolVersion"]?.stringValue, peer(params["clientInfo"])])
        case "server/discover":
            return joined([peer(params["_meta"]?["io.modelcontextprotocol/clientInfo"])])
        case "completion/complete":
            guard let argument = params["argument"] else { return "" }
            return "\(argument["name"]?.stringValue ?? "?")=\(value(argument["value"]))"
        case "resources/read", "resources/subscribe", "resources/unsubscribe": return ""
        case "elicitation/create": return quoted(params["message"])
        case "sampling/createMessage":
            return HumanText.counted(params["messages"]?.childCount ?? 0, "message")
        case "notifications/progress":
            let total = params["total"].map { "/\($0.textString)" } ?? ""
            let message = params["message"].map { " " + quoted($0) } ?? ""
            return "\(params["progress"]?.textString ?? "?")\(total)\(message)"
        case "notifications/message":
            return joined([params["level"]?.stringValue, params["data"].map(value)])
        default: return pairs(params, leavingOut: ["_meta"])
        }
    }

    /// The gist of a result or an error.
    static func response(_ message: JSONTree.Node, method: String) -> String {
        if let error = message["error"] {
            let text = joined(["error \(error["code"]?.textString ?? "?"):", error["message"]?.stringValue])
            return error["data"].map { "\(text) \(value($0))" } ?? text
        }
        guard let result = message["result"] else { return "" }
        if let requests = result["inputRequests"] {
            let wanted = requests.members.map { "\($0.key): \($0.value["method"]?.stringValue ?? "?")" }
            return "wants " + wanted.joined(separator: ", ")
        }
        for (list, one) in [
            ("tools", "tool"), ("resources", "resource"), ("resourceTemplates", "template"),
            ("prompts", "prompt"),
            ("roots", "root"), ("tasks", "task"),
        ] where result[list]?.kind == .array {
            guard let node = result[list] else { continue }
            let names = node.children.prefix(12).map {
                ($0["name"] ?? $0["uri"] ?? $0["taskId"])?.stringValue ?? "?"
            }
            return "\(HumanText.counted(node.childCount, one)): \(names.joined(separator: ", "))"
        }
        if method == "elicitation/create", let action = result["action"]?.stringValue {
            return joined([action, result["content"].map { pairs($0) }])
        }
        if let content = result["content"] { return self.content(content) }
        if let contents = result["contents"] { return self.content(contents) }
        if let messages = result["messages"] { return HumanText.counted(messages.childCount, "message") }
        if let values = result["completion"]?["values"] {
            return values.children.prefix(12).map { $0.stringValue ?? "?" }.joined(separator: ", ")
        }
        if method == "initialize" || method == "server/discover" {
            let info = result["serverInfo"] ?? result["_meta"]?["io.modelcontextprotocol/serverInfo"]
            let versions = result["supportedVersions"]?.children.compactMap(\.stringValue) ?? []
            return joined([
                result["protocolVersion"]?.stringValue ?? versions.joined(separator: " "), peer(info),
            ])
        }
        return pairs(result, leavingOut: ["_meta", "resultType"])
    }

    private static func batch(_ list: JSONTree.Node) -> String {
        let methods = list.children.prefix(12).map { $0["method"]?.stringValue ?? "response" }
        return "\(HumanText.counted(list.childCount, "message")): \(methods.joined(separator: ", "))"
    }

    /// What the model receives: the first piece in full, the others by their kind.
    private static func content(_ content: JSONTree.Node) -> String {
        // A sampling result's content is one object, a tool's an array. (2025-06-18 schema,
        // CreateMessageResult.)
        let pieces = content.kind == .array ? Array(content.children.prefix(8)) : [content]
        let texts = pieces.map { piece -> String in
            if let text = piece["text"] { return quoted(text) }
            let type = piece["type"]?.stringValue ?? piece["mimeType"]?.stringValue ?? "?"
            let size =
                (piece["data"] ?? piece["blob"]).map { " \(HumanText.size($0.range.count * 3 / 4))" } ?? ""
            let uri = (piece["uri"] ?? piece["resource"]?["uri"])?.stringValue.map { " \($0)" } ?? ""
            return "[\(type)\(uri)\(size)]"
        }
        let more = content.kind == .array ? content.childCount - pieces.count : 0
        return texts.joined(separator: " ") + (more > 0 ? " and \(more) more" : "")
    }

    private static func pairs(_ node: JSONTree.Node?, leavingOut: Set<String> = []) -> String {
        guard let node else { return "" }
        guard node.kind == .object else { return value(node) }
        // No line is longer than a few hundred columns: 24 members fill it.
        let shown = node.members.lazy.filter { !leavingOut.contains($0.key) }.prefix(24)
        return shown.map { "\($0.key)=\(value($0.value))" }.joined(separator: " ")
    }

    private static func answered(_ responses: JSONTree.Node?) -> String? {
        guard let responses else { return nil }
        let answers = responses.members.map { "\($0.key): \($0.value["action"]?.stringValue ?? "answered")" }
        return "(" + answers.joined(separator: ", ") + ")"
    }

    private static func peer(_ info: JSONTree.Node?) -> String? {
        guard let name = info?["name"]?.stringValue else { return nil }
        return joined([name, info?["version"]?.stringValue])
    }

    private static func quoted(_ node: JSONTree.Node?) -> String {
        guard let text = node?.stringValue else { return node.map(value) ?? "" }
        return "\"" + String(text.prefix(400)) + "\""
    }

    /// A value as it stands, cut: the whole is one `show --exchange` away.
    private static func value(_ node: JSONTree.Node?) -> String {
        guard let node else { return "" }
        return String(decoding: node.text.prefix(400), as: UTF8.self)
    }

    private static func joined(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        DisplayText.oneLine(text, limit: width)
    }
}
