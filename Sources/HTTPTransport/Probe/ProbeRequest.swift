/// A question as it is sent: a whole HTTP request on a connection of its own.
struct ProbeRequest: Sendable {
    var bytes: [UInt8]
    /// Whether what came so far answers it, so that the rest need not be waited for.
    var isAnswered: @Sendable (ProbeAnswer) -> Bool

    private init(
        _ method: String, _ target: String, of upstream: UpstreamURL,
        _ fields: [(name: String, value: String)], body: String = "",
        isAnswered: @escaping @Sendable (ProbeAnswer) -> Bool = { _ in false }
    ) {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(upstream.authority)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.utf8.count)\r\n" }
        bytes = Array("\(text)Connection: close\r\n\r\n\(body)".utf8)
        self.isAnswered = isAnswered
    }

    private static let identity = #"{"name":"mcptape-doctor","version":"1"}"#
    private static let modern = "2026-07-28"
    private static let legacy = "2025-11-25"

    static func question(
        _ question: UpstreamReport.Question, of upstream: UpstreamURL,
        _ extra: [(name: String, value: String)]
    ) -> ProbeRequest {
        let target = upstream.path.isEmpty ? "/" : upstream.path
        if question == .events {
            return ProbeRequest(
                "GET", target, of: upstream, [("Accept", "text/event-stream")] + extra,
                isAnswered: { !$0.events.isEmpty })
        }
        var fields = [
            ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
        ]
        let params: String
        if question == .discover {
            fields += [("MCP-Protocol-Version", modern), ("Mcp-Method", question.rawValue)]
            params = """
                {"_meta":{"io.modelcontextprotocol/protocolVersion":"\(modern)",\
                "io.modelcontextprotocol/clientInfo":\(identity),\
                "io.modelcontextprotocol/clientCapabilities":{}}}
                """
        } else {
            params = #"{"protocolVersion":"\#(legacy)","capabilities":{},"clientInfo":\#(identity)}"#
        }
        return ProbeRequest(
            "POST", target, of: upstream, fields + extra,
            body: #"{"jsonrpc":"2.0","id":1,"method":"\#(question.rawValue)","params":\#(params)}"#,
            isAnswered: { $0.mediaType == "text/event-stream" && $0.message != nil })
    }

    /// Ends the session that a question began.
    static func goodbye(
        session: String, of upstream: UpstreamURL, _ extra: [(name: String, value: String)]
    ) -> ProbeRequest {
        ProbeRequest(
            "DELETE", upstream.path.isEmpty ? "/" : upstream.path, of: upstream,
            [("Mcp-Session-Id", session), ("MCP-Protocol-Version", legacy)] + extra)
    }

    /// Protected-resource metadata: asked for without a credential, as any client does.
    static func metadata(_ target: String, of upstream: UpstreamURL) -> ProbeRequest {
        ProbeRequest("GET", target, of: upstream, [("Accept", "application/json")])
    }
}
