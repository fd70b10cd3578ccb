import MCPSemantics
import Recording
import Testing
import Wire

struct SessionHeadTests {
    @Test func `the head names both sides and what they can`() {
        var description = SessionDescription(id: SessionID("abcdefghjkmn"), name: "notes", transport: .stdio)
        description.command = ["npx", "-y", "@x/notes", "it's here"]
        var state = SessionState()
        var server = Handshake(speaker: .serverToClient)
        server.peer = PeerInfo(name: "notes\u{1B}", version: "1.2")
        server.capabilities = #"{"tools":{"listChanged":true},"logging":{}}"#
        state.server = server
        state.revision = "2025-11-25"
        state.eras = [.legacy]
        let lines = SessionHead.lines(of: SessionSummary(description: description, state: state))
        let text = lines.map { "\($0.label): \($0.text)" }
        #expect(
            text == [
                "server: notes␛ 1.2", "client: (has not said who it is)", "protocol: 2025-11-25, legacy era",
                "server can: tools(listChanged), logging", #"command: npx -y @x/notes 'it'\''s here'"#,
            ])
    }

    @Test func `a file's tags, run, host and directory cannot move the cursor`() {
        var description = SessionDescription(id: SessionID("abcdefghjkmn"), name: "notes", transport: .stdio)
        description.workingDirectory = "/\u{1B}[2J"
        description.tags = [.init(key: "k\u{1B}", value: "v\u{9B}")]
        description.run = "r\u{1B}"
        let lines = SessionHead.lines(of: SessionSummary(description: description, state: SessionState()))
        let text = lines.map(\.text).joined()
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
}
