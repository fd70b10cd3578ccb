import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

/// What becomes of traffic while nothing may pass that is not recorded, and nothing can be recorded.
struct RelayHubTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"

    private func refusals(_ stage: Stage) -> [Bool] {
        stage.tap.events.compactMap { if case .refuses(let isRefusing) = $0 { isRefusing } else { nil } }
    }

    @Test func `without room for too long requests are refused, until there is room again`() throws {
        let stage = try Stage { $0.limits.roomTime = .milliseconds(50) }
        stage.tap.hasRoom = false
        for _ in 0..<2 {
            let client = try stage.connect()
            try client.send(Stage.request())
            let (text, ending) = client.receiveToEnd()
            #expect(text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n") && ending == .closed)
            #expect(text.contains("\r\n\r\nmcptape: nothing can be recorded now"))
        }
        #expect(stage.tap.events == [.refuses(true)], "nothing of them was told")
        stage.tap.hasRoom = true
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send(Self.answer)
        #expect(try client.receive(through: "\r\n\r\na") == Self.answer)
        #expect(refusals(stage) == [true, false])
    }

    @Test func `what runs then is reset on both sides, and the record says why`() throws {
        let stage = try Stage { $0.limits.roomTime = .milliseconds(50) }
        let (client, upstream, _) = try stage.exchange(Stage.request())
        let (sender, taker, _) = try stage.exchange(
            Stage.request("POST / HTTP/1.1", "Content-Length: 9\r\n", body: "abc"))
        #expect(try taker.receive(through: "abc") == "abc")
        stage.tap.hasRoom = false
        try upstream.send(Self.answer)
        let (text, ending) = client.receiveToEnd()
        #expect(text.isEmpty && ending == .reset)
        #expect(upstream.receiveToEnd().ending == .reset)
        try sender.send("def")
        #expect(sender.receiveToEnd().ending == .reset)
        #expect(taker.receiveToEnd() == ("", .reset))
        #expect(stage.tap.waitForClosures(2).map(\.reason) == [.unrecorded, .unrecorded])
        #expect(refusals(stage) == [true])
    }

    @Test func `a short wait is none that anybody notices`() throws {
        let stage = try Stage { $0.limits.roomTime = .seconds(3600) }
        stage.tap.hasRoom = false
        let client = try stage.connect()
        try client.send(Stage.request())
        #expect(client.isSilent())
        stage.tap.hasRoom = true
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        try upstream.send(Self.answer)
        #expect(try client.receive(through: "\r\n\r\na") == Self.answer)
        #expect(refusals(stage).isEmpty)
    }
}
