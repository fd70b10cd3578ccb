import MCPSemantics
import Recording

@testable import Journal

/// A store in memory: keeps what it is given, and refuses when it is told to.
///
/// `@unchecked Sendable`: all state is in a `Guarded`.
final class MemorySink: RecordSink, @unchecked Sendable {
    struct Content: Sendable {
        var batches: [RecordBatch] = []
        /// How many of the next commits fail, and with what.
        var failures = 0
        var failure = SinkFailure(.failed, "the test says no")
        var attempts = 0
        /// Batches that were there at each rest.
        var rests: [Int] = []
        /// A failing commit may have been made all the same, as when a process dies in it. Never here.
        var fails: (@Sendable (Int) -> Bool)?
    }

    let content = Guarded(Content())

    func commit(_ batch: RecordBatch) throws(SinkFailure) {
        let failure = content.with { content -> SinkFailure? in
            content.attempts += 1
            if content.failures > 0 {
                content.failures -= 1
                return content.failure
            }
            if content.fails?(content.attempts) == true { return content.failure }
            content.batches.append(batch)
            return nil
        }
        if let failure { throw failure }
    }

    func rest() { content.with { $0.rests.append($0.batches.count) } }

    var batches: [RecordBatch] { content.with { $0.batches } }
    var events: [RecordedEvent] { batches.flatMap { $0.sessions.flatMap(\.events) } }
    /// As the store has it: nothing to resume after the end.
    var coverage: JournalCoverage? {
        guard let last = batches.last else { return nil }
        guard let session = last.sessions.first, session.description.listener == nil else {
            return JournalCoverage(position: last.position, checkpoint: last.checkpoint) { id in
                let records = self.batches.flatMap(\.sessions).last { $0.description.id == id }
                return records.map { JournalCoverage(position: 0, checkpoint: $0.checkpoint) }
            }
        }
        return JournalCoverage(
            position: last.position, checkpoint: session.state.end == nil ? session.checkpoint : [],
            newest: newest)
    }

    private var newest: Recorder.Numbers {
        events.reduce(into: Recorder.Numbers()) { newest, event in
            switch event {
            case .message(let message): newest.sequence = max(newest.sequence, message.sequence)
            case .gap(let gap): newest.sequence = max(newest.sequence, gap.sequence)
            case .part(let part): newest.body = max(newest.body, part.body)
            case .exchange(let exchange): newest.exchange = max(newest.exchange, exchange.number)
            }
        }
    }
    var state: SessionState? { batches.last?.sessions.first?.state }

    /// The bytes of a lane as they went by, line feeds included; of every message that was not cut.
    func text(of lane: Lane) -> String {
        var bytes: [UInt8] = []
        for case .message(let message) in events where message.lane == lane {
            if case .inline(let body) = message.body { bytes += body }
            if message.hasLineFeed { bytes.append(UInt8(ascii: "\n")) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var gaps: [Gap] {
        events.compactMap { if case .gap(let record) = $0 { record.gap } else { nil } }
    }

    /// Sequence numbers count 1, 2, 3 …: nothing twice, nothing left out.
    var isInOrder: Bool {
        let sequences = events.compactMap { event -> Int64? in
            switch event {
            case .message(let message): message.sequence
            case .gap(let gap): gap.sequence
            case .part, .exchange: nil
            }
        }
        return sequences == (0..<Int64(sequences.count)).map { $0 + 1 }
    }
}

/// Waits until `condition` holds, ten seconds at most.
func eventually(_ condition: () -> Bool) -> Bool {
    let clock = SystemClock()
    while !condition() {
        guard clock.seconds < 10 else { return false }
        clock.rest()
    }
    return true
}

extension RecorderOptions {
    /// Commits soon and retries soon.
    static var quick: RecorderOptions {
        var options = RecorderOptions()
        options.commitDelay = 2_000_000
        options.retryDelay = 1_000_000
        options.retryLimit = 5_000_000
        options.busyPatience = 20_000_000
        return options
    }
}
