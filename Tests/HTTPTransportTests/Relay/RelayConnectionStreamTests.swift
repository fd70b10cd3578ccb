import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

/// Bodies: when they travel, how much waits, what surrounds them.
struct RelayConnectionStreamTests {
    private static let events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    private static let chunked = "Transfer-Encoding: chunked\r\n\r\n"

    @Test func `a response's head arrives before any of its body exists`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.events + Self.chunked)
        #expect(try client.receive(through: "\r\n\r\n") == Self.events + Self.chunked)
    }

    @Test func `every event arrives before the next one is sent`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Content-Length: 2\r\n", body: "{}"))
        try upstream.send(Self.events + Self.chunked)
        _ = try client.receive(through: "\r\n\r\n")
        for index in 0..<10 {
            let chunk = "d\r\ndata: \(index)\n\nabcd\r\n"
            try upstream.send(chunk)
            #expect(try client.receive(through: "abcd\r\n") == chunk)
        }
        // Part of a chunk, part of an event, even part of a chunk's size.
        try upstream.send("1")
        #expect(try client.receive(1) == [0x31])
        try upstream.send("1\r\nhalf")
        #expect(try client.receive(through: "half") == "1\r\nhalf")
        try upstream.send(" of a line :)\r\n0\r\n\r\n")
        #expect(try client.receive(through: "0\r\n\r\n") == " of a line :)\r\n0\r\n\r\n")
        #expect(stage.tap.content(.serverToClient).hasSuffix("half of a line :)"))
    }

    @Test func `a request's body arrives piece by piece`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n"))
        for index in 5..<9 {
            try client.send("1\r\n\(index)\r\n")
            #expect(try upstream.receive(through: "\(index)\r\n") == "1\r\n\(index)\r\n")
        }
        try client.send("0\r\nX-Sum: 5\r\nx-sum: 6\r\n\r\n")
        #expect(try upstream.receive(through: "\r\n\r\n") == "0\r\nX-Sum: 5\r\nx-sum: 6\r\n\r\n")
        wait(until: { stage.tap.events.contains(.ended(.clientToServer, StreamID(1))) })
        #expect(stage.tap.content(.clientToServer) == "5678")
        let masked = ["5", "6"].map { _ in "[masked]" }
        let trailers = stage.tap.events.compactMap {
            if case .trailers(let fields, .clientToServer, _) = $0 { fields } else { nil }
        }
        #expect(trailers.first?.map(\.value) == masked)
        #expect(trailers.first?.map(\.name) == ["X-Sum", "x-sum"])
    }

    @Test func `trailers of a response pass`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        let answer = "HTTP/1.1 200 OK\r\nTrailer: X-T\r\n\(Self.chunked)3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
        try upstream.send(answer)
        #expect(try client.receive(through: "X-T: 1\r\n\r\n") == answer)
    }

    @Test func `informational responses pass, and the body follows them`() throws {
        let stage = try Stage()
        let (client, upstream, head) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 4\r\n"))
        #expect(head.contains("Expect: 100-continue\r\n"))
        try upstream.send("HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("body")
        _ = try upstream.receive(through: "body")
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        try upstream.send(hints + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n") == hints)
        #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let statuses = stage.tap.events.compactMap {
            if case .response(let head, _) = $0 { head.status } else { nil }
        }
        #expect(statuses == [100, 103, 200])
    }

    @Test func `an answer that comes before the request is complete passes`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Content-Length: 1000\r\n", body: "some"))
        _ = try upstream.receive(through: "some")
        let answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
        try upstream.send(answer)
        #expect(try client.receive(through: "big") == answer)
        upstream.close()
        #expect(client.receiveToEnd().ending == .closed)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.upstream, .disconnected)])
    }

    @Test(arguments: ["Content-Length: 67108864\r\n\r\n", chunked])
    func `a client that does not read stops the upstream, and gets every byte`(framing: String) throws {
        let size = 64 << 20
        let stage = try Stage()
        let client = try stage.connect(receiveBuffer: 65_536)
        try client.send(Stage.request())
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\n" + framing)
        let isChunked = framing == Self.chunked
        if isChunked { try upstream.send("4000000\r\n") }
        let taken = upstream.sendWhileTaken(limit: size)
        // Kernel buffers are a few MB; the relay's are some 100 KB.
        #expect(taken < 24 << 20, "\(taken) bytes were taken from an upstream whose client does not read")
        let rest = [UInt8](repeating: UInt8(ascii: "x"), count: size - taken)
        try inParallel({ try? upstream.send(rest) }) {
            _ = try client.receive(through: isChunked ? "4000000\r\n" : "\r\n\r\n")
            try client.skip(size)
        }
    }

    @Test func `an upstream that does not read stops the client, and gets every byte`() throws {
        let size = 64 << 20
        let stage = try Stage()
        let client = try stage.connect()
        try client.send(Stage.request("POST / HTTP/1.1", "Content-Length: \(size)\r\n"))
        let upstream = try stage.upstream.accept()
        let taken = client.sendWhileTaken(limit: size)
        #expect(taken < 24 << 20, "\(taken) bytes were taken from a client whose upstream does not read")
        let rest = [UInt8](repeating: UInt8(ascii: "x"), count: size - taken)
        try inParallel({ try? client.send(rest) }) {
            _ = try upstream.receive(through: "\r\n\r\n")
            try upstream.skip(size)
        }
    }

    @Test func `nothing moves while the tap has no room`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Content-Length: 8\r\n", body: "four"))
        _ = try upstream.receive(through: "four")
        stage.tap.hasRoom = false
        try client.send("more")
        #expect(upstream.isSilent())
        stage.tap.hasRoom = true
        #expect(try upstream.receive(through: "more") == "more")
    }
}
