import MCPSemantics
import Testing
import Wire

struct SessionTrackerTests {
    private let initialize = Text.request(
        "0", "initialize",
        #"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#)
    private let answer = Text.result(
        "0", #"{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s"}}"#)
    private let discover = Text.request("1", "server/discover", "{" + Text.modern.dropFirst() + "}")

    @Test func `takes the revision from the answer to initialize`() {
        var talk = Conversation()
        talk.client(initialize)
        #expect(talk.session.client?.protocolVersion == "2025-11-25")
        #expect(talk.session.revision == nil)
        talk.server(answer)
        #expect(talk.session.revision == "2025-06-18")
        #expect(talk.session.server?.peer?.name == "s")
        #expect(talk.session.server?.capabilities == #"{"tools":{}}"#)
        #expect(talk.session.eras == [.legacy])
    }

    @Test func `learns nothing from a refused handshake or from an answer to something else`() {
        var talk = Conversation()
        talk.client(initialize)
        talk.server(Text.error("0"))
        #expect(talk.session.server == nil)
        #expect(talk.session.revision == nil)
        talk.client(Text.call("0"))
        talk.server(answer)
        #expect(talk.session.revision == nil)
        #expect(talk.session.server?.protocolVersion == nil)
    }

    @Test func `takes both halves of the modern era from discover and from each request`() {
        var talk = Conversation()
        talk.client(discover)
        #expect(talk.session.revision == "2026-07-28")
        #expect(talk.session.client?.peer == PeerInfo(name: "mcp", version: "0.1.0"))
        talk.server(
            Text.result(
                "1",
                #"{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"#
                    + #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":""}}}"#))
        #expect(talk.session.server?.supportedVersions == ["2026-07-28"])
        #expect(talk.session.server?.peer == PeerInfo(name: "s", version: ""))
        #expect(talk.session.eras == [.modern])
        talk.client(Text.call("2", more: Text.modern.replacing("0.1.0", with: "0.2.0")))
        #expect(talk.session.client?.peer?.version == "0.2.0")
    }

    @Test func `takes the server's name from any result when it says it nowhere else`() {
        var talk = Conversation()
        let result =
            #"{"content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"3"}}}"#
        talk.client(Text.call("1", more: Text.modern))
        talk.server(Text.result("1", result))
        #expect(talk.session.server?.peer == PeerInfo(name: "s", version: "3"))
        talk.client(initialize)
        talk.server(answer)
        talk.client(Text.call("2"))
        talk.server(Text.result("2", result))
        #expect(talk.session.server?.peer == PeerInfo(name: "s"))
    }

    @Test func `follows a probe of the modern era that falls back`() {
        var talk = Conversation()
        talk.client(discover)
        talk.server(Text.error("1"))
        talk.client(initialize)
        talk.server(answer)
        talk.client(Text.request("3", "tools/list"))
        #expect(talk.session.eras == [.modern, .legacy])
        #expect(talk.session.revision == "2025-06-18")
        #expect(talk.known[3]?.era == .legacy)
    }

    @Test func `says whether a message changed anything`() {
        var tracker = SessionTracker()
        let request = Array(Text.call("1", more: Text.modern).utf8)
        let digest = MessageReader.digest(of: request[...], direction: .clientToServer)
        let first = tracker.observe(digest, direction: .clientToServer, exchange: nil)
        let second = tracker.observe(digest, direction: .clientToServer, exchange: nil)
        #expect(first)
        #expect(!second)
    }

    @Test func `comes back from a checkpoint as it was, and from half a one not at all`() throws {
        var talk = Conversation()
        talk.client(discover)
        talk.client(initialize)
        talk.server(answer)
        var writer = StateWriter()
        talk.session.save(to: &writer)
        var reader = StateReader(writer.bytes)
        #expect(try SessionTracker(from: &reader) == talk.session)
        for count in 0..<writer.bytes.count {
            var reader = StateReader(writer.bytes[..<count])
            #expect(throws: StateReader.Failure.self) { try SessionTracker(from: &reader) }
        }
    }
}
