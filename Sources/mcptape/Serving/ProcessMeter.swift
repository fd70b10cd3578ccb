import Journal
import Recording
import Telemetry

/// The metrics of what this process recorded, since it began.
final class ProcessMeter: Sendable {
    private let state = Guarded(State())

    private struct State {
        var metrics = MetricSet()
        var budget = LabelBudget()
        /// Of the sessions that have not ended.
        var open: [SessionID: Open] = [:]
    }

    private struct Open {
        var meter = SessionMeter()
        var server: String
        var transport: String
    }

    /// Takes in what was committed. Called on the recorder's thread, so what waits for it is no traffic.
    func add(_ batch: RecordBatch) {
        state.with { state in
            if let times = batch.forwardingTimes { state.metrics.add(times) }
            for records in batch.sessions {
                let description = records.description
                var open =
                    state.open[description.id]
                    ?? Open(
                        server: description.name,
                        transport: MetricCatalogue.label(ofTransport: description))
                state.open[description.id] = nil
                let changes = open.meter.observe(records)
                state.metrics.merge(changes.series(admittedBy: &state.budget))
                if records.state.end == nil { state.open[description.id] = open }
            }
        }
    }

    /// As they are now.
    var metrics: MetricSet {
        let state = state.with { $0 }
        var set = state.metrics
        let servers = set.servers
        set.addOperationsNotInFlight()
        for open in state.open.values {
            let server = servers.contains(open.server) ? open.server : MetricCatalogue.other
            set.add(1, to: "mcptape_sessions_active", [server, open.transport])
            for (method, count) in open.meter.operationsInFlight {
                set.add(Int64(count), to: "mcptape_operations_in_flight", [server, method])
            }
        }
        set.addZeroes(of: [.traffic], servers: servers.sorted())
        return set
    }
}
