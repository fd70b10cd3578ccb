import MCPSemantics
import Testing

@testable import Recording

struct HTTPRecorderSessionTests {
    @Test func `a session id joins what it names, and DELETE ends it`() throws {
        var traffic = HTTPTraffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        traffic.exchange(
            "POST", "/mcp", client, body: #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            status: 202)
        let listening = traffic.request("GET", "/mcp", client)
        traffic.head(listening, 200, type: "text/event-stream")
        var other = client
        other.connection = 2
        traffic.exchange("POST", "/mcp", other, body: HTTPTraffic.call("1"), answer: HTTPTraffic.result("1"))
        traffic.exchange("DELETE", "/mcp", other)
        #expect(traffic.sessions.count == 1)
        #expect(traffic.sessions[0].state.end == nil, "the GET stream is open")
        traffic.close(listening)
        let session = traffic.sessions[0]
        #expect(session.state.end?.reason == .clientClosed)
        #expect(session.exchanges.map(\.method) == ["initialize", "tools/call"])
        #expect(session.exchanges.map(\.outcome) == [.ok, .ok])
        #expect(session.state.server?.peer?.name == "demo")
        #expect(session.description.listener == HTTPTraffic.listener.id)
        #expect(session.messages.map(\.sequence) == (1...Int64(session.messages.count)).map { $0 })
        let requests = session.notes.compactMap {
            if case .request(let head) = $0 { head.method } else { nil }
        }
        #expect(requests == ["POST", "POST", "GET", "POST", "DELETE"])
    }

    @Test func `two session ids are two sessions, whoever asks`() {
        var traffic = HTTPTraffic()
        let first = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        let second = traffic.connect(HTTPTraffic.Client(), session: "s-2")
        for client in [first, second, first] {
            traffic.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.call("1"), answer: HTTPTraffic.result("1"))
        }
        #expect(traffic.sessions.map { $0.exchanges.count } == [3, 2])
    }

    @Test func `a 404 for its id ends a session, and the next initialize begins another`() {
        var traffic = HTTPTraffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("1"), status: 404)
        #expect(traffic.sessions[0].state.end?.reason == .serverExited)
        #expect(traffic.sessions[0].exchanges.last?.error?.code == "\"HTTP 404\"")
        #expect(traffic.sessions[0].exchanges.last?.httpStatus == 404)
        _ = traffic.connect(HTTPTraffic.Client(), session: "s-2")
        #expect(traffic.sessions.count == 2)
    }

    @Test func `without session ids a client is its identity until it was silent for 15 minutes`() {
        var traffic = HTTPTraffic()
        func ask(_ traffic: inout HTTPTraffic, _ name: String, connection: UInt64) {
            traffic.exchange(
                "POST", "/mcp", HTTPTraffic.Client(connection: connection),
                body: HTTPTraffic.modern("1", name: name), answer: HTTPTraffic.result("1"))
        }
        ask(&traffic, "one", connection: 1)
        ask(&traffic, "two", connection: 2)
        ask(&traffic, "one", connection: 3)
        #expect(traffic.sessions.map { $0.exchanges.count } == [2, 1])
        traffic.wait(seconds: 880)
        ask(&traffic, "one", connection: 4)
        #expect(traffic.sessions.count == 2)
        traffic.wait(seconds: 900)
        ask(&traffic, "one", connection: 5)
        #expect(traffic.sessions.count == 3)
        #expect(traffic.sessions[0].state.end?.reason == .silent)
        #expect(traffic.sessions[2].exchanges.map(\.number) == [1])
    }

    @Test func `a modern client that finds an older server goes on in one session`() {
        var traffic = HTTPTraffic()
        traffic.exchange(
            "POST", body: HTTPTraffic.modern("1", "server/discover"), status: 400,
            answer: #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no"}}"#,
            session: "thrown-away")
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("2"), answer: HTTPTraffic.result("2"))
        #expect(traffic.sessions.count == 1)
        let session = traffic.sessions[0]
        #expect(session.state.eras == [.modern, .legacy])
        #expect(session.exchanges.map(\.outcome) == [.error, .ok, .ok])
        #expect(session.exchanges[0].error == ResponseError(code: "-32600", message: "no"))
        #expect(session.exchanges[0].httpStatus == 400)
    }

    @Test func `a server without session ids still has one session a client`() {
        var traffic = HTTPTraffic()
        traffic.exchange("POST", body: HTTPTraffic.initialize, answer: HTTPTraffic.initialized)
        traffic.exchange(
            "POST", "/mcp", HTTPTraffic.Client(connection: 2, revision: "2025-11-25"),
            body: HTTPTraffic.call("1"), answer: HTTPTraffic.result("1"))
        #expect(traffic.sessions.map { $0.exchanges.count } == [2])
    }

    @Test func `a session that began before us is one`() {
        var traffic = HTTPTraffic()
        let client = HTTPTraffic.Client(session: "old")
        traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("7"), answer: HTTPTraffic.result("7"))
        #expect(traffic.sessions.map { $0.exchanges.map(\.outcome) } == [[.ok]])
    }

    @Test(arguments: [
        (StreamClosure(.client, .disconnected), SessionEnd.Reason.clientClosed),
        (StreamClosure(.upstream, .reset), .serverExited), (StreamClosure(.us, .draining), .signalled),
    ])
    func `a connection of HTTP+SSE says who ended its session`(
        closure: StreamClosure, reason: SessionEnd.Reason
    ) {
        var traffic = HTTPTraffic()
        let id = traffic.request("GET", "/sse")
        traffic.head(id, 200, type: "text/event-stream")
        traffic.send("event: endpoint\ndata: /messages/?session_id=1\n\n", .serverToClient, id)
        traffic.close(id, closure)
        #expect(traffic.sessions.map(\.state.end?.reason) == [reason])
    }

    @Test func `in HTTP+SSE a connection is a session, and posts find it by the endpoint`() {
        var traffic = HTTPTraffic()
        var streams: [StreamID] = []
        for number in 1...2 {
            let id = traffic.request("GET", "/sse", HTTPTraffic.Client(connection: UInt64(number)))
            traffic.head(id, 200, type: "text/event-stream; charset=utf-8")
            traffic.send(
                "event: endpoint\r\ndata: /messages/?session_id=\(number)\r\n\r\n", .serverToClient, id)
            streams.append(id)
        }
        for number in [2, 1, 2] {
            traffic.exchange(
                "POST", "/messages/?session_id=\(number)", HTTPTraffic.Client(connection: 9),
                body: HTTPTraffic.call("\(traffic.seconds)"), status: 202, answer: "Accepted",
                type: "text/plain")
        }
        let asked = traffic.sessions[0].exchanges.last?.id.text ?? ""
        traffic.send(
            "event: message\r\ndata: \(HTTPTraffic.result(asked))\r\n\r\n", .serverToClient, streams[0])
        #expect(traffic.sessions.map { $0.exchanges.count } == [1, 2])
        #expect(traffic.sessions[0].exchanges[0].outcome == .ok)
        traffic.close(streams[0], StreamClosure(.client, .disconnected))
        #expect(traffic.sessions[0].state.end?.reason == .clientClosed)
        #expect(traffic.sessions[1].state.end == nil)
    }

    @Test func `more sessions than can be followed end the one that was silent longest`() {
        var traffic = HTTPTraffic()
        for number in 1...HTTPRecorder.sessionLimit + 3 {
            traffic.exchange(
                "POST", "/mcp", HTTPTraffic.Client(connection: UInt64(number), session: "s-\(number)"),
                body: #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, status: 202)
        }
        #expect(traffic.sessions.filter { $0.state.end?.reason == .silent }.count == 3)
        #expect(traffic.sessions[0].state.end != nil && traffic.sessions[3].state.end == nil)
    }

    @Test func `the listener's end ends every session, with what was open`() {
        var traffic = HTTPTraffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        _ = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.observe(.ended(.interrupted, at: traffic.time))
        #expect(traffic.sessions.map { $0.state.end?.reason } == [.interrupted])
        #expect(traffic.sessions[0].exchanges.map(\.outcome) == [.ok, .pending])
        #expect(traffic.recorder.hasEnded)
    }

    @Test func `a session knows its client's address, and the traces of heads and messages`() {
        let ids = ["4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"]
        var traffic = HTTPTraffic()
        var client = traffic.connect(HTTPTraffic.Client(), session: "s")
        #expect(traffic.sessions[0].state.clientAddress == "127.0.0.1")
        #expect(traffic.sessions[0].state.traces.isEmpty)
        client.more = [
            HTTPField(name: "Traceparent", value: "00-\(ids[0])-00f067aa0ba902b7-01"),
            HTTPField(name: "tracestate", value: "a=b"),
        ]
        let meta = #""_meta":{"traceparent":"00-\#(ids[1])-b7ad6b7169203331-01"}"#
        let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add",\#(meta)}}"#
        traffic.exchange("POST", "/mcp", client, body: call, answer: HTTPTraffic.result("1"))
        #expect(traffic.sessions[0].state.traces == ids)
        // A server's own trace says nothing of who asked.
        let other = meta.replacing(ids[1], with: String(ids[1].reversed()))
        let note = #"{"jsonrpc":"2.0","method":"notifications/message","params":{\#(other)}}"#
        client.more = []
        traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("2"), answer: note)
        #expect(traffic.sessions[0].state.traces == ids)
        var listener = HTTPTraffic.listener
        listener.capture = .off
        var unkept = HTTPTraffic(listener)
        client.more = [HTTPField(name: "traceparent", value: "00-\(ids[0])-00f067aa0ba902b7-01")]
        unkept.exchange("POST", "/mcp", client, body: call, answer: HTTPTraffic.result("1"))
        #expect(unkept.sessions.map(\.state.clientAddress) == [nil])
        #expect(unkept.sessions.map(\.state.traces) == [[]])
    }
}
