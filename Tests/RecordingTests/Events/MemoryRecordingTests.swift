import MCPSemantics
import Testing
import Wire

@testable import Recording

struct MemoryRecordingTests {
    private func recording(_ redactor: Redactor? = nil) -> MemoryRecording {
        MemoryRecording(
            SessionDescription(id: SessionID("s"), name: "x", transport: .stdio), redactor: redactor)
    }

    @Test func `messages and exchanges are as a recorder has them, long ones whole`() throws {
        var recording = recording()
        let long = String(repeating: "x", count: 3 << 20)
        let lines: [(Lane, String)] = [
            (.clientToServer, #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#),
            (.serverToClient, #"{"jsonrpc":"2.0","id":1,"result":{"text":"\#(long)"}}"#),
            (.clientToServer, #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}"#),
        ]
        for (place, line) in lines.enumerated() {
            let time = Timestamp(nanoseconds: Int64(place))
            recording.observe(Array(line.1.utf8)[...], on: line.0, at: time)
        }
        let session = recording.session
        let bodies = session.entries.compactMap { entry -> String? in
            guard case .message(let message) = entry, case .inline(let bytes) = message.body else {
                return nil
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(bodies == lines.map(\.1))
        #expect(session.exchanges.map(\.name) == ["a", "b"])
        #expect(session.exchanges.map(\.outcome) == [.ok, .pending])
        #expect(recording.completeExchanges == 1 && session.requestCount == 2 && session.hasAnswers)
        let file = try FileRecording(bytes: session.fileText())
        #expect(file.faults.isEmpty)
        #expect(try file.exchanges(of: SessionID("s"), from: 1, limit: 9).map(\.name) == ["a", "b"])
    }

    @Test func `secrets are replaced`() {
        var recording = recording(Redactor(rules: RedactionRules(), key: Array(repeating: 1, count: 32)))
        let secret = "sk-ant-api03-" + String(repeating: "aB3dE5gH7jK9mN1pQ3sT5vW7", count: 3)
        let line = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(secret)"}}"#
        recording.observe(Array(line.utf8)[...], on: .clientToServer, at: .zero)
        let text = String(decoding: recording.session.fileText(), as: UTF8.self)
        #expect(!text.contains(secret) && text.contains("[redacted:"))
    }
}
