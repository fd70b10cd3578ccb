import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

/// `--rewrite-resource` on the wire.
struct MetadataStreamTests {
    private static let get = Stage.request(
        "GET /.well-known/oauth-protected-resource/mcp HTTP/1.1", "Accept-Encoding: gzip, br\r\n")
    private static let json = "Content-Type: application/json; charset=utf-8\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\n\(json)"

    private func document(_ stage: Stage, _ pad: String = "") -> String {
        let origin = "http://\(stage.authority)"
        return #"{"resource":"\#(origin)/mcp","authorization_servers":["\#(origin)"]\#(pad)}"#
    }

    private static func own(_ document: String, _ stage: Stage) -> String {
        let theirs = "\"resource\":\"http://\(stage.authority)/mcp\""
        return document.replacing(theirs, with: "\"resource\":\"http://localhost/mcp\"")
    }

    @Test func `the document names us, its length is its own, and what came is on record`() throws {
        let stage = try Stage { $0.rewritesResource = true }
        let (client, upstream, head) = try stage.exchange(Self.get)
        #expect(head.contains("\r\nAccept-Encoding: identity\r\n") && !head.contains("gzip"))
        let text = document(stage)
        let own = Self.own(text, stage)
        try upstream.send("HTTP/1.1 200 OK\r\nA: 1\r\n\(Self.json)Content-length:  \(text.utf8.count)\r\n")
        try upstream.send("B: 2\r\n\r\n")
        // Nothing can be said before the length is known.
        #expect(client.isSilent())
        for byte in text.utf8 { try upstream.send(String(decoding: [byte], as: UTF8.self)) }
        #expect(
            try client.receive(through: "]}")
                == "HTTP/1.1 200 OK\r\nA: 1\r\n\(Self.json)Content-length: \(own.utf8.count)\r\n"
                + "B: 2\r\n\r\n\(own)")
        #expect(stage.tap.content(.serverToClient) == text)
        #expect(stage.tap.waitForClosures() == [StreamClosure(.upstream, .complete)])
        #expect(
            stage.tap.edits == [
                ForwardedEdit(
                    .field(index: 2, name: "Content-length"), offset: 0, removed: "\(text.utf8.count)",
                    inserted: "\(own.utf8.count)"),
                ForwardedEdit(
                    .body, offset: 13, removed: "http://\(stage.authority)", inserted: "http://localhost"),
            ])
        // The connection goes on.
        try client.send(Stage.request("GET /next HTTP/1.1", "Accept-Encoding: gzip\r\n"))
        #expect(try upstream.receive(through: "\r\n\r\n").contains("Accept-Encoding: gzip\r\n"))
    }

    @Test func `a chunked document, and one that ends with its connection`() throws {
        let stage = try Stage { $0.rewritesResource = true }
        let (client, upstream, _) = try stage.exchange(Self.get)
        let text = document(stage)
        let own = Self.own(text, stage)
        let size = String(own.utf8.count, radix: 16)
        let rest = String(text.utf8.count - 5, radix: 16)
        try upstream.send("\(Self.ok)Transfer-Encoding: chunked\r\n\r\n5\r\n\(text.prefix(5))\r\n")
        try upstream.send("\(rest)\r\n\(text.dropFirst(5))\r\n0\r\nT: 1\r\n\r\n")
        let end = "\r\n\r\n\(size)\r\n\(own)\r\n0\r\nT: 1\r\n\r\n"
        #expect(try client.receive(through: "T: 1\r\n\r\n").hasSuffix(end))
        let (second, peer, _) = try stage.exchange(Self.get)
        try peer.send("\(Self.ok)\r\n\(text)")
        peer.close()
        #expect(second.receiveToEnd().text.hasSuffix("\r\n\r\n\(own)"))
    }

    @Test func `what is no such document passes as it comes`() throws {
        let stage = try Stage { $0.rewritesResource = true }
        let text = document(stage)
        let length = "Content-Length: \(text.utf8.count)\r\n\r\n\(text)"
        let answers = [
            "HTTP/1.1 404 Not Found\r\n\(Self.json)\(length)",
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\(length)",
            "\(Self.ok)Content-Encoding: br\r\n\(length)", "HTTP/1.1 200 OK\r\n\(length)",
        ]
        for answer in answers {
            let (client, upstream, _) = try stage.exchange(Self.get)
            try upstream.send(answer)
            #expect(try client.receive(through: "]}") == answer)
        }
        let (client, upstream, _) = try stage.exchange(Stage.request("GET /mcp HTTP/1.1"))
        try upstream.send("\(Self.ok)\(length)")
        #expect(try client.receive(through: "]}").hasSuffix(text))
        // A document that is larger than any such document passes in full.
        let large = document(stage, ",\"x\":\"\(String(repeating: "x", count: 100_000))\"")
        let (other, peer, _) = try stage.exchange(Self.get)
        try peer.send("\(Self.ok)Content-Length: \(large.utf8.count)\r\n\r\n\(large)")
        #expect(
            try other.receive(through: "x\"}")
                == "\(Self.ok)Content-Length: \(large.utf8.count)\r\n\r\n\(large)")
    }

    @Test func `a document that breaks off breaks off for the client too`() throws {
        let stage = try Stage { $0.rewritesResource = true }
        let (client, upstream, _) = try stage.exchange(Self.get)
        try upstream.send("\(Self.ok)Content-Length: 99\r\n\r\n{\"resource\":")
        upstream.close()
        let (text, ending) = client.receiveToEnd()
        #expect(text.hasSuffix("Content-Length: 99\r\n\r\n{\"resource\":") && ending == .closed)
    }

    @Test func `a challenge leads to us, and without the flag nothing is edited`() throws {
        for isOn in [true, false] {
            let stage = try Stage { $0.rewritesResource = isOn }
            let place = "/.well-known/oauth-protected-resource/mcp"
            let (client, upstream, _) = try stage.exchange(Stage.request("DELETE /mcp HTTP/1.1"))
            let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer resource_metadata=\"http://"
            let rest = "\(place)\"\r\nContent-Length: 0\r\n\r\n"
            try upstream.send(answer + stage.authority + rest)
            #expect(
                try client.receive(through: "\r\n\r\n") == answer + (isOn ? "localhost" : stage.authority)
                    + rest)
            try client.send(Self.get)
            let head = try upstream.receive(through: "\r\n\r\n")
            #expect(head.contains(isOn ? "identity" : "gzip, br"))
            let text = document(stage)
            try upstream.send("\(Self.ok)Content-Length: \(text.utf8.count)\r\n\r\n\(text)")
            #expect(try client.receive(through: "]}").hasSuffix(isOn ? Self.own(text, stage) : text))
            #expect(stage.tap.waitForClosures(2).allSatisfy { $0.text.isEmpty })
            #expect(stage.tap.edits.isEmpty != isOn)
            guard isOn else { continue }
            #expect(
                stage.tap.edits[0]
                    == ForwardedEdit(
                        .field(index: 0, name: "WWW-Authenticate"), offset: 26,
                        removed: "http://\(stage.authority)", inserted: "http://localhost"))
        }
    }
}
