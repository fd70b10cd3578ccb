import Testing

@testable import HTTPTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct InjectedHeaderTests {
    private func header(_ text: String) throws -> InjectedHeader {
        try HeaderTemplate(text).resolved(environment: { $0 == "OURS" ? "ours" : nil }, command: { _ in "" })
    }

    @Test func `it replaces whatever the client sends under its name`() throws {
        let header = try header("Authorization: Bearer {env:OURS}")
        let stage = try Stage { $0.headers[""] = [header] }
        let (client, upstream, head) = try stage.exchange(
            Stage.request(
                "GET / HTTP/1.1", "A: 1\r\nauthorization: Bearer theirs\r\nB: 2\r\nAUTHORIZATION: x\r\n"))
        #expect(
            head
                == "GET / HTTP/1.1\r\nHost: \(stage.authority)\r\nA: 1\r\nAuthorization: Bearer ours\r\nB: 2\r\n\r\n"
        )
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        try client.send(Stage.request())
        #expect(try upstream.receive(through: "\r\n\r\n").hasSuffix("Authorization: Bearer ours\r\n\r\n"))
        #expect(!"\(stage.tap.events)".contains("ours"))
    }

    @Test func `a file is read again when it changes and after a 401`() throws {
        let file = TemporaryFile("first\n")
        let header = try header("X-Key: {file:\(file.path)}")
        let stage = try Stage { $0.headers[""] = [header] }
        let (client, upstream, head) = try stage.exchange(Stage.request())
        #expect(head.hasSuffix("X-Key: first\r\n\r\n"))
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        file.write("another\n")
        try client.send(Stage.request())
        #expect(try upstream.receive(through: "\r\n\r\n").hasSuffix("X-Key: another\r\n\r\n"))
        // Nobody can tell that it changed: the same file, size and time. A 401 tells.
        file.overwriteUnnoticed("ANOTHER\n")
        try upstream.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 401 "))
        try client.send(Stage.request())
        #expect(try upstream.receive(through: "\r\n\r\n").hasSuffix("X-Key: ANOTHER\r\n\r\n"))
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        unlink(file.path)
        try client.send(Stage.request())
        let text = client.receiveToEnd().text
        #expect(text.hasPrefix("HTTP/1.1 502 ") && text.contains("cannot read \(file.path)"))
    }

    @Test func `a redirect is relayed, not followed`() throws {
        let header = try header("Authorization: Bearer {env:OURS}")
        let stage = try Stage { $0.headers[""] = [header] }
        let elsewhere = try RawListener()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        let answer =
            "HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:\(elsewhere.port)/\r\nContent-Length: 0\r\n\r\n"
        try upstream.send(answer)
        #expect(try client.receive(through: "\r\n\r\n") == answer)
        #expect(elsewhere.hasNoConnection)
    }
}
