import Recording
import Testing

@testable import HTTPTransport

/// What two parsers could split differently never gets past us: it is refused, or arrives as one request.
struct RelayConnectionSmugglingTests {
    private static let victim = "GET /victim HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: localhost\r\n"

    /// Each with the status of its refusal.
    static let refused: [(request: String, status: Int)] = [
        // Lengths.
        (post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
        (post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (post + "Content-Length: 5, 5\r\n\r\nhello", 400),
        (post + "Content-Length: +5\r\n\r\nhello", 400),
        (post + "Content-Length: -5\r\n\r\nhello", 400),
        (post + "Content-Length: 0x5\r\n\r\nhello", 400),
        (post + "Content-Length: 5 5\r\n\r\nhello", 400),
        (post + "Content-Length:\r\n\r\nhello", 400),
        (post + "Content-Length: 99999999999999999999\r\n\r\n", 400),
        // Length and coding.
        (post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400),
        (post + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", 400),
        (post + "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n", 400),
        // Codings.
        (post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 501),
        (post + "Transfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n", 400),
        (post + "Transfer-Encoding:\r\n\r\n" + victim, 501),
        ("POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        // Names and values.
        (post + "Content-Length : 5\r\n\r\nhello", 400),
        (post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        (post + " Content-Length: 5\r\n\r\nhello", 400),
        (post + "X: a\r\n Content-Length: 5\r\n\r\nhello", 400),
        (post + "X: a\r\n\tContent-Length: 5\r\n\r\nhello", 400),
        (post + "Content_Length 5\r\n\r\nhello", 400),
        (post + ": 5\r\n\r\n", 400),
        (post + "X\u{0}Y: 5\r\n\r\n", 400),
        (post + "X: a\u{0}b\r\n\r\n", 400),
        (post + "X: a\u{7f}b\r\n\r\n", 400),
        (post + "Ü: 1\r\n\r\n", 400),
        (post + "X(Y): 1\r\n\r\n", 400),
        // Line ends.
        ("GET / HTTP/1.1\nHost: localhost\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\nContent-Length: 5\r\n\r\nhello", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rContent-Length: 5\r\n\r\nhello", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\r\nContent-Length: 5\r\n\r\nhello", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\n" + victim, 400),
        ("GET / HTTP/1.1\r\nHost: localhost\n\r\n" + victim, 400),
        // First lines.
        ("GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET / x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET /\tx HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 505),
        ("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
        ("GET / http/1.1\r\nHost: localhost\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 501),
        // Hosts.
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        ("GET http://127.0.0.1/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET http://localhost@127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        // Bombs.
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 70_000))\r\n\r\n", 431),
        ("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
    ]

    @Test func `what is ambiguous is refused, and the connection ends`() throws {
        let stage = try Stage()
        for (request, status) in Self.refused {
            let client = try stage.connect()
            // What follows would be a second request if the first were split elsewhere.
            try? client.send(request + Self.victim)
            let text = client.receiveToEnd().text
            #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(90).debugDescription): \(text)")
            #expect(text.contains("Connection: close\r\n"))
        }
        // Nothing of it reached the upstream or the record.
        #expect(stage.upstream.hasNoConnection)
        #expect(stage.tap.events.isEmpty)
    }

    /// Bodies whose framing goes wrong after a good head.
    static let brokenChunks = [
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "x\r\n", "\r\n", "-1\r\n",
        "+5\r\nhello\r\n",
        "0x5\r\nhello\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "5;a\nb\r\nhello\r\n",
        "5;a\rb\r\nhello\r\n",
        "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "1000000000000000f\r\n", "ffffffffffffffff\r\n",
        "0\r\nA: b\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\nHost: x\r\n\r\n", "0\r\n A: b\r\n\r\n", "0\r\nA b\r\n\r\n", "0\n\r\n", "0\r\n\n",
        "5;\(String(repeating: "a", count: 2000))\r\nhello\r\n",
    ]

    @Test func `a body whose chunks are malformed ends both connections`() throws {
        for chunks in Self.brokenChunks {
            let stage = try Stage()
            let (client, upstream, _) = try stage.exchange(Self.post + "Transfer-Encoding: chunked\r\n\r\n")
            try client.send(chunks + Self.victim)
            let text = client.receiveToEnd().text
            #expect(text.hasPrefix("HTTP/1.1 400 "), "\(chunks.debugDescription): \(text)")
            let arrived = upstream.receiveToEnd().text
            #expect(!arrived.contains("victim"), "\(chunks.debugDescription) let through \(arrived)")
            #expect(stage.tap.closures.first?.reason == .malformed)
        }
    }

    @Test func `what is odd and plain arrives as one request`() throws {
        let odd = [
            Self.post + "Transfer-Encoding: Chunked\r\n\r\n5;a=b;c=\"d\"\r\nhello\r\n000\r\n\r\n",
            Self.post + "Transfer-Encoding:  chunked \r\n\r\nA\r\n0123456789\r\n0;last\r\n\r\n",
            Self.post + "Content-Length:  00005\t\r\n\r\nhello",
            "\r\n\r\n" + Self.post + "Content-Length: 0\r\n\r\n",
            "M-SEARCH /%00%0d%0a HTTP/1.1\r\nHost: LOCALHOST:80\r\nX:\r\nx: \u{e9}\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]
        let stage = try Stage()
        for request in odd {
            let client = try stage.connect()
            try client.send(request + Self.victim)
            let upstream = try stage.upstream.accept()
            _ = try upstream.receive(through: "\r\n\r\n")
            let body = request.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first ?? ""
            if !request.hasPrefix("\r\n"), !body.isEmpty {
                #expect(try upstream.receive(through: String(body.suffix(5))) == body)
            }
            // The second one waits for the answer to the first.
            #expect(upstream.isSilent())
            try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
            #expect(try upstream.receive(through: "\r\n").hasPrefix("GET /victim HTTP/1.1"))
        }
    }
}
