import Testing

@testable import HTTPTransport
@testable import Journal

/// A probe of servers that a test plays: one connection for each question.
struct UpstreamProbeTests {
    /// What the probe reports of a server that answers its questions in order, and the heads of these.
    private func probe(
        _ path: String = "/mcp?key=hidden", header: String? = nil, answering answers: [String],
        limit: Duration = .seconds(20)
    ) throws -> (report: UpstreamReport, asked: [String]) {
        let listener = try RawListener()
        let origin = "http://127.0.0.1:\(listener.port)"
        var headers: [InjectedHeader] = []
        if let header {
            headers = [
                try HeaderTemplate(header).resolved(environment: { _ in "wrong" }, command: { _ in "" })
            ]
        }
        let probe = UpstreamProbe(
            try UpstreamURL(origin + path), trust: .system, headers: headers, limit: limit)
        let reported = Guarded<UpstreamReport?>(nil)
        var asked: [String] = []
        var peers: [RawSocket] = []
        try inParallel({ reported.with { $0 = try? probe.report() } }) {
            for answer in answers {
                let peer = try listener.accept()
                let head = try peer.receive(through: "\r\n\r\n")
                asked.append(head)
                // All of it is taken, so that closing is no reset.
                if let length = head.firstMatch(of: /Content-Length: (\d+)/) {
                    _ = try peer.receive(Int(length.1) ?? 0)
                }
                // The probe may have read enough before all is sent.
                try? peer.send(answer.replacing("ORIGIN", with: origin))
                // One that says nothing stays open; the others have said all.
                if answer.isEmpty { peers.append(peer) } else { peer.close() }
            }
        }
        let report = try #require(reported.with { $0 })
        #expect(report.url == origin + "/mcp" && !"\(report)".contains("hidden"))
        return (report, asked)
    }

    private func json(_ status: String, _ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
            + "\(fields)\r\n\(body)"
    }

    private static let modern = #"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"]}}"#
    private static let legacy = #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}"#

    @Test func `both eras are asked, with our header, and a session is ended again`() throws {
        let (report, asked) = try probe(
            header: "X-Probe: k",
            answering: [
                json("200 OK", Self.modern), json("200 OK", Self.legacy, "Mcp-Session-Id: s-1\r\n"),
                "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n",
            ])
        #expect(report.verdict == .ready && report.failure == nil && report.answers.count == 2)
        #expect(asked.map { $0.prefix { $0 != " " } } == ["POST", "POST", "DELETE"])
        #expect(
            asked.allSatisfy {
                $0.contains(" /mcp?key=hidden HTTP/1.1\r\n") && $0.contains("\r\nX-Probe: k\r\n")
            })
        #expect(asked[0].contains("\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: server/discover\r\n"))
        #expect(asked[2].contains("\r\nMcp-Session-Id: s-1\r\n"))
        #expect(
            report.advice == ["mcptape record --listen 8808 --upstream \(report.url) --upstream-header …"])
    }

    @Test func `the stream of HTTP+SSE is asked for last, and not waited for to its end`() throws {
        let none = "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
        let stream =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        let event = "event: endpoint\ndata: /m\n\n"
        let chunk = "\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n"
        let (report, asked) = try probe(answering: [none, none, stream + chunk])
        #expect(report.speaker?.transport == .events && report.verdict == .ready)
        #expect(asked[2].hasPrefix("GET /mcp?key=hidden HTTP/1.1\r\n"))
    }

    @Test func `a refusal leads to metadata of the server's own origin, asked for without our header`() throws
    {
        let challenge = "WWW-Authenticate: Bearer resource_metadata=\"ORIGIN/meta\"\r\n"
        let document = #"{"resource":"ORIGIN/mcp","authorization_servers":["https://as.example"]}"#
        let (report, asked) = try probe(
            header: "Authorization: Bearer {env:KEY}",
            answering: [
                json("401 Unauthorized", "{}", challenge),
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\(document)",
            ])
        #expect(report.verdict == .authorization)
        #expect(report.authorization?.authorizationServers == ["https://as.example"])
        #expect(asked.count == 2 && asked[1].hasPrefix("GET /meta HTTP/1.1\r\n"))
        #expect(asked[0].contains("Bearer wrong") && !asked[1].contains("Bearer wrong"))
        #expect(report.advice.count == 2 && report.advice[0].hasPrefix("the server refuses the credential"))
        #expect(report.advice[1].hasSuffix("mcptape record -- npx -y mcp-remote \(report.url)"))
    }

    @Test func `metadata of another origin is named and not visited`() throws {
        let challenge = "WWW-Authenticate: Bearer resource_metadata=\"http://127.0.0.1:1/meta\"\r\n"
        let (report, asked) = try probe(answering: [json("401 Unauthorized", "{}", challenge)])
        #expect(report.authorization?.metadata == "http://127.0.0.1:1/meta" && asked.count == 1)
    }

    @Test func `without a challenge the well-known places are tried`() throws {
        let none = json("404 Not Found", "{}")
        let (report, asked) = try probe(answering: [json("403 Forbidden", "{}"), none, none])
        #expect(report.authorization?.isOAuth == false)
        #expect(
            asked.dropFirst().map { $0.split(separator: " ")[1] } == [
                "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource",
            ])
        #expect(report.advice.count == 1 && report.advice[0].hasPrefix("with a token: "))
    }

    @Test func `what is no HTTP, what breaks off, and what says nothing`() throws {
        let (strange, _) = try probe(answering: ["SSH-2.0-x\r\n\r\n"])
        #expect(strange.failure?.step == .answer && strange.verdict == .unreachable)
        let (cut, _) = try probe(answering: ["HTTP/1.1 200"])
        #expect(cut.failure?.text.hasSuffix("ended the connection without an answer") == true)
        let (silent, _) = try probe(answering: [""], limit: .milliseconds(300))
        #expect(silent.failure?.step == .answer)
        #expect(silent.failure?.text.hasSuffix("does not answer in time") == true)
        // A body that never ends is no reason to wait for ever.
        let endless =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + String(repeating: "x", count: 300_000)
        let (large, _) = try probe(answering: [endless, endless, endless])
        #expect(large.verdict == .other && large.answers.count == 3)
    }

    @Test func `a port that nobody listens on, and a name that nobody has`() throws {
        let port = try RawListener().port
        let down = try UpstreamProbe(UpstreamURL("http://127.0.0.1:\(port)"), trust: .system).report()
        #expect(down.failure?.step == .connect && down.verdict == .unreachable)
        #expect(down.failure?.text == "cannot connect to 127.0.0.1:\(port): Connection refused")
        let nowhere = try UpstreamProbe(UpstreamURL("https://nowhere.invalid"), trust: .system).report()
        #expect(nowhere.failure?.step == .resolve)
        #expect(nowhere.failure?.text.hasPrefix("nowhere.invalid has no address") == true)
    }
}
