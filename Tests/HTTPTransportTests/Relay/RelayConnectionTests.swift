import MCPSemantics
import Recording
import Testing
import Wire

@testable import HTTPTransport

/// One exchange after the other, seen from both ends as bytes.
struct RelayConnectionTests {
    @Test func `order, case, duplicates and values of headers pass byte for byte`() throws {
        let stage = try Stage()
        let fields = [
            "x-B:  two  blanks ", "X-a: 1", "x-A:2", "Mcp-Param-Név: a", "X-Empty:", "accept: */*",
            "X-Latin: caf\u{e9}", "Cookie: a=1; b=2", "x-b: again", "Content-Length: 5",
        ].filter { !$0.contains("Név") }
        let (client, upstream, head) = try stage.exchange(
            "POST /mcp?x=%20&y HTTP/1.1\r\nX-First: 1\r\nhOsT: localhost:\(stage.port)\r\n"
                + fields.map { $0 + "\r\n" }.joined() + "\r\nhello")
        #expect(
            head == "POST /mcp?x=%20&y HTTP/1.1\r\nX-First: 1\r\nhOsT: \(stage.authority)\r\n"
                + fields.map { $0 + "\r\n" }.joined() + "\r\n")
        #expect(try upstream.receive(through: "hello") == "hello")
        let answer =
            "HTTP/1.1 200 Très bien\r\nset-cookie: a\r\nSet-Cookie: b\r\nX-Z:   z\t\r\nDate: never\r\n"
            + "content-length: 2\r\n\r\nok"
        try upstream.send(answer)
        #expect(try client.receive(through: "\r\n\r\nok") == answer)
    }

    @Test func `bytes of a header that are not UTF-8 pass as they are`() throws {
        let stage = try Stage()
        let client = try stage.connect()
        let raw: [UInt8] = [0x58, 0x2D, 0x41, 0x3A, 0x20, 0xE9, 0xFF, 0x80, 0x0D, 0x0A]
        try client.send(Array("GET / HTTP/1.1\r\nHost: localhost\r\n".utf8) + raw + [0x0D, 0x0A])
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\nHost: \(stage.authority)\r\n")
        #expect(try upstream.receive(raw.count) == raw)
    }

    @Test func `only hop-by-hop headers are dropped`() throws {
        let stage = try Stage()
        let (client, upstream, head) = try stage.exchange(
            Stage.request(
                "GET /mcp HTTP/1.1",
                "Connection: Keep-Alive, X-Mine, upgrade\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
                    + "TE: trailers\r\nUpgrade: websocket\r\nX-Mine: 1\r\nX-Yours: 2\r\n"))
        #expect(head == "GET /mcp HTTP/1.1\r\nHost: \(stage.authority)\r\nX-Yours: 2\r\n\r\n")
        try upstream.send(
            "HTTP/1.1 204 No Content\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nVia: 1.1 x\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\nVia: 1.1 x\r\n\r\n")
    }

    @Test func `naming the framing or the host in Connection drops neither`() throws {
        let stage = try Stage()
        let (_, _, head) = try stage.exchange(
            Stage.request(
                "POST / HTTP/1.1", "Connection: content-length, host\r\nContent-Length: 1\r\n", body: "x"))
        #expect(head == "POST / HTTP/1.1\r\nHost: \(stage.authority)\r\nContent-Length: 1\r\n\r\n")
    }

    @Test func `both connections are used again`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        for index in 0..<5 {
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(index)")
            _ = try client.receive(through: "\r\n\r\n\(index)")
            try client.send(Stage.request("GET /\(index) HTTP/1.1"))
            _ = try upstream.receive(through: "GET /\(index) HTTP/1.1\r\nHost: \(stage.authority)\r\n\r\n")
        }
    }

    @Test func `what the other side takes at once is timed, in both directions`() throws {
        let tap = ListeningTap()
        let stage = try Stage(tap: tap)
        let (client, upstream, _) = try stage.exchange(Stage.request())
        for index in 0..<3 {
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(index)")
            _ = try client.receive(through: "\r\n\r\n\(index)")
            try client.send(Stage.request("GET /\(index) HTTP/1.1"))
            _ = try upstream.receive(through: "GET /\(index) HTTP/1.1\r\nHost: \(stage.authority)\r\n\r\n")
        }
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        #expect(tap.waitForClosures(4).count == 4)
        // The first request waited for the upstream's connection, which is nobody's reading.
        wait(until: { tap.passedOn.count >= 7 })
        #expect(tap.passedOn.filter { $0 == .clientToServer }.count == 3)
        #expect(tap.passedOn.filter { $0 == .serverToClient }.count == 4)
    }

    @Test func `an upstream that closes between two requests is connected to again`() throws {
        let stage = try Stage()
        let (client, first, _) = try stage.exchange(Stage.request())
        try first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        first.close()
        // Whichever way the race goes, the request is never sent to both.
        #expect(first.receiveToEnd().text.isEmpty)
        try client.send(Stage.request("GET /again HTTP/1.1"))
        let second = try stage.upstream.accept()
        _ = try second.receive(through: "GET /again HTTP/1.1\r\n")
        try second.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n")
        try client.send(Stage.request("GET /third HTTP/1.1"))
        _ = try stage.upstream.accept().receive(through: "GET /third HTTP/1.1\r\n")
    }

    @Test func `requests that come before the answer are relayed one after the other`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST /1 HTTP/1.1", "Content-Length: 3\r\n", body: "one")
                + Stage.request("GET /2 HTTP/1.1") + Stage.request("GET /3 HTTP/1.1"))
        #expect(try upstream.receive(through: "one") == "one")
        for index in 1...3 {
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(index)")
            #expect(try client.receive(through: "\r\n\r\n\(index)").hasPrefix("HTTP/1.1 200"))
            if index < 3 {
                let head = try upstream.receive(through: "\r\n\r\n")
                #expect(head.hasPrefix("GET /\(index + 1) HTTP/1.1\r\n"))
            }
        }
    }

    @Test func `a client that says close is closed after its answer, and so is the upstream`() throws {
        let stage = try Stage()
        let (client, upstream, head) = try stage.exchange(
            Stage.request("GET / HTTP/1.1", "Connection: close\r\n"))
        #expect(head.hasSuffix("Connection: close\r\n\r\n"))
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let (text, ending) = client.receiveToEnd()
        #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        #expect(ending == .closed)
        #expect(upstream.receiveToEnd().ending == .closed)
    }

    @Test func `HEAD, 204 and 304 have no body whatever their headers say`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request("HEAD / HTTP/1.1"))
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: \"a\"\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
        ] {
            try upstream.send(answer)
            #expect(try client.receive(through: "\r\n\r\n") == answer)
            try client.send(Stage.request())
            _ = try upstream.receive(through: "\r\n\r\n")
        }
        let ended = stage.tap.events.filter {
            if case .ended(.serverToClient, _) = $0 { true } else { false }
        }
        #expect(ended.count == 3)
    }

    @Test func `HTTP/1.0 stays HTTP/1.0`() throws {
        let stage = try Stage()
        let (client, upstream, head) = try stage.exchange(Stage.request("GET / HTTP/1.0"))
        #expect(head == "GET / HTTP/1.0\r\nHost: \(stage.authority)\r\n\r\n")
        try upstream.send("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end")
        upstream.close()
        let (text, ending) = client.receiveToEnd()
        #expect(text == "HTTP/1.0 200 OK\r\nServer: old\r\nConnection: close\r\n\r\nuntil the end")
        #expect(ending == .closed)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.upstream, .complete)])
    }

    @Test func `an absolute target is relayed in origin form`() throws {
        let stage = try Stage()
        let client = try stage.connect()
        try client.send("GET http://localhost:9/a?b HTTP/1.1\r\nHost: localhost:9\r\n\r\n")
        let upstream = try stage.upstream.accept()
        #expect(try upstream.receive(through: "\r\n").hasPrefix("GET /a?b HTTP/1.1"))
    }

    @Test func `the tap sees all of it before the peer does`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request(
                "POST /mcp?key=secret HTTP/1.1", "Authorization: s\r\nContent-Length: 3\r\n", body: "abc"))
        _ = try upstream.receive(through: "abc")
        #expect(stage.tap.content(.clientToServer) == "abc")
        try upstream.send("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok")
        _ = try client.receive(through: "ok")
        let events = stage.tap.events
        guard case .request(let request, StreamID(1)) = events.first else {
            Issue.record("no request: \(events)")
            return
        }
        #expect(request.method == "POST" && request.target == "/mcp?key=[masked]" && request.connection == 1)
        #expect(request.peer.hasPrefix("127.0.0.1:"))
        #expect(request.fields.map(\.name) == ["Host", "Authorization", "Content-Length"])
        #expect(request.fields.map(\.form) == [.masked, .masked, .clear])
        #expect(
            events.dropFirst() == [
                .body("abc", .clientToServer, StreamID(1)), .ended(.clientToServer, StreamID(1)),
                .response(
                    HTTPResponseHead(
                        status: 202, reason: "Accepted",
                        fields: [HTTPField(name: "Content-Length", value: "2")]),
                    StreamID(1)),
                .body("ok", .serverToClient, StreamID(1)), .ended(.serverToClient, StreamID(1)),
                .closed(StreamClosure(.upstream, .complete), StreamID(1)),
            ])
    }
}
