import Journal
import Platform
import Recording
import Store

/// What every recording has: its journal, and the thread that takes what is in it to the store.
final class JournaledRecording {
    let description: SessionDescription
    /// The store's directory.
    let store: String
    let clock: SessionClock
    let settings: Settings
    let system: SystemCalls
    private(set) var journal: JournalWriter?
    private var recorder: RecorderThread?
    /// Told of every batch that the store took, on the recorder's thread.
    private let committed: (@Sendable (RecordBatch) -> Void)?

    init(
        description: SessionDescription, store: String, clock: SessionClock, settings: Settings,
        system: SystemCalls, committed: (@Sendable (RecordBatch) -> Void)? = nil
    ) {
        self.description = description
        self.store = store
        self.clock = clock
        self.settings = settings
        self.system = system
        self.committed = committed
    }

    /// Makes the journal and starts the recorder.
    ///
    /// Throws only with `--fail-closed` or `--durable`; otherwise traffic goes on without a recording and
    /// standard error says so. `redactor` is asked for once the journal is there.
    func begin(
        redactor: () -> Redactor?, options: RecorderOptions = RecorderOptions()
    ) throws(JournalFailure) -> JournalWriter {
        var journalOptions = JournalOptions()
        journalOptions.isDurable = settings.durable.value
        journalOptions.failsClosed = settings.failClosed.value
        let journal = try JournalWriter(
            session: description.id, description: description.encodedJSON(), choice: settings.journalChoice,
            store: store, options: journalOptions, system: system)
        self.journal = journal
        if let failure = journal.failure { settings.log.say(.impaired(failure.message)) }
        let recorder = recorderThread(journal, redactor(), options)
        try recorder.start()
        self.recorder = recorder
        return journal
    }

    func note(_ event: TransportEvent) { journal?.append(event) }

    /// Takes the last messages to the store, for `limit`. Nil when nothing was to be recorded.
    func finish(within limit: Duration) -> RecorderOutcome? {
        let milliseconds =
            limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
        return recorder?.finish(within: milliseconds)
    }

    private func recorderThread(
        _ journal: JournalWriter, _ redactor: Redactor?, _ options: RecorderOptions
    ) -> RecorderThread {
        let (path, description, system) = (store, description, system)
        let (log, retention, committed) = (settings.log, settings.retention, committed)
        return RecorderThread(
            journal: journal, session: description, redactor: redactor,
            decoding: { ContentInflater.decoder(for: $0) }, options: options,
            openSink: { () throws(SinkFailure) in
                do throws(StoreFailure) {
                    let store = try Store.open(path, access: .write, system: system)
                    store.retention = retention
                    let sink = try store.sink(for: description)
                    return committed.map { WatchedSink(sink, committed: $0) } ?? sink
                } catch {
                    throw error.asSinkFailure
                }
            },
            afterFirstCommit: { mustStop in
                Recovery.takeIn(store: path, retention: retention, system: system, until: mustStop)
            },
            report: { log.say($0) })
    }
}
