import Exporters
import Journal
import MCPSemantics
import Platform
import Recording
import Store

/// Exports one signal of a store to a collector as it grows: each session once, over processes and restarts.
///
/// Where the store has got to is a row in it, written when the collector has taken what is before; so nothing
/// waits in memory alone, and a collector that is down costs neither messages nor memory. Of all processes
/// that want to, one exports at a time. Used by one thread.
final class StoreExport {
    /// Items between two notes of the progress: what a process that is killed sends once more, with the same
    /// ids.
    private static let stride = 2048
    /// Sessions whose open exchanges are remembered between two passes; others are read again.
    private static let sessionLimit = 256

    private let store: Store
    private let signal: Store.ExportSignal
    private let export: CollectorExport
    private let system: SystemCalls
    private let isOver: @Sendable () -> Bool
    /// Which sessions are exported; nil: all.
    private let includes: ((SessionSummary) -> Bool)?
    private var reading: [SessionID: SessionTelemetry] = [:]
    /// The revision up to which `includes` was asked.
    private var seen: Int64 = 0

    /// `store` is open for writing.
    init(
        _ store: Store, _ signal: Store.ExportSignal, to export: CollectorExport, system: SystemCalls,
        isOver: @escaping @Sendable () -> Bool,
        including includes: ((SessionSummary) -> Bool)? = nil
    ) {
        self.store = store
        self.signal = signal
        self.export = export
        self.system = system
        self.isOver = isOver
        self.includes = includes
    }

    /// Exports what is new. Returns once nothing is, or `isOver`, or another process exports.
    func pass() throws {
        guard store.isInPlace else {
            throw Failure(Failure.noInput, "\(store.directory.path): the store was removed or replaced")
        }
        _ = try store.exporting(signal) {
            let progress = try store.beginExport(of: signal, now: system.realtime())
            let from = includes == nil ? progress.revision : seen
            let (sessions, revision) = try store.changes(since: from)
            guard !sessions.isEmpty else { return }
            for session in sessions {
                if isOver() { return }
                guard try advance(session, since: progress.since) else { return }
            }
            // A pass over some of the sessions says nothing of the others.
            if includes == nil { try store.save(exportedRevision: revision, of: signal) }
            seen = revision
        }
    }

    /// False when it was interrupted.
    private func advance(_ id: SessionID, since: Int64) throws -> Bool {
        guard let summary = try store.session(id), includes?(summary) ?? true else { return true }
        let cursor = try store.exportCursor(of: id, signal)
        if cursor?.isDone == true { return true }
        if cursor == nil, hasEnded(summary, before: since) { return true }
        let telemetry: SessionTelemetry
        // What another process exported meanwhile is not in ours.
        if let known = reading[id], known.cursor == cursor ?? .start {
            telemetry = known
            telemetry.update(summary)
        } else {
            telemetry = SessionTelemetry(
                summary, of: store, export.settings.trace, withRecords: export.takesRecords,
                from: cursor ?? .start)
        }
        let resource = TelemetryResource.of(summary.description, export.settings)
        var count = 0
        while let item = try telemetry.next() {
            export.add(item, of: resource)
            count += 1
            guard count >= Self.stride, telemetry.isAtBoundary else { continue }
            guard try note(telemetry, of: id) else { return false }
            count = 0
        }
        if summary.state.end != nil {
            try telemetry.finish()
            while let item = try telemetry.next() { export.add(item, of: resource) }
        }
        guard try note(telemetry, of: id) else { return false }
        if reading.count >= Self.sessionLimit { reading.removeAll() }
        reading[id] = telemetry.cursor.isDone ? nil : telemetry
        return true
    }

    /// What had ended before the store was exported for the first time is history, and no news.
    private func hasEnded(_ summary: SessionSummary, before since: Int64) -> Bool {
        guard let end = summary.state.end else { return false }
        return summary.description.startRealtime &+ end.time.nanoseconds < since
    }

    private func note(_ telemetry: SessionTelemetry, of id: SessionID) throws -> Bool {
        guard export.drain() else {
            // It is read again from the last note on.
            reading[id] = nil
            export.forget()
            return false
        }
        if telemetry.cursor != (try store.exportCursor(of: id, signal)) {
            try store.save(telemetry.cursor, of: id, signal)
        }
        return true
    }
}

extension PeriodicWorker {
    /// Exports a signal of the store in `path` by a thread of its own; nil when no endpoint is stated for it.
    ///
    /// A thread of `serve` exports everything, one of `record --listen` the sessions that `includes` wants.
    /// What it has to say goes to `log`. End it with `end(within:)`, after the recorders.
    static func exporting(
        _ signal: Store.ExportSignal, of path: String, _ settings: OTLPSettings, counting meter: ExportMeter,
        log: Log, system: SystemCalls,
        including includes: (@Sendable (SessionSummary) -> Bool)? = nil
    ) throws -> PeriodicWorker? {
        var settings = settings.exporting(signal == .traces ? [.traces] : [.logs])
        guard !settings.endpoints.isEmpty else { return nil }
        // What is not taken stays in the store, so nothing is given up.
        settings.queue.patience = nil
        // Files and addresses are looked at before anything listens.
        _ = try CollectorExport(settings, system: system, say: { _ in })
        let milliseconds = Int32(clamping: max(1, settings.queue.delay / 1_000_000))
        return try PeriodicWorker(signal == .traces ? "traces" : "logs", every: milliseconds, system: system)
        { [settings] in
            var export: StoreExport?
            var said: String?
            return { isOver in
                do {
                    let running =
                        try export
                        ?? StoreExport.begin(
                            signal, path, settings, meter, log, system, isOver, includes)
                    export = running
                    try running.pass()
                    said = nil
                } catch {
                    export = nil
                    let failure = (error as? Failure) ?? Failure.explaining(error)
                    if said != failure.message {
                        log.say(.warning, "\(signal.rawValue) are not exported: \(failure.message)")
                    }
                    said = failure.message
                }
            }
        }
    }
}

extension StoreExport {
    fileprivate static func begin(
        _ signal: Store.ExportSignal, _ path: String, _ settings: OTLPSettings, _ meter: ExportMeter,
        _ log: Log, _ system: SystemCalls, _ isOver: @escaping @Sendable () -> Bool,
        _ includes: (@Sendable (SessionSummary) -> Bool)?
    ) throws -> StoreExport {
        let store = try Store.open(path, access: .write, system: system)
        let export = try CollectorExport(
            settings, system: system, say: { log.say(.warning, $0) }, saysTrouble: true, meter: meter,
            isOver: isOver)
        return StoreExport(
            store, signal, to: export, system: system, isOver: isOver, including: includes)
    }
}
