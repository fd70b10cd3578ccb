import Exporters
import Glibc
import HTTPTransport
import Journal
import Platform
import Recording
import Store
import Wire

/// All listeners of a process: started together, changed by SIGHUP, ended by SIGTERM.
final class ListenerService {
    private let command: RecordCommand
    private let system: SystemCalls
    private var settings: Settings
    /// In the order in which they were asked for.
    private var running: [RunningListener] = []
    /// By the address that was asked for.
    private var probes: [ListenAddress: AdminListener] = [:]
    /// Listeners that are no longer asked for, while their last exchanges end.
    private var leaving: [RunningListener] = []
    /// All that have listened here.
    private var recorded: Set<SessionID> = []
    /// What this process recorded, for scrapers of the probes' addresses. From the first of them on.
    private var metrics: ProcessMetricsPage?
    private var reporter: TextfileReporter?
    private var exporter: TelemetryWorkers?

    init(_ command: RecordCommand, _ settings: Settings, system: SystemCalls) {
        self.command = command
        self.settings = settings
        self.system = system
    }

    private var log: Log { settings.log }

    /// Listens, until a signal says to end.
    func run() throws {
        do {
            reporter = command.reporter(
                on: command.place(settings), settings, settings.log, system)
            let listeners = try command.listeners(settings)
            let telemetry = try command.collector.settings(settings.configuration)
            // A file may name an address later, whose scrapers are to see all that was recorded.
            if command.meansConfiguredListeners || listeners.contains(where: { $0.admin != nil })
                || telemetry.endpoints[.metrics] != nil
            {
                try makeMetrics(telemetry)
            }
            for listener in listeners {
                running.append(try started(listener, settings))
            }
            probes = try startedProbes(for: running.map(\.settings))
            exporter = try startedExporter(telemetry)
        } catch {
            endAll(within: .zero)
            throw error
        }
        for listener in running { announce(listener) }
        while nextDemand() == .reload { reload() }
        for probe in probes.values { probe.becomeUnready() }
        log.say(
            .info, "ending: running exchanges have \(HumanText.duration(nanoseconds: settings.drain.value))",
            event: .draining)
        let losses = endAll(within: settings.drainLimit)
        for probe in probes.values { probe.close() }
        exporter?.end(within: Self.exportMilliseconds, system: system)
        metrics?.close()
        reporter?.finish()
        try writeOutput(losses)
        log.say(.info, "ended", event: .stopped)
    }

    // MARK: Starting

    /// What a collector has for the end of the recording: what it does not take is in the store.
    private static let exportMilliseconds: Int64 = 2000

    /// Exports what this process records. Nothing waits for it but its own end.
    private func startedExporter(_ telemetry: OTLPSettings) throws -> TelemetryWorkers? {
        for warning in telemetry.warnings { log.say(.warning, warning) }
        guard !telemetry.endpoints.isEmpty else { return nil }
        let (process, begun) = (getpid(), system.realtime())
        let instance = InstanceName.of(running.map(\.proxy.address.description).joined(separator: ","))
        let source = TelemetryWorkers.Source(
            store: command.place(settings),
            includes: { session in
                let description = session.description
                return description.recorderProcess == process && description.listener != nil
                    && description.startRealtime >= begun - Self.startSlack
            }, resource: TelemetryResource.ofMetrics(instance: instance, telemetry),
            reader: { [metrics] in
                {
                    guard let metrics else { preconditionFailure("metrics are sent, and not measured") }
                    return metrics.reading(of: instance)
                }
            })
        return try TelemetryWorkers(
            pushing: source, telemetry, counting: metrics?.exports ?? ExportMeter(telemetry.endpoints.keys),
            log: log, system: system)
    }

    /// The clock that sessions begin by was read before the exporter's.
    private static let startSlack: Int64 = 60_000_000_000

    private func started(_ listener: ListenerSettings, _ settings: Settings) throws -> RunningListener {
        let clock = SessionClock(system: system)
        let description = command.describe(listener, clock, settings, system)
        let recording = ListenerRecording(
            JournaledRecording(
                description: description, store: command.place(settings), clock: clock, settings: settings,
                system: system, committed: watcher))
        recorded.insert(description.id)
        let prepared = try PreparedListener(
            listener, heads: recording.heads, redaction: description.redaction,
            faults: try command.faults.plan(),
            propagator: command.traces.propagator(recorder: description.id))
        return try RunningListener(listener, prepared, recording: recording, log: settings.log)
    }

    private func makeMetrics(_ telemetry: OTLPSettings) throws(Failure) {
        let exports = telemetry.endpoints.isEmpty ? nil : ExportMeter(telemetry.endpoints.keys)
        do throws(JournalFailure) {
            metrics = try ProcessMetricsPage(
                exports: exports, slow: settings.slow.value, system: system)
        } catch {
            throw Failure(Failure.io, error.message)
        }
    }

    /// What is told of what was recorded; nil when nobody asks.
    private var watcher: (@Sendable (RecordBatch) -> Void)? {
        let (meter, reporter) = (metrics?.meter, reporter)
        guard meter != nil || reporter != nil else { return nil }
        return { batch in
            meter?.add(batch)
            reporter?.touch()
        }
    }

    /// One for each address; several listeners may name the same.
    private func startedProbes(for listeners: [ListenerSettings]) throws -> [ListenAddress: AdminListener] {
        var started: [ListenAddress: AdminListener] = [:]
        do {
            for listener in listeners {
                guard let address = listener.admin, probes[address] == nil, started[address] == nil else {
                    continue
                }
                let names = listeners.filter { $0.admin == address }.flatMap(\.allowedHosts)
                started[address] = try AdminListener(
                    address, allowedHosts: Set(names.map { $0.lowercased() }),
                    other: metrics?.handler(at: address.description))
            }
        } catch {
            for probe in started.values { probe.close() }
            throw error.asFailure
        }
        return started
    }

    private func announce(_ listener: RunningListener) {
        let settings = listener.settings
        let address = listener.proxy.address
        let probe = settings.admin.flatMap { probes[$0]?.address }
        log.say(.info, settings.startLine(at: address, probes: probe), event: .listening) {
            $0.member("listen", address.description)
            $0.member("admin", ifPresent: probe?.description)
            $0.member("servers") { list in
                list.array { list in
                    for (route, place) in zip(settings.routes.routes, settings.places(at: address)) {
                        list.object {
                            $0.member("server", settings.serverName(of: route))
                            $0.member("url", place.url)
                            $0.member("upstream", place.upstream)
                        }
                    }
                }
            }
            $0.member("upstream_verified", !settings.isInsecure)
            $0.member("client_auth", !settings.waivesClientProof)
        }
    }

    // MARK: Ending

    /// Ends all listeners. Answers why something of them is not in the store, in their order.
    @discardableResult
    private func endAll(within limit: Duration) -> [String] {
        // Side by side: the limit is one for all.
        for listener in running { listener.beginEnd(within: limit) }
        let all = leaving + running
        for listener in all { listener.stopRelaying() }
        // One limit for all recorders too: what is not in the store by then is in the journals.
        let patience = command.outputFile == nil ? Duration.seconds(2) : OutputFile.patience
        let deadline = ContinuousClock.now + patience
        let losses = all.compactMap { listener in
            listener.finishEnd(within: max(.zero, deadline - ContinuousClock.now))
        }
        leaving = []
        running = []
        return losses
    }

    /// Writes `-o FILE`: the sessions of all that listened here.
    private func writeOutput(_ losses: [String]) throws(Failure) {
        guard let output = command.outputFile else { return }
        if let loss = losses.first {
            throw Failure(Failure.io, "\(output.path) was not written: \(loss)")
        }
        try output.write(from: command.place(settings), system: system) { [recorded] session in
            session.listener.map { recorded.contains($0) } ?? false
        }
        log.say(.info, "wrote \(output.path)")
    }

    /// The next signal; meanwhile listeners that have left are put away.
    private func nextDemand() -> ProxySignals.Demand {
        while true {
            if let demand = ProxySignals.next(within: leaving.isEmpty ? nil : 1) { return demand }
            // Asked once: another one may end meanwhile.
            let ended = leaving.filter(\.hasEnded)
            leaving.removeAll { listener in ended.contains { $0 === listener } }
            for listener in ended { listener.finishEnd() }
        }
    }

    // MARK: Reloading

    /// A listener that goes on, and by what.
    private struct Staying {
        var listener: RunningListener
        var settings: ListenerSettings
        var prepared: PreparedListener
    }

    /// Reads the settings again. All of it is read and checked before anything changes.
    private func reload() {
        do {
            try reloaded()
        } catch {
            let failure = (error as? Failure) ?? Failure.explaining(error)
            let text = failure.message + (failure.hint.map { "; \($0)" } ?? "")
            log.say(.error, "not reloaded, everything goes on as it was: \(text)", event: .reloadFailed)
        }
    }

    private func reloaded() throws {
        let next = try command.settings()
        let wanted = try command.listeners(next)
        // Those that stay, with what they go on by; those that are new.
        var staying: [Staying] = []
        var fresh: [ListenerSettings] = []
        for settings in wanted {
            let free = running.filter { running in !staying.contains { $0.listener === running } }
            guard let listener = settings.listener(among: free) else {
                fresh.append(settings)
                continue
            }
            let rules = next.redaction
            let prepared = try PreparedListener(
                settings, heads: listener.heads(under: rules), redaction: rules)
            staying.append(Staying(listener: listener, settings: settings, prepared: prepared))
        }
        let old = Set(running.map(ObjectIdentifier.init)).subtracting(
            staying.map { ObjectIdentifier($0.listener) })
        let probes = try startedProbes(for: wanted)
        var started: [RunningListener] = []
        do {
            for settings in fresh { started.append(try self.started(settings, next)) }
        } catch {
            for listener in started {
                listener.beginEnd(within: .zero)
                listener.finishEnd()
            }
            for probe in probes.values { probe.close() }
            throw error
        }
        // From here on nothing can fail.
        complainOfRestarts(next)
        for each in staying { each.listener.apply(each.settings, each.prepared) }
        let gone = running.filter { old.contains(ObjectIdentifier($0)) }
        for listener in gone { listener.beginEnd(within: next.drainLimit) }
        leaving += gone
        running = staying.map(\.listener) + started
        settings = next
        takeOver(probes, for: wanted)
        for listener in started { announce(listener) }
        log.say(
            .info,
            "reloaded: \(HumanText.counted(staying.count, "listener")) as before, "
                + "\(started.count) new, \(gone.count) ending", event: .reloaded)
    }

    private func takeOver(_ started: [ListenAddress: AdminListener], for listeners: [ListenerSettings]) {
        probes.merge(started) { old, _ in old }
        for (address, probe) in probes {
            let own = listeners.filter { $0.admin == address }
            if own.isEmpty {
                probe.close()
                probes[address] = nil
            } else {
                probe.allow(hosts: Set(own.flatMap(\.allowedHosts).map { $0.lowercased() }))
            }
        }
    }

    /// Says which changed settings only a new process takes over.
    private func complainOfRestarts(_ next: Settings) {
        let changed = [
            ("store", settings.store.value.path != next.store.value.path),
            ("retention", settings.retention != next.retention),
            ("journal", settings.journal.value != next.journal.value),
            (
                "capture",
                settings.capture.value != next.capture.value
                    || settings.serverCaptures != next.serverCaptures
            ),
            ("durable", settings.durable.value != next.durable.value),
            ("fail_closed", settings.failClosed.value != next.failClosed.value),
            ("message_limit", settings.messageLimit.value != next.messageLimit.value),
            ("slow", settings.slow.value != next.slow.value),
            ("redact: off", settings.redactionIsOff.value != next.redactionIsOff.value),
        ]
        let names = changed.filter(\.1).map(\.0)
        guard !names.isEmpty else { return }
        log.say(
            .warning,
            "\(names.joined(separator: ", ")) changed: that takes effect when mcptape is started anew")
    }
}

extension ListenerSettings {
    /// The running listener that goes on by these settings: the one at their address. Of those with port 0,
    /// each of which has another, the one with the same file for it, else the first.
    fileprivate func listener(among running: [RunningListener]) -> RunningListener? {
        let here = running.filter { $0.settings.address == address }
        return here.first { $0.settings.portFile == portFile } ?? here.first
    }
}
