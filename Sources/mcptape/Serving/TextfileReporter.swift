import Journal
import Platform
import Recording
import Store
import Telemetry

/// Keeps `--metrics-textfile` up to date, on a thread of its own: nothing waits for it.
final class TextfileReporter: Sendable {
    /// Nanoseconds between two writes: a collector reads every 15 s or less often.
    static let interval: Int64 = 5_000_000_000

    private let work: Work
    /// Nil when the system has no thread left: then only the last figures are written.
    private let thread: QueryThread<Work.State>?

    /// What a write takes.
    private struct Work: Sendable {
        var file: MetricsTextfile
        var labels: [AddedLabel]
        var store: String
        /// Nothing but what one process recorded is in that store.
        var isOwn: Bool
        var retention: RetentionPolicy
        var slow: Int64
        var log: Log
        var system: SystemCalls

        /// Between two writes.
        struct State {
            var store: Store?
            /// That it cannot be written was said.
            var hasComplained = false
        }

        func write(_ state: inout State) {
            do {
                var opened = state.store.flatMap { $0.isInPlace ? $0 : nil }
                let advice = try file.write {
                    let store = try opened ?? Store.open(self.store, access: .read, system: system)
                    opened = store
                    var set = try store.metrics(retention)
                    // What is scraped is the collector, which says so itself.
                    set.identifyBuild(version: Mcptape.version, revision: BuildRevision.text)
                    set.tell(slow: slow)
                    return Exposition.write(
                        set, .text, groups: isOwn ? [.identity, .traffic] : [.identity, .traffic, .store],
                        adding: labels)
                }
                state.store = opened
                state.hasComplained = false
                if let advice { log.say(.warning, "--metrics-textfile: \(advice)") }
            } catch {
                state.store = nil
                guard !state.hasComplained else { return }
                state.hasComplained = true
                log.say(
                    .warning,
                    "--metrics-textfile is not written, everything else goes on: "
                        + Failure.explaining(error).message)
            }
        }
    }

    /// Nil when no file is asked for.
    ///
    /// - Parameters:
    ///   - isOwn: nobody else records into `store`, which is thrown away afterwards.
    ///   - retention: what is kept to in `store`.
    ///   - slow: from how long on an operation is slow. Nanoseconds.
    ///   - isPeriodic: written again and again, else only after `touch`.
    init?(
        _ options: TextfileOptions, store: String, isOwn: Bool, isPeriodic: Bool, retention: RetentionPolicy,
        slow: Int64,
        log: Log, system: SystemCalls
    ) {
        guard let path = options.path else { return nil }
        let owner = isOwn ? .process : options.owner(ofStore: store)
        let work = Work(
            file: MetricsTextfile(path, of: owner, system: system), labels: options.labels, store: store,
            isOwn: isOwn, retention: retention, slow: slow, log: log, system: system)
        self.work = work
        thread = try? QueryThread(
            "mcptape-text", limit: 1,
            chore: .init(interval: Self.interval, isPeriodic: isPeriodic) { state in work.write(&state) }
        ) { Work.State() }
    }

    /// Something was recorded.
    func touch() { thread?.ask() }

    /// Touches with every batch.
    var watcher: @Sendable (RecordBatch) -> Void { { [self] _ in touch() } }

    /// Writes the last figures, and ends.
    func finish() {
        guard let thread else {
            var state = Work.State()
            return work.write(&state)
        }
        _ = thread.submit { [work] state in work.write(&state) }
        thread.close()
    }
}
