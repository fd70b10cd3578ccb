import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

struct OAuthTrafficTests {
    @Test(arguments: [
        ("/token", nil), ("/oauth/token?x=/a", nil), ("/a/REGISTER", nil), ("/authorize?code=1", nil),
        ("/revoke/", nil),
        ("/mcp", "application/x-www-form-urlencoded; charset=utf-8"), ("/token;v=1", nil),
    ])
    func `credentials are in these bodies`(target: String, type: String?) {
        #expect(OAuthTraffic.isSecret(target: bytes(target), contentType: type.map(bytes)))
    }

    @Test(arguments: [
        ("/mcp", "application/json"), ("/tokens", nil), ("/token/mcp", nil), ("/mcp?/token", nil), ("*", nil),
        ("/.well-known/oauth-protected-resource/mcp", nil),
    ])
    func `these bodies are recorded`(target: String, type: String?) {
        #expect(!OAuthTraffic.isSecret(target: bytes(target), contentType: type.map(bytes)))
    }

    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func `their bodies are counted, in both directions, and reach no record`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST /token HTTP/1.1", "Content-Length: 12\r\n", body: "code=canary1"))
        _ = try upstream.receive(through: "canary1")
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncanary2\r\n")
        _ = try client.receive(through: "canary2\r\n")
        try upstream.send("0\r\n\r\n")
        _ = try client.receive(through: "0\r\n\r\n")
        #expect(stage.tap.events.contains(.omitted(12, .clientToServer, StreamID(1))))
        #expect(stage.tap.events.contains(.omitted(7, .serverToClient, StreamID(1))))
        // Also when it breaks off.
        let (second, other, _) = try stage.exchange(
            Stage.request("POST /token HTTP/1.1", "Content-Length: 99\r\n", body: "canary3"))
        _ = try other.receive(through: "canary3")
        second.close()
        #expect(stage.tap.waitForClosures(2).last?.closer == .client)
        #expect(stage.tap.events.contains(.omitted(7, .clientToServer, StreamID(2))))
        #expect(!"\(stage.tap.events)".contains("canary"))
    }
}
