import Exporters
import Journal
import Telemetry

/// What became of the telemetry that this process pushes, for its own `/metrics`.
final class ExportMeter: Sendable {
    private let state: Guarded<MetricSet>

    init(_ signals: some Sequence<OTLPSignal>) {
        var set = MetricSet()
        set.addZeroes(of: [.export], servers: [])
        for signal in signals { set.set("mcptape_export_queue_items", [signal.rawValue], to: 0) }
        state = Guarded(set)
    }

    /// As it is now.
    var metrics: MetricSet { state.with { $0 } }

    /// Adds what happened to a signal's queue between `told` and `counts`.
    func add(
        _ signal: OTLPSignal, from told: OTLPExportQueue.Counts, to counts: OTLPExportQueue.Counts,
        waiting: Int
    ) {
        let label = signal.rawValue
        state.with { set in
            set.set("mcptape_export_queue_items", [label], to: Int64(waiting))
            guard counts != told else { return }
            let items: Metric = "mcptape_export_items_total"
            set.add(Int64(counts.sent - told.sent), to: items, [label, "sent"])
            set.add(Int64(counts.rejected - told.rejected), to: items, [label, "rejected"])
            set.add(Int64(counts.dropped - told.dropped), to: items, [label, "dropped"])
            set.add(Int64(counts.retries - told.retries), to: "mcptape_export_retries_total", [label])
        }
    }

    /// A request took that long, answered or not. Nanoseconds.
    func observe(_ signal: OTLPSignal, _ duration: Int64) {
        state.with { $0.observe(duration, in: "mcptape_export_duration_seconds", [signal.rawValue]) }
    }
}
