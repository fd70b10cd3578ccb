import MCPSemantics
import Testing
import Wire

@testable import Recording

struct SessionStateJSONTests {
    private var full: SessionState {
        var state = SessionState()
        var client = Handshake(speaker: .clientToServer)
        client.protocolVersion = "2025-11-25"
        client.peer = PeerInfo(name: "mcp", version: "0.1.0", title: "é")
        client.capabilities = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
        state.client = client
        var server = Handshake(speaker: .serverToClient)
        server.supportedVersions = ["2026-07-28", "DRAFT"]
        server.peer = PeerInfo(name: "")
        server.instructions = "Say \"please\".\n\\ud800"
        state.server = server
        state.revision = "2025-11-25"
        state.eras = [.modern, .legacy]
        for number in 0..<20 { state.note(trace: "\(number)") }
        state.note(trace: "7")
        state.clientAddress = "[::1]"
        state.messages.clientToServer = 3
        state.messages.serverToClient = .max
        state.bytes.serverToClient = 1
        state.standardErrorLines = 4
        state.foreignLines.clientToServer = 5
        state.exchanges = 6
        state.errors = 7
        state.toolErrors = 8
        state.pending = 9
        state.gaps = 10
        state.gapBytes = 11
        state.lastTime = Timestamp(nanoseconds: .max)
        state.end = SessionEnd(reason: .signalled, exit: .signal(9), time: Timestamp(nanoseconds: -3))
        state.startFailure = StartFailure(
            errno: 2, command: "npx", searchedPath: nil, workingDirectory: "/")
        return state
    }

    @Test func `the newest traces are kept, each once`() {
        #expect(full.traces == (4..<20).map(String.init))
    }

    @Test func `reads back what was written`() {
        #expect(SessionState(json: full.encodedJSON()) == full)
        #expect(SessionState(json: SessionState().encodedJSON()) == SessionState())
        var other = full
        other.end = SessionEnd(reason: .clientClosed, exit: .code(-1), time: .zero)
        other.startFailure?.searchedPath = ""
        #expect(SessionState(json: other.encodedJSON()) == other)
        other.end?.exit = nil
        #expect(SessionState(json: other.encodedJSON()) == other)
    }

    @Test func `takes an empty object for a new state and a reason of a later version for unknown`() {
        #expect(SessionState(json: "{}".utf8) == SessionState())
        #expect(SessionState(json: #"{"end":{"reason":"eaten"},"x":1}"#.utf8)?.end?.reason == .unknown)
    }

    @Test func `takes nothing that is cut or of other types, and never traps`() {
        let text = full.encodedJSON()
        for cut in text.indices { #expect(SessionState(json: text.prefix(cut)) == nil) }
        for text in ["", "null", "[]"] { #expect(SessionState(json: text.utf8) == nil) }
        let odd = #"{"client":[],"eras":[1,"old"],"messages":7,"errors":-1,"end":[],"pending":1e300}"#
        #expect(SessionState(json: odd.utf8) == SessionState())
    }
}
