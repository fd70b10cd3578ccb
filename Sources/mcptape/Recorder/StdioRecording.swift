import Glibc
import Journal
import MCPSemantics
import Platform
import Recording
import StdioTransport
import Store

/// One recorded session of a stdio server: journal, recorder thread and relay, joined.
final class StdioRecording {
    let description: SessionDescription
    private let store: String
    private let clock: SessionClock
    private let options: RecordCommand
    private let settings: Settings
    private let system: SystemCalls
    private var journal: JournalWriter?
    private var recorder: RecorderThread?

    init(
        description: SessionDescription, store: String, clock: SessionClock, options: RecordCommand,
        settings: Settings, system: SystemCalls
    ) {
        self.description = description
        self.store = store
        self.clock = clock
        self.options = options
        self.settings = settings
        self.system = system
    }

    /// Makes the journal and starts the recorder. Throws only with `--fail-closed` or `--durable`; otherwise
    /// traffic goes on without a recording and standard error says so.
    func begin() throws(JournalFailure) {
        var journalOptions = JournalOptions()
        journalOptions.isDurable = settings.durable.value
        journalOptions.failsClosed = settings.failClosed.value
        let journal = try JournalWriter(
            session: description.id, description: description.encodedJSON(), choice: settings.journalChoice,
            store: store, options: journalOptions, system: system)
        self.journal = journal
        if let failure = journal.failure { settings.log.say(.impaired(failure.message)) }
        let recorder = recorderThread(journal)
        try recorder.start()
        self.recorder = recorder
    }

    /// Relays until the server has ended.
    func relay(server: StdioServer, host: HostDescriptors) -> RelayOutcome {
        let relay = StdioRelay(server: server, host: host, system: system)
        guard let journal else { return relay.run() }
        guard description.capture != .off else {
            journal.append(.started(processID: server.processID, at: clock.now))
            let outcome = relay.run()
            journal.append(.exited(outcome.exit, at: clock.now))
            journal.append(.ended(outcome.reason, at: clock.now))
            return outcome
        }
        return relay.run(recordingTo: journal, clock: clock, failsClosed: settings.failClosed.value)
    }

    func note(_ event: TransportEvent) { journal?.append(event) }

    /// Takes the last messages to the store and writes `-o FILE`.
    func finish(within milliseconds: Int64 = 500) {
        // A file is asked for now, so it is worth waiting for what it is made of.
        let limit = options.output == nil ? milliseconds : 30_000
        guard let outcome = recorder?.finish(within: limit) else { return }
        switch outcome {
        case .complete: break
        case .left(let reason):
            // The journal holds it, and the next command takes it in: nothing is impaired, nothing to say.
            if options.output != nil { say("\(reason); the recording file was not written") }
            return
        case .unrecorded(let reason):
            return say("the end of the session was not recorded: \(reason)")
        }
        if let output = options.output { write(output) }
    }

    private func recorderThread(_ journal: JournalWriter) -> RecorderThread {
        let (path, description, system) = (store, description, system)
        let (log, retention) = (settings.log, settings.retention)
        // The server runs by now: the key delays nobody.
        let redactor = description.redaction.map { _ in
            StoreRedactor.live(for: description, store: path, system: system)
        }
        return RecorderThread(
            journal: journal, session: description, redactor: redactor,
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

    private func say(_ text: String) { settings.log.say(.warning, text) }

    /// Writes the session to the file that `-o` names. A failure is said, and changes nothing of the exit
    /// status: that is the server's.
    private func write(_ output: String) {
        do {
            let store = try Store.open(self.store, access: .read, system: system)
            try RecordingFileOutput.write(
                [description.id], of: store, to: StoreLocation.absolute(output), system: system)
            if options.noStore { try ScratchStore.remove(self.store) }
        } catch {
            say("\(output) was not written: \(Failure.explaining(error).message)")
        }
    }
}
