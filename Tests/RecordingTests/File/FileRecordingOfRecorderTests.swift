import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What the recorder saw and what its file tells are the same.
struct FileRecordingOfRecorderTests {
    @Test(arguments: 0..<60)
    func `a recorded session reads back with the same messages, exchanges and state`(seed: UInt64) throws {
        var run = RecorderRun()
        var traffic = Traffic(seed: seed)
        for event in traffic.events(60) { run.observe(event) }
        let description = RecorderRun.session(.payloads, 0)
        let writer = RecordingFileWriter(
            sessions: [SessionSummary(description: description, state: run.state)])
        var bytes = writer.headerLine()
        for event in run.events {
            switch event {
            case .message(let message): bytes += writer.line(for: .message(message), of: description.id)
            case .gap(let gap): bytes += writer.line(for: .gap(gap), of: description.id)
            case .part, .exchange: break
            }
        }
        let file = try FileRecording(bytes: bytes)
        #expect(file.faults.isEmpty)
        #expect(try messages(file, description.id) == run.messages.map(rounded))
        var latest: [Int: Exchange] = [:]
        for exchange in run.exchanges { latest[exchange.number] = exchange }
        let exchanges = try file.exchanges(of: description.id, from: 1, limit: 10_000)
        #expect(exchanges == latest.values.sorted { $0.number < $1.number }.map(rounded))
        var state = run.state
        state.lastTime = rounded(state.lastTime)
        let end = try #require(state.end)
        state.end?.time = rounded(end.time)
        #expect(try file.session(description.id)?.state == state)
    }

    private func messages(_ file: FileRecording, _ id: SessionID) throws -> [MessageRecord] {
        try file.entries(of: id, from: 1, limit: 10_000).compactMap {
            if case .message(let message) = $0 { message } else { nil }
        }
    }

    private func rounded(_ time: Timestamp) -> Timestamp {
        Timestamp(nanoseconds: time.nanoseconds / 1000 * 1000)
    }

    private func rounded(_ message: MessageRecord) -> MessageRecord {
        var message = message
        message.time = rounded(message.time)
        return message
    }

    private func rounded(_ exchange: Exchange) -> Exchange {
        var exchange = exchange
        exchange.requestTime = rounded(exchange.requestTime)
        exchange.firstEventTime = exchange.firstEventTime.map(rounded)
        exchange.responseTime = exchange.responseTime.map(rounded)
        return exchange
    }
}
