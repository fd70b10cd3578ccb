import MCPSemantics
import Replay
import Testing

@testable import HTTPTransport
@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A client of servers that the test plays: one connection for each request.
struct HTTPLiveServerTests {
    private let listener: RawListener
    private let server: HTTPLiveServer

    init() throws {
        listener = try RawListener()
        server = try Self.client(of: listener)
    }

    private static func client(
        of listener: RawListener, form: HTTPLiveServer.Form = .streamable
    ) throws -> HTTPLiveServer {
        try HTTPLiveServer(
            try UpstreamURL("http://127.0.0.1:\(listener.port)/base/mcp"), trust: .system, form: form)
    }

    private func next(of server: HTTPLiveServer) throws -> LiveEvent {
        while true {
            if let event = server.next() { return event }
            var polled = server.waits.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            try #require(poll(&polled, nfds_t(polled.count), 20_000) > 0, "nothing more came")
        }
    }

    private func text(_ event: LiveEvent) -> String {
        if case .message(let message) = event {
            String(decoding: message.bytes, as: UTF8.self)
        } else {
            "\(event)"
        }
    }

    /// Takes one request, whole.
    private func taken() throws -> (peer: RawSocket, head: String, body: String) {
        let peer = try listener.accept()
        let head = try peer.receive(through: "\r\n\r\n")
        guard let length = head.firstMatch(of: /Content-Length: (\d+)/) else { return (peer, head, "") }
        return (peer, head, String(decoding: try peer.receive(Int(length.1) ?? 0), as: UTF8.self))
    }

    private func answer(
        _ peer: RawSocket, _ status: String, _ body: String = "", _ fields: String = "",
        type: String = "application/json"
    ) throws {
        try peer.send(
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n"
                + body)
        peer.close()
    }

    private func send(_ message: String, to other: HTTPLiveServer? = nil) {
        (other ?? server).send(Array(message.utf8)[...])
    }

    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let initialized = #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}"#
    private static let ready = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
    private static func request(_ id: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list"}"#
    }
    private static func result(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"# }

    private func shakeHands() throws {
        send(Self.initialize)
        send(Self.ready)
        let first = try taken()
        #expect(first.head.hasPrefix("POST /base/mcp HTTP/1.1\r\n") && first.body == Self.initialize)
        #expect(!first.head.lowercased().contains("mcp-session-id"))
        try answer(first.peer, "200 OK", Self.initialized, "Mcp-Session-Id: s1\r\n")
        #expect(text(try next(of: server)) == Self.initialized)
        let second = try taken()
        #expect(second.body == Self.ready && second.head.contains("Mcp-Session-Id: s1\r\n"))
        #expect(second.head.contains("MCP-Protocol-Version: 2025-06-18\r\n"))
        try answer(second.peer, "202 Accepted")
    }

    /// The session's own stream is refused, and the goodbye answered.
    private func refuseStream() throws {
        let stream = try taken()
        #expect(stream.head.hasPrefix("GET /base/mcp"))
        try answer(stream.peer, "405 Method Not Allowed")
    }

    private func close() throws {
        let closing = Closing(server: server)
        try inParallel({ closing.server.close() }) {
            let goodbye = try taken()
            #expect(goodbye.head.hasPrefix("DELETE /base/mcp") && goodbye.head.contains("s1\r\n"))
            try answer(goodbye.peer, "200 OK")
        }
    }

    @Test func `a session, from the handshake to the goodbye`() throws {
        try shakeHands()
        try refuseStream()
        send(Self.request(1))
        send(Self.request(2))
        let (first, second) = (try taken(), try taken())
        #expect(first.body == Self.request(1) && second.body == Self.request(2))
        // Answers come in any order, as a document or as events.
        let note = #"{"jsonrpc":"2.0","method":"notifications/progress"}"#
        try answer(
            second.peer, "200 OK", ": hi\n\ndata: \(note)\n\ndata: \(Self.result(2))\n\n",
            type: "text/event-stream")
        guard case .message(let progress) = try next(of: server) else { throw RawSocket.Ending.late }
        #expect(String(decoding: progress.bytes, as: UTF8.self) == note)
        #expect(progress.requests == [RequestID("2")] && progress.isEvent == true && progress.status == 200)
        #expect(text(try next(of: server)) == Self.result(2))
        try answer(first.peer, "200 OK", Self.result(1))
        #expect(text(try next(of: server)) == Self.result(1))
        try close()
        #expect(server.next() == nil)
    }

    @Test func `what the server asks comes on the session's stream, which is taken up again`() throws {
        try shakeHands()
        let stream = try taken()
        try stream.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try stream.peer.send("id: 7\nretry: 1\ndata: {\"a\":1}\n\n")
        #expect(text(try next(of: server)) == #"{"a":1}"#)
        stream.peer.close()
        let again = try taken()
        #expect(again.head.hasPrefix("GET ") && again.head.contains("Last-Event-ID: 7\r\n"))
        try again.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"b\":1}\n\n")
        #expect(text(try next(of: server)) == #"{"b":1}"#)
        try close()
    }

    @Test func `an answer that its stream did not bring is asked for`() throws {
        send(Self.request(1))
        let first = try taken()
        try answer(first.peer, "200 OK", "id: 3\nretry: 1\ndata: \n\n", type: "text/event-stream")
        let rest = try taken()
        #expect(rest.head.contains("Last-Event-ID: 3\r\n"))
        try answer(rest.peer, "200 OK", "data: \(Self.result(1))\n\n", type: "text/event-stream")
        guard case .message(let message) = try next(of: server) else { throw RawSocket.Ending.late }
        #expect(message.requests == [RequestID("1")])
    }

    @Test func `what is no answer is told with its status and its body`() throws {
        for (status, body) in [
            ("404 Not Found", "gone"),
            ("400 Bad Request", #"{"jsonrpc":"2.0","id":"server-error","error":{}}"#),
            ("202 Accepted", ""),
        ] {
            send(Self.request(1))
            let asked = try taken()
            try answer(asked.peer, status, body)
            guard case .unanswered(let ids, let failure) = try next(of: server) else {
                throw RawSocket.Ending.late
            }
            #expect(ids == [RequestID("1")] && failure.kind == .status(Int(status.prefix(3)) ?? 0))
            #expect(String(decoding: failure.body, as: UTF8.self) == body)
        }
        send(Self.request(1))
        let asked = try taken()
        let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}}"#
        try answer(asked.peer, "404 Not Found", error)
        guard case .message(let message) = try next(of: server) else { throw RawSocket.Ending.late }
        #expect(message.status == 404 && String(decoding: message.bytes, as: UTF8.self) == error)
    }

    @Test func `a connection that ends, or cannot be made, leaves no request waiting`() throws {
        send(Self.request(1))
        let asked = try taken()
        asked.peer.close()
        guard case .unanswered(_, let failure) = try next(of: server) else { throw RawSocket.Ending.late }
        #expect(failure.kind == .brokenOff)
        var port = 0
        do { port = try RawListener().port }
        let other = try HTTPLiveServer(try UpstreamURL("http://127.0.0.1:\(port)"), trust: .system)
        send(Self.request(1), to: other)
        guard case .unanswered(_, let refused) = try next(of: other) else { throw RawSocket.Ending.late }
        #expect(refused.kind == .unreachable && refused.text.contains("refused"))
    }

    @Test func `a modern request is cancelled by closing its stream`() throws {
        let meta = #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#
        send(#"{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":\#(meta)}"#)
        let asked = try taken()
        #expect(asked.head.contains("Mcp-Method: subscriptions/listen\r\n"))
        try asked.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"a\":1}\n\n")
        #expect(text(try next(of: server)) == #"{"a":1}"#)
        server.cancel(RequestID("\"l\""))
        #expect(throws: RawSocket.Ending.closed) { try asked.peer.receive(1) }
    }

    @Test func `HTTP+SSE: messages go where the stream says, and answers come on it`() throws {
        let other = try Self.client(of: listener, form: .events)
        send(Self.request(1), to: other)
        let stream = try taken()
        #expect(stream.head.hasPrefix("GET /base/mcp"))
        try stream.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try stream.peer.send("event: endpoint\ndata: messages?s=1\n\n")
        let asked = try taken()
        #expect(asked.head.hasPrefix("POST /base/messages?s=1 ") && asked.body == Self.request(1))
        try answer(asked.peer, "202 Accepted", "Accepted")
        try stream.peer.send("event: message\ndata: \(Self.result(1))\n\n")
        #expect(text(try next(of: other)) == Self.result(1))
        stream.peer.close()
        guard case .ended(let failure) = try next(of: other) else { throw RawSocket.Ending.late }
        #expect(failure.kind == .brokenOff)
    }

    @Test func `an endpoint of another server is refused`() throws {
        let other = try Self.client(of: listener, form: .events)
        let stream = try taken()
        try stream.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try stream.peer.send("event: endpoint\ndata: http://evil.example/m\n\n")
        guard case .ended(let failure) = try next(of: other) else { throw RawSocket.Ending.late }
        #expect(failure.kind == .unreachable)
    }
}

/// `@unchecked Sendable`: the test does not touch the server while it is closed.
private struct Closing: @unchecked Sendable {
    let server: HTTPLiveServer
}
