import MCPSemantics
import Recording
import Testing
import Wire

struct RecorderCheckpointTests {
    private let session = RecorderRun.session(.payloads, 0)

    /// A recorder with a session behind it: one answered call, one open, half a line, a long one in parts.
    private var recorder: Recorder {
        var run = RecorderRun(partSize: 64)
        let meta =
            #","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
            + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}}"#
        for id in 1...2 {
            let call = #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"add"\#(meta)}}"#
            run.bytes(call + "\n", .clientToServer, at: Int64(id))
        }
        run.bytes(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}"# + "\n", .serverToClient)
        run.bytes(
            #"{"jsonrpc":"2.0","id":2,"result":{"x":""# + String(repeating: "x", count: 100), .serverToClient)
        run.bytes("half a li", .standardError)
        return run.recorder
    }

    @Test func `goes on in the middle of lines, of exchanges and of a long message`() {
        var again = Recorder(session: session, resuming: recorder.checkpoint())
        #expect(again.resumption == .resumed)
        #expect(again.state == recorder.state)
        var records: [RecordedEvent] = []
        again.observe(.bytes(Array("ne\n".utf8)[...], on: .standardError, at: .zero), into: &records)
        again.observe(.bytes(Array("\"}}\n".utf8)[...], on: .serverToClient, at: .zero), into: &records)
        guard case .message(let line) = records.first, case .exchange(let exchange) = records.last else {
            Issue.record("a line of standard error, then the end of an exchange")
            return
        }
        #expect(line.body == .inline(Array("half a line".utf8)[...]))
        #expect(line.sequence == 4)
        #expect(exchange.number == 2)
        #expect(exchange.outcome == .ok)
        #expect(exchange.name == "add")
        #expect(again.state.pending == 0)
    }

    @Test func `gives no number twice when it cannot read more than the head`() {
        let whole = recorder.checkpoint()
        for cut in [whole.count - 1, whole.count - 60] {
            var again = Recorder(session: session, resuming: Array(whole[..<cut]))
            #expect(again.resumption == .numbersOnly)
            #expect(again.state == recorder.state)
            var records: [RecordedEvent] = []
            let call = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n"
            for _ in 1...2 {
                again.observe(.bytes(Array(call.utf8)[...], on: .clientToServer, at: .zero), into: &records)
            }
            let messages = records.compactMap { if case .message(let message) = $0 { message } else { nil } }
            #expect(messages.map(\.sequence) == [4, 5])
            #expect(messages.map(\.exchange) == [3, 4])
            #expect(messages.map(\.isPartial) == [true, false], "the head of a line may be lost")
            #expect(again.state.exchanges == 4)
            #expect(again.state.pending == 3)
            #expect(again.state.client?.peer?.name == "c")
        }
    }

    @Test func `numbers on after what the store has when it can read nothing`() {
        for checkpoint in [[], [0xFF], Array("rubbish".utf8), Array(recorder.checkpoint().dropFirst())] {
            var again = Recorder(
                session: session, resuming: checkpoint, after: .init(sequence: 41, body: 2, exchange: 7))
            #expect(again.resumption == .nothing)
            var records: [RecordedEvent] = []
            let call = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n"
            again.observe(.bytes(Array(call.utf8)[...], on: .clientToServer, at: .zero), into: &records)
            guard case .message(let message) = records.first else {
                Issue.record("a message")
                continue
            }
            #expect(message.sequence == 42)
            #expect(message.exchange == 8)
        }
    }

    @Test func `survives any damaged checkpoint`() {
        let whole = recorder.checkpoint()
        let more: [TransportEvent] = [
            .bytes(Array("\"}}\n{}\n".utf8)[...], on: .serverToClient, at: .zero),
            .bytes(
                Array(
                    (#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"# + "\n")
                        .utf8)[...], on: .clientToServer, at: .zero),
            .bytes(Array(repeating: 0x20, count: 200)[...], on: .standardError, at: .zero),
            .ended(.interrupted, at: .zero),
        ]
        for place in whole.indices {
            for byte in [UInt8(0), 0x7F, 0x80, 0xFF, whole[place] &+ 1] {
                var damaged = whole
                damaged[place] = byte
                var again = Recorder(session: session, resuming: damaged)
                var records: [RecordedEvent] = []
                for event in more { again.observe(event, into: &records) }
                #expect(again.state.end != nil)
            }
        }
    }
}
