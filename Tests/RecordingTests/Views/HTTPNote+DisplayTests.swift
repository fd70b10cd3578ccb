import MCPSemantics
import Testing
import Wire

@testable import Recording

/// How `show` presents what came over HTTP.
struct HTTPNoteDisplayTests {
    /// The lines of a session, without what is routine.
    private func lines(_ session: SessionRecords, all: Bool = false) -> [ConversationLine] {
        var routine = RoutineHTTP()
        let exchanges = session.exchanges
        return session.messages.compactMap { message in
            guard !routine.canOmit(.message(message)) || all else { return nil }
            let exchange = message.exchange.map { exchanges[$0 - 1] }
            return ConversationLine(.message(message), exchange: exchange, summaryWidth: 200)
        }
    }

    @Test func `HTTP+SSE shows the messages, and neither its endpoint nor the texts of 202`() {
        var traffic = HTTPTraffic()
        let stream = traffic.connectToEvents()
        traffic.exchange(
            "POST", "/m?session_id=1", body: HTTPTraffic.call("1"), status: 202, answer: "Accepted",
            type: "text/plain")
        traffic.send("event: message\ndata: \(HTTPTraffic.result("1"))\n\n", .serverToClient, stream)
        let session = traffic.sessions[0]
        #expect(lines(session).map(\.label) == ["GET /sse", "200 ", "tools/call add", "tools/call add"])
        let whole = lines(session, all: true)
        #expect(whole.contains { $0.label == "event without a message" && $0.summary.contains("endpoint") })
        #expect(whole.contains { $0.label == "body, not JSON-RPC" && !$0.isTrouble })
        #expect(session.state.messages.serverToClient == 2)
    }

    @Test func `a refusal and a disconnect stand with their exchange`() {
        var traffic = HTTPTraffic()
        traffic.exchange(
            "POST", body: HTTPTraffic.modern("1"), status: 503, answer: "busy", type: "text/plain")
        let left = traffic.request("POST", body: HTTPTraffic.modern("2"))
        traffic.head(left, 200, type: "text/event-stream")
        traffic.close(left, StreamClosure(.client, .disconnected))
        let shown = lines(traffic.sessions[0])
        #expect(
            shown.map { "\($0.exchange) \($0.label) \($0.outcome)" } == [
                "#1 tools/call add ", "#1 503  error", " body, not JSON-RPC ", "#2 tools/call add ",
                "#2 closed by client cancelled",
            ])
    }

    @Test func `what a header wraps is shown unwrapped`() {
        let fields = [
            HTTPField(name: "Mcp-Method", value: "tools/call"),
            HTTPField(name: "Mcp-Name", value: "=?base64?R3LDvMOfZQ==?="),
            HTTPField(name: "Mcp-Param-Region", value: "=?base64?Zm9vCmJhcg==?="),
            HTTPField(name: "Mcp-Param-Plain", value: "=?BASE64?R3LDvMOfZQ==?="),
        ]
        let note = HTTPNote.request(
            HTTPRequestHead(
                connection: 1, peer: "", route: "", method: "POST", target: "/mcp", fields: fields))
        #expect(
            note.summary == "mcp-method=tools/call mcp-name=Grüße mcp-param-region=foo⏎bar "
                + "mcp-param-plain==?BASE64?R3LDvMOfZQ==?=")
        for text in ["=?base64?=", "=?base64?*?=", "=?base64?/w==?=", "plain", ""] {
            #expect(MirroredValue.decoded(text) == text)
        }
    }

    @Test func `rounds of one chain and requests of the server say whose they are`() {
        var exchange = Exchange(
            number: 5, asker: .clientToServer, id: RequestID("7"), method: "tools/call", name: "book",
            era: .modern, requestSequence: 9, requestTime: .zero, requestSize: 80)
        exchange.chain = 4
        var message = MessageRecord(
            sequence: 9, time: .zero, lane: .clientToServer, kind: .request, body: .omitted, size: 2)
        message.method = "tools/call"
        message.exchange = 5
        let round = ConversationLine(.message(message), exchange: exchange, summaryWidth: 60)
        #expect(round.summary == "(goes on with #4) (payload not recorded)")
        exchange.chain = nil
        exchange.parent = 4
        exchange.method = "roots/list"
        exchange.name = nil
        message.method = "roots/list"
        let nested = ConversationLine(.message(message), exchange: exchange, summaryWidth: 60)
        #expect(nested.label == "  ↳ roots/list")
    }

    @Test func `an edit is shown, and no secret of what it was made in`() throws {
        var traffic = HTTPTraffic()
        traffic.recorder = HTTPRecorder(
            listener: HTTPTraffic.listener,
            redactor: Redactor(rules: RedactionRules(), key: RedactionSamples.key))
        let id = traffic.request("GET", "/sse")
        traffic.head(id, 200, type: "text/event-stream")
        let edits = [
            ForwardedEdit(.body, offset: 22, removed: "http://up", inserted: "http://127.0.0.1:8808/a"),
            ForwardedEdit(
                .field(index: 3, name: "WWW-Authenticate"), offset: 0, removed: RedactionSamples.github,
                inserted: ""),
        ]
        for edit in edits {
            traffic.observe(.edited(edit, on: .serverToClient, stream: id, at: traffic.time))
        }
        let session = traffic.sessions[0]
        let shown = lines(session).suffix(2)
        #expect(shown.map(\.label) == ["edited by mcptape", "edited by mcptape"])
        #expect(shown.first?.summary == "body, byte 22: http://127.0.0.1:8808/a for http://up")
        #expect(shown.last?.summary.hasPrefix("WWW-Authenticate, byte 0:  for [redacted:github") == true)
        guard case .edited(let kept)? = session.notes.dropLast().last else {
            Issue.record("no edit: \(session.notes)")
            return
        }
        #expect(kept == edits[0], "it is what was told, and can be read back")
        #expect(!shown.contains { $0.isTrouble })
    }
}
