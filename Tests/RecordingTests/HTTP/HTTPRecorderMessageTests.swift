import MCPSemantics
import Testing

@testable import Recording

struct HTTPRecorderMessageTests {
    private let stream =
        "id: 1\r\ndata: \r\nretry: 100\r\n\r\n: hold on\r\n\r\n"
        + "event: message\r\nid: 2\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\r\n\r\n"
        + "data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{}}\n\n"

    /// What the recording holds of the response body of the only event stream.
    private func body(of session: SessionRecords) -> String {
        session.messages.compactMap { message -> String? in
            guard message.lane == .serverToClient, case .inline(let bytes) = message.body else { return nil }
            if let framing = message.framing {
                return String(decoding: framing.event(around: bytes), as: UTF8.self)
            }
            guard case .event(let text)? = HTTPNote(message) else { return nil }
            return String(decoding: text, as: UTF8.self)
        }.joined()
    }

    @Test func `an event stream is recorded event by event, and every byte of it`() {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.call("1"))
        traffic.head(id, 200, type: "text/event-stream")
        traffic.send(stream, .serverToClient, id)
        #expect(traffic.sessions[0].exchanges.map(\.outcome) == [.ok], "before the stream ends")
        traffic.close(id)
        #expect(body(of: traffic.sessions[0]) == stream)
        #expect(traffic.sessions[0].texts.last == "{\"jsonrpc\":\"2.0\",\n\"id\":1,\"result\":{}}")
        #expect(
            traffic.sessions[0].messages.map(\.kind).suffix(4) == [.http, .http, .notification, .response])
    }

    @Test func `how bodies are cut makes no difference`() {
        var records: [[String]] = []
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for mode in 0..<12 {
            var traffic = HTTPTraffic()
            if mode == 1 { traffic.cut = { bytes in bytes.indices.map { bytes[$0...$0] } } }
            if mode > 1 {
                let places = (0..<mode).map { _ in random.below(300) }.sorted()
                traffic.cut = { bytes in
                    var start = 0
                    return (places + [bytes.count]).map { place in
                        let end = max(start, min(place, bytes.count))
                        defer { start = end }
                        return bytes[start..<end]
                    }
                }
            }
            let client = traffic.connect(HTTPTraffic.Client(), session: "s")
            let id = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
            traffic.head(id, 200, type: "text/event-stream")
            traffic.send(stream, .serverToClient, id)
            traffic.close(id)
            records.append(
                traffic.sessions[0].messages.map {
                    "\($0.sequence) \($0.kind) \($0.exchange ?? 0) \($0.isPartial) \($0.body) \(String(describing: $0.framing))"
                })
        }
        #expect(Set(records).count == 1, "seed \(seed)")
    }

    @Test func `no secret of a stream is told, however its bodies are cut`() {
        let secret = "ghp_" + String(repeating: "Zx8", count: 12)
        let redactor = Redactor(
            rules: RedactionRules(), key: Array(repeating: 3, count: Redactor.keySize))
        var bodies: Set<[String]> = []
        for size in [1, 7, 1000] {
            var traffic = HTTPTraffic()
            traffic.recorder = HTTPRecorder(listener: HTTPTraffic.listener, redactor: redactor)
            traffic.cut = { bytes in
                stride(from: 0, to: bytes.count, by: size).map {
                    bytes[$0..<min(bytes.count, $0 + size)]
                }
            }
            let id = traffic.request("POST", body: HTTPTraffic.call("1"))
            traffic.head(id, 200, type: "text/event-stream")
            let answer = #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no \#(secret)"}}"#
            traffic.send(": \(secret)\n\nid: \(secret)\ndata: \(answer)\n", .serverToClient, id)
            let checkpoint = String(decoding: traffic.recorder.checkpoint(), as: UTF8.self)
            #expect(!checkpoint.contains(secret.prefix(12)), "the event is not complete")
            traffic.send("\n", .serverToClient, id)
            traffic.close(id)
            let session = traffic.sessions[0]
            let text = body(of: session) + "\(session.exchanges) \(session.state)"
            #expect(!text.contains(secret.prefix(12)))
            #expect(session.exchanges[0].error?.message.hasPrefix("no [redacted:github-token:") ?? false)
            #expect(session.messages.contains { $0.redactions.map(\.pointer) == ["/error/message"] })
            bodies.insert(session.texts)
        }
        #expect(bodies.count == 1)
    }

    @Test func `rules for a tool follow the stream, where two requests have one id`() {
        var rules = RedactionRules()
        rules.pointers = [.init(pointer: "/result/iban", in: .init(tool: "pay"))]
        let redactor = Redactor(rules: rules, key: Array(repeating: 3, count: Redactor.keySize))
        var traffic = HTTPTraffic()
        traffic.recorder = HTTPRecorder(listener: HTTPTraffic.listener, redactor: redactor)
        let streams = ["pay", "other"].map { tool in
            traffic.request(
                "POST",
                body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)"}}"#)
        }
        for (stream, answer) in zip(streams, ["secret", "open"]) {
            traffic.head(stream, 200, type: "application/json")
            traffic.send(
                #"{"jsonrpc":"2.0","id":1,"result":{"iban":"\#(answer)"}}"#, .serverToClient, stream)
            traffic.close(stream)
        }
        let text = traffic.sessions.flatMap(\.texts).joined()
        #expect(text.contains(#""iban":"open""#) && text.contains(#""iban":"[redacted:"#), "\(text)")
        #expect(!text.contains(#""iban":"secret""#))
    }

    @Test func `a client that closes the stream cancels a modern request and no older one`() {
        var traffic = HTTPTraffic()
        let modern = traffic.request("POST", body: HTTPTraffic.modern("1"))
        traffic.head(modern, 200, type: "text/event-stream")
        traffic.close(modern, StreamClosure(.client, .disconnected))
        #expect(traffic.sessions[0].exchanges.map(\.outcome) == [.cancelled])
        let client = traffic.connect(HTTPTraffic.Client(connection: 2, agent: "old"), session: "s")
        let legacy = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.close(legacy, StreamClosure(.client, .disconnected))
        #expect(traffic.sessions[1].exchanges.last?.outcome == .pending)
    }

    @Test func `an upstream that does not answer is an error with its reason`() {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.call("1"))
        traffic.observe(
            .responseHead(
                HTTPResponseHead(status: 502, reason: "Bad Gateway", isOwn: true), stream: id,
                at: traffic.time))
        traffic.send("upstream refused\n", .serverToClient, id)
        traffic.close(id, StreamClosure(.upstream, .connectFailed, text: "127.0.0.1:9: connection refused"))
        let exchange = traffic.sessions[0].exchanges[0]
        #expect(exchange.outcome == .error && exchange.httpStatus == 502)
        #expect(exchange.error?.message == "127.0.0.1:9: connection refused")
        #expect(traffic.sessions[0].state.errors == 1 && traffic.sessions[0].state.pending == 0)
    }

    @Test func `an upstream that dies in its answer leaves it partial and the request failed`() {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.call("1"))
        traffic.head(id, 200)
        traffic.send(#"{"jsonrpc":"2.0","id":1,"resu"#, .serverToClient, id)
        traffic.close(id, StreamClosure(.upstream, .reset))
        #expect(traffic.sessions[0].messages.contains { $0.isPartial && $0.kind == .foreign })
        #expect(traffic.sessions[0].notes.contains(.closed(StreamClosure(.upstream, .reset))))
        #expect(traffic.sessions[0].exchanges[0].outcome == .error && traffic.sessions[0].state.pending == 0)
    }

    @Test func `an answer may come on a resumed stream, whose repeated events are recorded once`() {
        var traffic = HTTPTraffic()
        var client = traffic.connect(HTTPTraffic.Client(), session: "s")
        let first = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.head(first, 200, type: "text/event-stream")
        let note = #"{"jsonrpc":"2.0","method":"notifications/message"}"#
        traffic.send("id: a\ndata: \(note)\n\n", .serverToClient, first)
        traffic.close(first)
        client.more = [HTTPField(name: "Last-Event-ID", value: "0")]
        let second = traffic.request("GET", "/mcp", client)
        traffic.head(second, 200, type: "text/event-stream")
        traffic.send(
            "id: a\ndata: \(note)\n\nid: b\ndata: \(HTTPTraffic.result("1"))\n\n", .serverToClient, second)
        #expect(traffic.sessions[0].exchanges.last?.outcome == .ok)
        #expect(traffic.sessions[0].texts.filter { $0 == note }.count == 1)
    }

    @Test func `a message of megabytes comes in parts, in a body and in an event`() {
        let large =
            #"{"jsonrpc":"2.0","id":1,"result":{"text":""# + String(repeating: "x", count: 2_500_000)
            + #""}}"#
        for type in ["application/json", "text/event-stream"] {
            var traffic = HTTPTraffic()
            let id = traffic.request("POST", body: HTTPTraffic.call("1"))
            traffic.head(id, 200, type: type)
            traffic.send(type == "application/json" ? large : "data: \(large)\n\n", .serverToClient, id)
            traffic.close(id)
            let session = traffic.sessions[0]
            #expect(session.exchanges.map(\.outcome) == [.ok])
            #expect(session.messages.last?.size == large.utf8.count)
            let parts = session.events.compactMap { if case .part(let part) = $0 { part.bytes } else { nil } }
            #expect(parts.flatMap { $0 } == Array(large.utf8))
        }
    }

    @Test func `a gap cuts every open stream and stands in each session of one`() {
        var traffic = HTTPTraffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s")
        let id = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.head(id, 200)
        traffic.send(#"{"jsonrpc":"#, .serverToClient, id)
        var gap = Gap(from: traffic.time, to: traffic.time, reason: .journalFull)
        gap.serverToClient = 10
        traffic.observe(.gap(gap, at: traffic.time))
        traffic.close(id)
        #expect(traffic.sessions[0].state.gaps == 1)
        #expect(traffic.sessions[0].messages.last?.isPartial == true)
    }

    @Test func `a note reads as what was written`() {
        let fields = [
            HTTPField(name: "A", value: "b"), HTTPField(name: "a", value: "x", form: .masked, size: 40),
        ]
        let notes: [HTTPNote] = [
            .request(
                HTTPRequestHead(
                    connection: 3, peer: "p:1", route: "r", method: "GET", target: "/", fields: fields)),
            .response(
                HTTPResponseHead(
                    status: 401, reason: "No", minorVersion: 0, fields: fields, omittedFields: 2, isOwn: true)
            ),
            .trailers(fields), .omitted(12), .event(Array(": c\r\n\r\n".utf8)), .event([0xFF, 0x0A]),
            .closed(StreamClosure(.client, .reset, text: "t")),
        ]
        for note in notes { #expect(HTTPNote(json: note.encodedJSON()[...]) == note) }
        #expect(HTTPNote(json: Array("{}".utf8)[...]) == nil)
    }
}
