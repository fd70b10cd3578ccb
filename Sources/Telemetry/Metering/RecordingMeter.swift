import MCPSemantics
public import Recording
import Wire

/// Measures sessions that are already recorded: a file, or sessions of a store.
///
/// A recording holds what became of each exchange; this tells the meter of them as the recorder did when they
/// passed, so both count the same.
public struct RecordingMeter {
    /// What was measured so far.
    public private(set) var metrics = MetricSet()
    private var budget = LabelBudget()

    public init() {}

    /// Adds a session. Throws what reading `source` does.
    public mutating func add(
        _ session: SessionSummary, from source: any RecordingSource
    ) throws(SourceFailure) {
        var meter = SessionMeter()
        var stages = ExchangeStages(session.description.id, source)
        var finder = ViolationFinder(session.description)
        let id = session.description.id
        var state = session.state
        state.end = nil
        var next: Int64 = .min
        while true {
            let page = try source.entries(of: id, from: next, limit: RecordingMeter.pageSize)
            guard let last = page.last?.sequence else { break }
            var events: [RecordedEvent] = []
            for entry in page {
                switch entry {
                case .gap(let gap):
                    events.append(.gap(gap))
                    finder.takeGap()
                case .message(let message):
                    events.append(.message(message))
                    finder.take(message)
                    for exchange in try stages.told(by: message) {
                        events.append(.exchange(exchange))
                        finder.take(exchange)
                    }
                }
            }
            var records = RecordingMeter.records(events, session, state)
            records.violations = finder.takeCounts()
            add(meter.observe(records))
            guard last < .max else { break }
            next = last + 1
        }
        let events = try stages.rest().map { RecordedEvent.exchange($0) }
        add(meter.observe(RecordingMeter.records(events, session, session.state)))
        let name = session.description.name
        metrics.add(
            session.isLive ? 1 : 0, to: "mcptape_sessions_active",
            [name, MetricCatalogue.label(ofTransport: session.description)])
        guard session.state.end == nil else { return }
        for (method, count) in meter.operationsInFlight {
            metrics.add(Int64(count), to: "mcptape_operations_in_flight", [name, method])
        }
    }

    private static let pageSize = 4096

    private static func records(
        _ events: [RecordedEvent], _ session: SessionSummary, _ state: SessionState
    ) -> SessionRecords {
        SessionRecords(description: session.description, events: events, state: state, checkpoint: [])
    }

    private mutating func add(_ changes: MeteredChanges) {
        metrics.merge(changes.series(admittedBy: &budget))
    }
}
