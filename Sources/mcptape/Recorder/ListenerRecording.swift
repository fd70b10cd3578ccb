import HTTPTransport
import Journal
import MCPSemantics
import Platform
import Recording
import Store

/// The recording of an HTTP listener with all its sessions: journal, recorder thread and tap, joined.
final class ListenerRecording {
    let description: SessionDescription
    /// What is kept of heads.
    var heads: RecordedHeads { heads(under: nil) }
    private let store: String
    private let clock: SessionClock
    private let settings: Settings
    private let system: SystemCalls
    private let redactor: Redactor
    private var journal: JournalWriter?
    private var hasEnded = false
    private var recorder: RecorderThread?

    init(
        description: SessionDescription, store: String, clock: SessionClock, settings: Settings,
        system: SystemCalls
    ) {
        self.description = description
        self.store = store
        self.clock = clock
        self.settings = settings
        self.system = system
        redactor = StoreRedactor.live(for: description, store: store, system: system)
    }

    /// What is kept of heads under other rules, nil for the ones that it began with.
    func heads(under rules: RedactionRules?) -> RecordedHeads {
        RecordedHeads(
            rules.map { redactor.with($0) } ?? redactor, redactsPayloads: description.redaction != nil)
    }

    /// Makes the journal and starts the recorder; the tap puts everything into it.
    ///
    /// Throws only with `--fail-closed` or `--durable`; otherwise traffic goes on without a recording and
    /// standard error says so.
    func begin() throws(JournalFailure) -> any HTTPTap {
        let modes = [description.capture] + description.captureOfServers.values
        if modes.allSatisfy({ $0 == .off }) { return SilentHTTPTap() }
        var options = JournalOptions()
        options.isDurable = settings.durable.value
        options.failsClosed = settings.failClosed.value
        let journal = try JournalWriter(
            session: description.id, description: description.encodedJSON(), choice: settings.journalChoice,
            store: store, options: options, system: system)
        self.journal = journal
        if let failure = journal.failure { settings.log.say(.impaired(failure.message)) }
        let recorder = recorderThread(journal)
        try recorder.start()
        self.recorder = recorder
        return JournalHTTPTap(journal: journal, clock: clock, failsClosed: settings.failClosed.value)
    }

    /// The relay has ended, so nothing appends any more; the second call does nothing.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        journal?.append(.ended(.signalled, at: clock.now))
    }

    /// Takes the last messages to the store, for `limit`.
    func finish(within limit: Duration = .seconds(2)) {
        end()
        let milliseconds =
            limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
        guard let outcome = recorder?.finish(within: milliseconds) else { return }
        switch outcome {
        case .complete: break
        // The journal holds it, and the next command takes it in: nothing is impaired, nothing to say.
        case .left: break
        case .unrecorded(let reason):
            settings.log.say(.warning, "the end of the recording was not kept: \(reason)", event: .impaired)
        }
    }

    private func recorderThread(_ journal: JournalWriter) -> RecorderThread {
        let (path, description, system) = (store, description, system)
        let (log, retention) = (settings.log, settings.retention)
        var options = RecorderOptions()
        options.opensSinkAtOnce = true
        return RecorderThread(
            journal: journal, session: description, redactor: redactor,
            decoding: { ContentInflater.decoder(for: $0) }, options: options,
            openSink: { () throws(SinkFailure) in
                do throws(StoreFailure) {
                    let store = try Store.open(path, access: .write, system: system)
                    store.retention = retention
                    return try store.sink(for: description)
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
