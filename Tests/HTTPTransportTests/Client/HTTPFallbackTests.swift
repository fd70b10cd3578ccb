import MCPSemantics
import Replay
import Testing

@testable import HTTPTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A client of a server that refuses Streamable HTTP; the test plays the server.
struct HTTPFallbackTests {
    private let listener: RawListener
    private let server: HTTPLiveServer

    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let initialized = #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2024-11-05"}}"#

    init() throws {
        listener = try RawListener()
        let url = try UpstreamURL("http://127.0.0.1:\(listener.port)/mcp")
        server = try HTTPLiveServer(url, trust: .system)
        server.send(Array(Self.initialize.utf8)[...])
    }

    private func next() throws -> LiveEvent {
        while true {
            if let event = server.next() { return event }
            var polled = server.waits.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            try #require(poll(&polled, nfds_t(polled.count), 20_000) > 0, "nothing more came")
        }
    }

    private func taken() throws -> (peer: RawSocket, line: String, body: String) {
        let peer = try listener.accept()
        let head = try peer.receive(through: "\r\n\r\n")
        let line = String(head.prefix { $0 != "\r\n" })
        guard let length = head.firstMatch(of: /Content-Length: (\d+)/) else { return (peer, line, "") }
        return (peer, line, String(decoding: try peer.receive(Int(length.1) ?? 0), as: UTF8.self))
    }

    private func refuse(_ status: String, _ body: String = "") throws {
        let asked = try taken()
        #expect(asked.line == "POST /mcp HTTP/1.1")
        try asked.peer.send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test(arguments: ["400 Bad Request", "404 Not Found", "405 Method Not Allowed"])
    func `one of HTTP+SSE is spoken to as such, from the handshake on`(_ status: String) throws {
        try refuse(status, "no such thing")
        let stream = try taken()
        #expect(stream.line == "GET /mcp HTTP/1.1" && !server.fellBackToEvents)
        try stream.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        try stream.peer.send("event: endpoint\ndata: /m\n\n")
        let asked = try taken()
        #expect(asked.line == "POST /m HTTP/1.1" && asked.body == Self.initialize)
        try asked.peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        try stream.peer.send("event: message\ndata: \(Self.initialized)\n\n")
        guard case .message(let message) = try next() else { throw RawSocket.Ending.late }
        #expect(String(decoding: message.bytes, as: UTF8.self) == Self.initialized)
        #expect(server.fellBackToEvents)
    }

    @Test func `one that has no stream of events either is told by its first refusal`() throws {
        try refuse("404 Not Found", "here is nobody")
        let stream = try taken()
        try stream.peer.send("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        guard case .unanswered(let requests, let failure) = try next() else { throw RawSocket.Ending.late }
        #expect(requests == [RequestID("0")] && failure.kind == .status(404))
        #expect(failure.body == Array("here is nobody".utf8)[...] && !server.fellBackToEvents)
        // It is asked once: what follows is Streamable HTTP.
        server.send(Array(Self.initialize.utf8)[...])
        try refuse("404 Not Found")
        guard case .unanswered = try next() else { throw RawSocket.Ending.late }
    }

    @Test(arguments: [
        ("401 Unauthorized", ""), ("500 Internal Server Error", ""),
        ("400 Bad Request", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"m"}}"#),
    ])
    func `a refusal that one of HTTP+SSE does not give is one`(_ status: String, _ body: String) throws {
        try refuse(status, body)
        guard case .unanswered(let requests, _) = try next() else { throw RawSocket.Ending.late }
        #expect(requests == [RequestID("0")])
    }
}
