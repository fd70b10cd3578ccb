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
    let heads: RecordedHeads
    private let store: String
    private let clock: SessionClock
    private let options: RecordCommand
    private let system: SystemCalls
    private let redactor: Redactor
    private var journal: JournalWriter?
    private var recorder: RecorderThread?

    init(
        description: SessionDescription, store: String, clock: SessionClock, options: RecordCommand,
        system: SystemCalls
    ) {
        self.description = description
        self.store = store
        self.clock = clock
        self.options = options
        self.system = system
        redactor = StoreRedactor.live(for: description, store: store, system: system)
        heads = RecordedHeads(redactor)
    }

    /// Makes the journal and starts the recorder; the tap puts everything into it.
    ///
    /// Throws only with `--fail-closed` or `--durable`; otherwise traffic goes on without a recording and
    /// standard error says so.
    func begin() throws(JournalFailure) -> any HTTPTap {
        guard description.capture != .off else { return SilentHTTPTap() }
        var settings = JournalOptions()
        settings.isDurable = options.durable
        settings.failsClosed = options.failClosed
        let journal = try JournalWriter(
            session: description.id, description: description.encodedJSON(), choice: options.journalChoice,
            store: store, options: settings, system: system)
        self.journal = journal
        if let failure = journal.failure { report(.impaired(failure.message)) }
        let recorder = recorderThread(journal)
        try recorder.start()
        self.recorder = recorder
        return JournalHTTPTap(journal: journal, clock: clock, failsClosed: options.failClosed)
    }

    /// The relay has ended, so nothing appends any more: takes the last messages to the store and writes
    /// `-o FILE`.
    func finish() {
        journal?.append(.ended(.signalled, at: clock.now))
        let limit: Int64 = options.output == nil ? 2_000 : 30_000
        guard let outcome = recorder?.finish(within: limit) else { return }
        switch outcome {
        case .complete: break
        case .left(let reason):
            // The journal holds it, and the next command takes it in: nothing is impaired, nothing to say.
            if options.output != nil { say("\(reason); the recording file was not written") }
            return
        case .unrecorded(let reason):
            return say("the end of the recording was not kept: \(reason)")
        }
        if let output = options.output { write(output) }
    }

    private func recorderThread(_ journal: JournalWriter) -> RecorderThread {
        let (path, description, system) = (store, description, system)
        let isQuiet = options.quiet
        return RecorderThread(
            journal: journal, session: description, redactor: redactor,
            decoding: { ContentInflater.decoder(for: $0) },
            openSink: { () throws(SinkFailure) in
                do throws(StoreFailure) {
                    let store = try Store.open(path, access: .write, system: system)
                    return try store.sink(for: description)
                } catch {
                    throw error.asSinkFailure
                }
            },
            afterFirstCommit: { mustStop in Recovery.takeIn(store: path, system: system, until: mustStop) },
            report: { report in if !isQuiet { complain(of: report) } })
    }

    private func report(_ report: RecorderReport) {
        if !options.quiet { complain(of: report) }
    }

    private func say(_ text: String) {
        if !options.quiet { complain(text) }
    }

    private func write(_ output: String) {
        do {
            let store = try Store.open(self.store, access: .read, system: system)
            let own = try store.sessions().filter { $0.description.listener == description.id }
            try RecordingFileOutput.write(
                own.reversed().map(\.description.id), of: store, to: StoreLocation.absolute(output),
                system: system)
            if options.noStore { try ScratchStore.remove(self.store) }
        } catch {
            say("\(output) was not written: \(Failure.explaining(error).message)")
        }
    }
}

/// Says how the recording stands on standard error.
func complain(of report: RecorderReport) {
    switch report {
    case .impaired(let text): complain("recording is impaired, traffic goes on: \(text)")
    case .resumed(let text): complain("recording goes on: \(text)")
    }
}
