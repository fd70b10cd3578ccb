import Exporters
import Journal
import Platform
import Recording
import Store
import Telemetry

/// The threads that push what a process tells: one for traces, one for logs, one for metrics, so that none
/// waits for another.
struct TelemetryWorkers {
    /// Of traces and logs.
    private var sessions: [PeriodicWorker] = []
    private var metrics: PeriodicWorker?

    /// What is pushed.
    struct Source {
        /// The store with the sessions.
        var store: String
        /// Which of its sessions; nil: all.
        var includes: (@Sendable (SessionSummary) -> Bool)?
        /// Of the metrics.
        var resource: OTLPResource
        /// Makes, on the thread, what reads the metrics.
        var reader: @Sendable () -> (() throws -> MetricTelemetry.Reading)
    }

    /// Starts them, as far as an endpoint is stated for their signals.
    ///
    /// What they have to say goes to `log`. End them after the recorders.
    init(
        pushing source: Source, _ settings: OTLPSettings, counting meter: ExportMeter, log: Log,
        system: SystemCalls
    ) throws {
        do {
            metrics = try .exportingMetrics(
                of: source, settings, counting: meter, log: log, system: system)
            for signal in Store.ExportSignal.allCases {
                let worker = try PeriodicWorker.exporting(
                    signal, of: source.store, settings, counting: meter, log: log, system: system,
                    including: source.includes)
                if let worker { sessions.append(worker) }
            }
        } catch {
            end(within: 0, system: system)
            throw error
        }
    }

    /// Waits for the last push of all, which have so many milliseconds together: of sessions side by side,
    /// then of metrics, which tell of it.
    func end(within limit: Int64, system: SystemCalls) {
        let deadline = system.boottime() + limit * 1_000_000
        for worker in sessions { worker.beginEnd(within: limit, system: system) }
        for worker in sessions { worker.join() }
        metrics?.end(within: max(0, (deadline - system.boottime()) / 1_000_000), system: system)
    }
}

extension PeriodicWorker {
    /// Sends the metrics at an interval; nil when no endpoint is stated for them.
    fileprivate static func exportingMetrics(
        of source: TelemetryWorkers.Source, _ settings: OTLPSettings, counting meter: ExportMeter,
        log: Log, system: SystemCalls
    ) throws -> PeriodicWorker? {
        var settings = settings.exporting([.metrics])
        guard !settings.endpoints.isEmpty else { return nil }
        // OTEL_BSP_* is of spans. An old value is worth nothing, so it is given up for the next.
        settings.queue = OTLPExportQueue.Limits()
        _ = try CollectorExport(settings, system: system, say: { _ in })
        let milliseconds = Int32(clamping: max(1, settings.metricInterval / 1_000_000))
        return try PeriodicWorker("metrics", every: milliseconds, system: system) { [settings] in
            let read = source.reader()
            var export: CollectorExport?
            var said: String?
            return { isOver in
                do {
                    let running =
                        try export
                        ?? CollectorExport(
                            settings, system: system, say: { log.say(.warning, $0) }, saysTrouble: true,
                            meter: meter, isOver: isOver)
                    export = running
                    running.push(try read(), of: source.resource)
                    said = nil
                } catch {
                    let failure = (error as? Failure) ?? Failure.explaining(error)
                    if said != failure.message {
                        log.say(.warning, "metrics are not exported: \(failure.message)")
                    }
                    said = failure.message
                }
            }
        }
    }
}

extension CollectorExport {
    /// Sends all of a reading; gives the rest of it up once something of it was not taken.
    func push(_ reading: MetricTelemetry.Reading, of resource: OTLPResource) {
        let dropped = counts.map(\.counts.dropped)
        for metric in MetricTelemetry.metrics(of: reading) {
            add(.metric(metric), of: resource)
            if counts.map(\.counts.dropped) != dropped { return abandon() }
        }
        if !drain() { abandon() }
    }
}
