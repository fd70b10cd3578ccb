import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

/// Ends, resets and failures: the client sees the truth, at once.
struct RelayConnectionEndingTests {
    private static let stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"

    @Test func `a client that closes ends the upstream at once`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.stream)
        _ = try client.receive(through: "abc\r\n")
        client.close()
        #expect(upstream.receiveToEnd().ending == .closed)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.client, .disconnected)])
    }

    @Test func `a client that closes while it waits for an answer ends the upstream at once`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        client.close()
        #expect(upstream.receiveToEnd().ending == .closed)
    }

    @Test func `a client's reset is a reset to the upstream`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        client.reset()
        #expect(upstream.receiveToEnd().ending == .reset)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.client, .reset)])
    }

    @Test func `an upstream that ends within a body never looks complete`() throws {
        let stage = try Stage()
        for answer in [Self.stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc\r\n".dropLast(2) + ""] {
            let (client, upstream, _) = try stage.exchange(Stage.request())
            try upstream.send(String(answer))
            upstream.close()
            let (text, ending) = client.receiveToEnd()
            #expect(text == String(answer))
            #expect(ending == .closed)
        }
        #expect(stage.tap.waitForClosures(2).allSatisfy { $0 == StreamClosure(.upstream, .disconnected) })
    }

    @Test func `an upstream's reset within a body is a reset to the client`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.stream)
        _ = try client.receive(through: "abc\r\n")
        upstream.reset()
        #expect(client.receiveToEnd().ending == .reset)
        let closure = try #require(stage.tap.waitForClosures().first)
        #expect(closure.closer == .upstream && closure.reason == .reset && !closure.text.isEmpty)
    }

    @Test func `an upstream's reset within a body that ends with its connection is a reset`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send("HTTP/1.1 200 OK\r\n\r\nabc")
        _ = try client.receive(through: "abc")
        upstream.reset()
        #expect(client.receiveToEnd().ending == .reset)
    }

    @Test func `an upstream that closes without an answer leaves the client without one`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        upstream.close()
        let (text, ending) = client.receiveToEnd()
        #expect(text.isEmpty && ending == .closed)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.upstream, .disconnected)])
    }

    @Test func `an upstream that is down is a 502 that says so`() throws {
        let port = try RawListener().port
        let url = try UpstreamURL("http://127.0.0.1:\(port)")
        let stage = try Stage(routes: RouteTable(upstream: url))
        let client = try stage.connect()
        try client.send(Stage.request("POST / HTTP/1.1", "Content-Length: 5\r\n", body: "hello"))
        let (text, ending) = client.receiveToEnd()
        #expect(text.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(text.hasSuffix("mcptape: cannot connect to 127.0.0.1:\(port): Connection refused\n"))
        #expect(ending == .closed)
        let closure = try #require(stage.tap.waitForClosures().first)
        #expect(closure.closer == .upstream && closure.reason == .connectFailed)
        let own = stage.tap.events.contains {
            if case .response(let head, _) = $0 { head.isOwn && head.status == 502 } else { false }
        }
        #expect(own)
        // The proxy lives.
        try stage.connect().send(Stage.request())
        #expect(stage.tap.waitForClosures(2).count == 2)
    }

    @Test func `a name without an address is a 502 that says so`() throws {
        let url = try UpstreamURL("http://nowhere.invalid")
        let stage = try Stage(routes: RouteTable(upstream: url)) { $0.limits.connectTime = .seconds(15) }
        let client = try stage.connect()
        try client.send(Stage.request())
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
    }

    @Test func `an upstream that takes no connection in time is a 504`() throws {
        // A full backlog: the system drops further attempts.
        let full = try RawListener(backlog: 0)
        var fillers: [RawSocket] = []
        let url = try UpstreamURL("http://127.0.0.1:\(full.port)")
        for _ in 0..<2 { fillers.append(try RawSocket(startingOn: full.port)) }
        let stage = try Stage(routes: RouteTable(upstream: url)) {
            $0.limits.connectTime = .milliseconds(300)
        }
        let client = try stage.connect()
        try client.send(Stage.request())
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
        #expect(stage.tap.waitForClosures().first?.reason == .connectTimeout)
        withExtendedLifetime(fillers) {}
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func `an answer that two peers could read differently is a 502`(answer: String) throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(answer)
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(stage.tap.waitForClosures().first?.reason == .malformed)
    }

    @Test func `what an upstream sends unasked reaches nobody`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
        try upstream.send(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        #expect(try client.receive(through: "\r\n\r\nx") == answer)
        #expect(upstream.receiveToEnd().ending != .late)
        try client.send(Stage.request("GET /next HTTP/1.1"))
        let next = try stage.upstream.accept()
        _ = try next.receive(through: "GET /next HTTP/1.1\r\n")
        try next.send("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n")
    }

    @Test func `chunks of an upstream that contradict their framing end the client's stream`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.stream)
        _ = try client.receive(through: "abc\r\n")
        try upstream.send("zz\r\n")
        #expect(client.receiveToEnd().text.isEmpty)
        #expect(stage.tap.waitForClosures().first?.reason == .malformed)
    }

    @Test func `a head that does not come in time is a 408, a body that does not come is waited for`() throws
    {
        let stage = try Stage { $0.limits.headTime = .milliseconds(200) }
        let silent = try stage.connect()
        #expect(silent.receiveToEnd().text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        let slow = try stage.connect()
        try slow.send("GET / HTTP/1.1\r\nHost: local")
        #expect(slow.receiveToEnd().text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Content-Length: 1\r\n"))
        // Longer than the limit of a head.
        #expect(try stage.connect().receiveToEnd().text.hasPrefix("HTTP/1.1 408"))
        try client.send("x")
        _ = try upstream.receive(through: "x")
    }

    @Test func `a head that drips in is a 408, however steadily it does`() throws {
        let stage = try Stage { $0.limits.headTime = .milliseconds(300) }
        let client = try stage.connect()
        try client.send("GET / HTTP/1.1\r\n")
        // Until it is told: each byte comes in time, all of them do not.
        while client.isSilent() { try client.send("X") }
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(stage.upstream.hasNoConnection)
    }

    @Test func `connections over the limit are told so`() throws {
        let stage = try Stage { $0.limits.connections = 1 }
        let (first, upstream, _) = try stage.exchange(Stage.request())
        let second = try stage.connect()
        try second.send(Stage.request())
        let text = second.receiveToEnd().text
        #expect(text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(text.hasSuffix("mcptape: 1 connections are open, which is the limit\n"))
        withExtendedLifetime((first, upstream)) {}
    }
}
