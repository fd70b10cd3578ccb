import MCPSemantics
import Testing

@testable import Recording

/// Marks of faults, from the journal's event to a file and back.
struct FaultMarkTests {
    private static let answer = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
    private static let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"x"}}"#

    private static func bytes(_ text: String, _ lane: Lane = .serverToClient) -> TransportEvent {
        TransportEvent(.bytes, lane: lane, time: .zero, payload: Array(text.utf8)[...])
    }

    private static func faulted(_ text: String, _ side: FaultMark.Side) -> TransportEvent {
        .faulted(FaultMark(text, seenBy: side), lane: .serverToClient, at: .zero)
    }

    /// A call whose answer is replaced by an error.
    private static let events: [TransportEvent] = [
        bytes(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"# + "\n", .clientToServer),
        faulted("error:-1:x", .server), bytes(answer + "\n"), faulted("error:-1:x", .client),
        bytes(error + "\n"), bytes(#"{"jsonrpc":"2.0","method":"n"}"# + "\n"),
    ]

    private static func recorder() -> Recorder {
        Recorder(session: SessionDescription(id: SessionID("7k2fq0m3x9ab"), name: "s", transport: .stdio))
    }

    private static func messages(_ events: [RecordedEvent]) -> [MessageRecord] {
        events.compactMap { event in
            guard case .message(let message) = event else { return nil }
            return message
        }
    }

    @Test func `a mark is of the next message of its lane`() {
        var recorder = Self.recorder()
        var records: [RecordedEvent] = []
        for event in Self.events { recorder.observe(event, into: &records) }
        let messages = Self.messages(records)
        #expect(
            messages.map(\.fault) == [
                nil, FaultMark("error:-1:x", seenBy: .server), FaultMark("error:-1:x", seenBy: .client), nil,
            ])
        // The exchange ended with what the client got.
        #expect(messages.map(\.exchange) == [1, nil, 1, nil])
        #expect(recorder.state.errors == 1)
        #expect(recorder.state.pending == 0)
    }

    @Test func `a mark outlives a checkpoint, and a checkpoint without one is as ever`() throws {
        for cut in 0...Self.events.count {
            var recorder = Self.recorder()
            var records: [RecordedEvent] = []
            for event in Self.events[..<cut] { recorder.observe(event, into: &records) }
            var resumed = Recorder(session: recorder.session, resuming: recorder.checkpoint())
            #expect(resumed.resumption == .resumed)
            for event in Self.events[cut...] { resumed.observe(event, into: &records) }
            #expect(Self.messages(records).map { $0.fault?.side } == [nil, .server, .client, nil])
        }
    }

    @Test func `a mark of a message that is lost is no other message's`() {
        var recorder = Self.recorder()
        var records: [RecordedEvent] = []
        var gap = Gap(from: .zero, to: .zero, reason: .journalFull)
        gap.serverToClient = 10
        gap.serverToClientLines = 1
        for event in [Self.faulted("drop", .server), .gap(gap, at: .zero), Self.bytes(Self.answer + "\n")] {
            recorder.observe(event, into: &records)
        }
        #expect(Self.messages(records).map(\.fault) == [nil])
    }

    @Test func `a mark is its bytes`() {
        let mark = FaultMark("tool_error:\"größer\"", seenBy: .client)
        #expect(FaultMark(encoded: mark.encoded[...]) == mark)
        #expect(FaultMark(encoded: [3, 0x61]) == nil)
        #expect(FaultMark(encoded: []) == nil)
        #expect(FaultMark(encoded: [0, 0xFF]) == nil)
    }

    private static let file = """
        {"mcptape":1,"sessions":[{"id":"7k2fq0m3x9ab","name":"s","transport":"stdio"}]}
        {"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}
        {"seq":2,"t":1,"dir":"s2c","fault":"drop","fault_side":"server","msg":{"jsonrpc":"2.0","id":1,"result":{}}}
        {"seq":3,"t":2,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"ping"}}
        {"seq":4,"t":3,"dir":"s2c","fault":"delay:5ms","msg":{"jsonrpc":"2.0","id":2,"result":{}}}
        {"seq":5,"t":4,"dir":"s2c","fault":"junk:hi","fault_side":"client","text":"hi"}

        """

    @Test func `a file keeps marks, and what the client never got answers nothing`() throws {
        let file = try FileRecording(bytes: Array(Self.file.utf8))
        #expect(file.faults.isEmpty)
        let session = SessionID("7k2fq0m3x9ab")
        let marks = try file.entries(of: session, from: 1, limit: 10).map { entry -> FaultMark? in
            guard case .message(let message) = entry else { return nil }
            return message.fault
        }
        let exchanges = try file.exchanges(of: session, from: 1, limit: 10)
        #expect(exchanges.map(\.outcome) == [.pending, .ok])
        #expect(
            marks == [
                nil, FaultMark("drop", seenBy: .server), nil, FaultMark("delay:5ms", seenBy: .both),
                FaultMark("junk:hi", seenBy: .client),
            ])
    }

    @Test func `a line for a person says what was done`() {
        #expect(FaultMark("drop", seenBy: .server).note == "(held back: drop)")
        #expect(FaultMark("delay:5ms", seenBy: .both).note == "(fault: delay:5ms)")
        #expect(FaultMark("junk:hi", seenBy: .client).note == "(made by --fault: junk:hi)")
    }
}
