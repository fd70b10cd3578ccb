import HTTPTransport
import Journal
import Recording
import Replay

/// One listener that runs: the proxy, its recording, and what it was asked for.
final class RunningListener {
    private(set) var settings: ListenerSettings
    let proxy: HTTPProxy
    private let recording: ListenerRecording
    private let log: Log

    /// Begins to listen. Throws a `Failure` with nothing left behind.
    init(
        _ settings: ListenerSettings, _ prepared: PreparedListener, recording: ListenerRecording, log: Log
    ) throws {
        self.settings = settings
        self.recording = recording
        self.log = log
        do {
            let tap = try recording.begin()
            proxy = try HTTPProxy(prepared.proxy, tap: tap)
        } catch let failure as HTTPFailure {
            recording.finish()
            throw failure.asFailure
        } catch {
            recording.finish()
            throw Failure(125, (error as? JournalFailure)?.message ?? Failure.explaining(error).message)
        }
        do {
            try writePort()
        } catch {
            beginEnd(within: .zero)
            finishEnd()
            throw error
        }
    }

    private func writePort() throws {
        guard let file = settings.portFile, case .tcp(_, let port) = proxy.address else { return }
        try AtomicText.write("\(port)\n", to: file)
    }

    /// Goes on by other settings, with what was read for them.
    func apply(_ settings: ListenerSettings, _ prepared: PreparedListener) {
        let hasNewPortFile = settings.portFile != self.settings.portFile
        self.settings = settings
        proxy.apply(prepared.proxy, telling: prepared.change)
        guard hasNewPortFile else { return }
        do { try writePort() } catch { log.say(Failure.explaining(error)) }
    }

    /// Takes no connection any more; running exchanges end, or are ended after `limit`.
    func beginEnd(within limit: Duration) { proxy.beginDrain(within: limit) }

    /// Nothing is relayed any more.
    var hasEnded: Bool { proxy.isDrained }

    /// Waits for that: after it nothing is told to the recording any more but its end.
    func stopRelaying() {
        proxy.finishDrain()
        recording.end()
    }

    /// The same, and waits for the recorder, for `limit`. Answers why something is not in the store.
    @discardableResult
    func finishEnd(within limit: Duration = .seconds(2)) -> String? {
        stopRelaying()
        for count in proxy.faultCounts { log.say(count.count == 0 ? .warning : .info, count.text) }
        return recording.finish(within: limit)
    }

    /// What of heads goes on record under `rules`.
    func heads(under rules: RedactionRules?) -> RecordedHeads { recording.heads(under: rules) }
}

/// Everything of a listener's settings that can fail, read and found to be good.
struct PreparedListener: Sendable {
    let proxy: PreparedProxy
    /// What the recording is told when a running listener takes the settings over.
    let change: ListenerChange

    init(
        _ settings: ListenerSettings, heads: RecordedHeads, redaction: RedactionRules?,
        faults: FaultPlan? = nil, propagator: TracePropagator? = nil
    ) throws(Failure) {
        do throws(HTTPFailure) {
            var options = try settings.options()
            options.masking = heads
            options.propagator = propagator
            options.faults = faults.map { plan in
                let names = settings.routes.routes.map { ($0.name, settings.serverName(of: $0)) }
                return ProxyFaults(plan, serverNames: Dictionary(names) { first, _ in first })
            }
            proxy = try PreparedProxy(options)
        } catch {
            let failure = error.asFailure
            let place = settings.source.map { "\($0): " } ?? ""
            throw Failure(failure.status, place + failure.message, hint: failure.hint)
        }
        change = ListenerChange(
            name: settings.serverName, command: settings.recordedCommand, redaction: redaction)
        guard change.encodedJSON().count <= ListenerChange.sizeLimit else {
            throw Failure(
                Failure.usage,
                "the upstreams and redaction rules of \(settings.address) take more than "
                    + "\(ListenerChange.sizeLimit) bytes")
        }
    }
}

extension ListenerSettings {
    /// Of the upstreams what was asked for, without the query: it may be a credential.
    var recordedCommand: [String] {
        routes.routes.map { route in
            let url = "\(route.upstream.origin)\(route.upstream.path.prefix { $0 != "?" })"
            return route.name.isEmpty ? url : "\(route.name)=\(url)"
        }
    }
}
