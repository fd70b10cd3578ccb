import Journal
import MCPSemantics
import Platform
import Recording
import Replay
import StdioTransport

/// One recorded session of a stdio server: journal, recorder thread and relay, joined.
final class StdioRecording {
    private let recording: JournaledRecording
    private let output: OutputFile?
    /// `--metrics-textfile`.
    private let textfile: TextfileReporter?
    /// Takes the session instead of `-o FILE`, which it was recorded for.
    private let keep: ((any RecordingSource) throws -> Void)?
    /// Whether the file was written, or the session taken.
    private(set) var isKept = false

    init(
        _ recording: JournaledRecording, output: OutputFile?, textfile: TextfileReporter? = nil,
        keep: ((any RecordingSource) throws -> Void)? = nil
    ) {
        self.recording = recording
        self.output = output
        self.textfile = textfile
        self.keep = keep
    }

    var description: SessionDescription { recording.description }
    private var settings: Settings { recording.settings }

    /// Makes the journal and starts the recorder; see `JournaledRecording.begin`.
    func begin() throws(JournalFailure) {
        let recording = recording
        _ = try recording.begin {
            // The server runs by now: the key delays nobody.
            recording.description.redaction.map { _ in
                StoreRedactor.live(
                    for: recording.description, store: recording.store, system: recording.system)
            }
        }
    }

    /// Relays until the server has ended.
    func relay(
        server: StdioServer, host: HostDescriptors, faults: FaultPlan?, propagator: TracePropagator? = nil
    ) -> RelayOutcome {
        let relay = StdioRelay(server: server, host: host, system: recording.system)
        guard let journal = recording.journal else { return relay.run(faults: faults) }
        let clock = recording.clock
        guard description.capture != .off else {
            journal.append(.started(processID: server.processID, at: clock.now))
            let outcome = relay.run(faults: faults)
            journal.append(.exited(outcome.exit, at: clock.now))
            journal.append(.ended(outcome.reason, at: clock.now))
            return outcome
        }
        return relay.run(
            recordingTo: journal, clock: clock, failsClosed: settings.failClosed.value, faults: faults,
            propagator: propagator)
    }

    func note(_ event: TransportEvent) { recording.note(event) }

    /// Takes the last messages to the store and writes `-o FILE`.
    func finish(within limit: Duration = .milliseconds(500)) {
        // A file is asked for now, so it is worth waiting for what it is made of.
        let outcome = recording.finish(within: output == nil ? limit : OutputFile.patience)
        textfile?.finish()
        switch outcome {
        case .complete?: break
        case .left(let reason)?:
            // The journal holds it, and the next command takes it in: nothing is impaired, nothing to say.
            if output != nil { say("\(reason); the recording file was not written") }
            return
        case .unrecorded(let reason)?: return say("the end of the session was not recorded: \(reason)")
        case nil: return
        }
        // A failure is said, and changes nothing of the exit status: that is the server's.
        do throws(Failure) {
            guard let output else { return }
            if let keep {
                try output.hand(recording.store, to: keep, system: recording.system)
            } else {
                try output.write(from: recording.store, system: recording.system) { [description] session in
                    session.id == description.id
                }
            }
            isKept = true
        } catch {
            say(error.message)
        }
    }

    private func say(_ text: String) { settings.log.say(.warning, text) }
}
