import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

/// The rewriting on the wire.
struct EndpointStreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"

    @Test func `the event arrives rewritten, at once, and the stream goes on`() throws {
        let stage = try Stage()
        let client = try stage.connect()
        try client.send("GET /sse HTTP/1.1\r\nHost: localhost:\(stage.port)\r\n\r\n")
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        let event = "event: endpoint\ndata: http://\(stage.authority)/messages?s=1\n\n"
        try upstream.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        try upstream.send(chunk(event))
        #expect(
            try client.receive(through: "s=1\n\n\r\n")
                == chunk("event: endpoint\ndata: http://localhost:\(stage.port)/messages?s=1\n\n"))
        try upstream.send(chunk("data: 1\n\n"))
        #expect(try client.receive(through: "data: 1\n\n\r\n") == chunk("data: 1\n\n"))
        try upstream.send("0\r\n\r\n")
        #expect(try client.receive(through: "0\r\n\r\n") == "0\r\n\r\n")
        // What the upstream sent is on record.
        #expect(stage.tap.content(.serverToClient) == event + "data: 1\n\n")
    }

    @Test func `a stream that ends with its connection is rewritten too`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.head + "\r\nevent: endpoint\ndata: http://\(stage.authority)/m\n\n")
        upstream.close()
        #expect(client.receiveToEnd().text.hasSuffix("event: endpoint\ndata: http://localhost/m\n\n"))
    }

    @Test func `other answers keep their chunks`() throws {
        let stage = try Stage()
        for (method, type) in [("POST", "text/event-stream"), ("GET", "text/plain")] {
            let (client, upstream, _) = try stage.exchange(
                Stage.request("\(method) / HTTP/1.1", "Content-Length: 0\r\n"))
            let answer =
                "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1;x\r\ne\r\n" + chunk("vent: endpoint\ndata: http://\(stage.authority)/m\n\n")
            try upstream.send(answer)
            #expect(try client.receive(through: "/m\n\n\r\n") == answer)
        }
    }

    private func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }
}
