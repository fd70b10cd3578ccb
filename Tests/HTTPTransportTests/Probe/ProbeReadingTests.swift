import Testing

@testable import HTTPTransport

struct ProbeReadingTests {
    private func answer(_ status: Int, _ type: String, _ body: String, _ more: (String, String)...)
        -> ProbeAnswer
    {
        ProbeAnswer(
            status: status,
            fields: [(name: "Content-Type", value: type)] + more.map { (name: $0, value: $1) },
            body: Array(body.utf8))
    }

    private static let discovered = """
        {"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{},\
        "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"2"}}}}
        """
    private static let initialized = """
        {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","serverInfo":{"name":"s","version":""}}}
        """

    @Test func `answers in MCP, as one document and as events`() {
        let modern = UpstreamReport.Speaker(
            transport: .modern, revisions: ["2026-07-28", "2025-11-25"], server: "s 2")
        let legacy = UpstreamReport.Speaker(
            transport: .legacy, revisions: ["2025-06-18"], server: "s", hasSession: true)
        #expect(
            answer(200, "application/json; charset=utf-8", Self.discovered).finding(for: .discover)
                == .speaks(modern))
        let events = ": hi\r\n\r\nid: 1\r\ndata: \r\n\r\nevent: message\r\ndata: \(Self.initialized)\r\n\r\n"
        let session = ("mcp-session-id", "x")
        #expect(
            answer(200, "text/event-stream", events, session).finding(for: .initialize) == .speaks(legacy))
        #expect(
            answer(200, "application/json", Self.initialized, session).finding(for: .initialize)
                == .speaks(legacy))
    }

    @Test func `an error that only the modern era has is an answer of it`() {
        let refused = """
            {"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"m","data":{"supported":["2027-01-01"]}}}
            """
        #expect(
            answer(400, "application/json", refused).finding(for: .discover)
                == .speaks(.init(transport: .modern, revisions: ["2027-01-01"])))
        let unknown = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#
        #expect(
            answer(404, "application/json", unknown).finding(for: .discover)
                == .other("error -32601: Method not found"))
    }

    @Test func `the stream of HTTP+SSE begins with an endpoint`() {
        let type = "text/event-stream"
        #expect(
            answer(200, type, "event: endpoint\ndata: /m?s=1\n\n").finding(for: .events)
                == .speaks(.init(transport: .events, revisions: ["2024-11-05"])))
        for (body, text) in [
            ("event: endpoint\ndata: /m", "an event stream that says nothing"),
            ("data: x\n\n", "an event stream that does not begin with an endpoint"),
        ] {
            #expect(answer(200, type, body).finding(for: .events) == .other(text))
        }
        #expect(
            answer(405, "text/plain", "no").finding(for: .events)
                == .other("text/plain, which is no answer in MCP"))
    }

    @Test func `what is neither says what it is`() {
        let cases: [(ProbeAnswer, UpstreamReport.Finding)] = [
            (answer(401, "text/html", "<h1>"), .refuses), (answer(403, "application/json", "{}"), .refuses),
            (answer(200, "text/html", "<h1>"), .other("text/html, which is no answer in MCP")),
            (answer(202, "", ""), .other("no content")),
            (answer(200, "", "x"), .other("content of no stated type")),
            (answer(200, "application/json", "{"), .other("application/json, which is no answer in MCP")),
            (
                answer(200, "application/json", #"{"result":{}}"#),
                .other("a result without supportedVersions")
            ),
            (
                answer(307, "", "", ("Location", "https://other.example/mcp?key=secret")),
                .other("a redirect to https://other.example/mcp, which is not followed")
            ),
        ]
        for (answer, finding) in cases { #expect(answer.finding(for: .discover) == finding) }
        #expect(
            answer(200, "application/json", #"{"result":{}}"#).finding(for: .initialize)
                == .other("a result without protocolVersion"))
    }

    @Test func `metadata is what names a resource or an authorization server`() {
        var found = UpstreamReport.Authorization(status: 401, challenge: "")
        #expect(!answer(200, "application/json", "{}").read(into: &found))
        #expect(!answer(404, "application/json", #"{"resource":"r"}"#).read(into: &found))
        #expect(!answer(200, "application/json", "[1").read(into: &found))
        let document = #"{"resource":"r","authorization_servers":["a"],"scopes_supported":["x","y"]}"#
        #expect(answer(200, "application/json", document).read(into: &found))
        #expect(found.resource == "r" && found.authorizationServers == ["a"] && found.scopes == ["x", "y"])
    }
}
