import HTTPTransport
import Journal
import MCPSemantics
import Recording
import Store

/// The recording of an HTTP listener with all its sessions: journal, recorder thread and tap, joined.
final class ListenerRecording {
    private let recording: JournaledRecording
    private let redactor: Redactor
    private var hasEnded = false

    init(_ recording: JournaledRecording) {
        self.recording = recording
        redactor = StoreRedactor.live(
            for: recording.description, store: recording.store, system: recording.system)
    }

    var description: SessionDescription { recording.description }
    private var settings: Settings { recording.settings }

    /// What is kept of heads.
    var heads: RecordedHeads { heads(under: nil) }

    /// What is kept of heads under other rules, nil for the ones that it began with.
    func heads(under rules: RedactionRules?) -> RecordedHeads {
        RecordedHeads(
            rules.map { redactor.with($0) } ?? redactor, redactsPayloads: description.redaction != nil)
    }

    /// Makes the journal and starts the recorder, as `JournaledRecording.begin`; the tap puts everything into
    /// it. With `--fail-closed` the store is known to take records then.
    func begin() throws -> any HTTPTap {
        let modes = [description.capture] + description.captureOfServers.values
        if modes.allSatisfy({ $0 == .off }) { return SilentHTTPTap() }
        let failsClosed = settings.failClosed.value
        if failsClosed {
            _ = try Store.open(recording.store, access: .write, system: recording.system)
        }
        var options = RecorderOptions()
        options.opensSinkAtOnce = true
        let journal = try recording.begin(redactor: { redactor }, options: options)
        return JournalHTTPTap(
            journal: journal, clock: recording.clock, failsClosed: failsClosed,
            report: { [log = settings.log] in log.say($0) })
    }

    /// The relay has ended, so nothing appends any more; the second call does nothing.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        recording.note(.ended(.signalled, at: recording.clock.now))
    }

    /// Takes the last messages to the store, for `limit`. Answers why they are not there, nil when they are.
    @discardableResult
    func finish(within limit: Duration = .seconds(2)) -> String? {
        end()
        switch recording.finish(within: limit) {
        case .complete?, nil: return nil
        // The journal holds it, and the next command takes it in: nothing is impaired, nothing to say.
        case .left(let reason)?: return reason
        case .unrecorded(let reason)?:
            settings.log.say(
                .warning, "the end of the recording was not kept: \(reason)", event: .impaired)
            return reason
        }
    }
}
