import Exporters
import HTTPTransport
import Journal
import Platform
import Telemetry
import Viewer

/// `/metrics` of a process that records: what it recorded itself, and itself.
final class ProcessMetricsPage: Sendable {
    let meter = ProcessMeter()
    /// What this process exports; nil when it does not.
    let exports: ExportMeter?
    /// From how long on an operation is slow. Nanoseconds.
    private let slow: Int64
    private let system: SystemCalls
    private let page = MetricsPage(compress: { Gzip.compressed($0) })
    private let thread: QueryThread<Int>

    /// Scrapes that may wait.
    private static let questionLimit = 16

    /// Throws when the system has no thread left.
    init(exports: ExportMeter?, slow: Int64, system: SystemCalls) throws(JournalFailure) {
        self.slow = slow
        self.exports = exports
        self.system = system
        thread = try QueryThread("mcptape-metrics", limit: Self.questionLimit) { 0 }
    }

    /// Answers for a listener at `address`.
    func handler(at address: String) -> OwnHandler {
        let instance = InstanceName.of(address)
        return { [self] request, respond in
            guard request.path == "/metrics" else {
                return respond(OwnResponse(404, "here are /healthz, /readyz and /metrics"))
            }
            let isTaken = thread.submit { [self] _ in
                let groups: Set<MetricDefinition.Group> = [.identity, .traffic, .process]
                let answer = page.answer(
                    PageRequest(request), showing: metrics(of: instance),
                    groups: exports == nil ? groups : groups.union([.export]))
                respond(OwnResponse(answer))
            }
            if !isTaken { respond(OwnResponse(503, "too many questions at one time")) }
        }
    }

    private func metrics(of instance: String) -> MetricSet {
        var set = meter.metrics
        set.addProcess(.current(system: system))
        if let exports { set.merge(exports.metrics) }
        set.identify(version: Mcptape.version, revision: BuildRevision.text, instance: instance)
        set.tell(slow: slow)
        return set
    }

    /// The same, to be sent.
    func reading(of instance: String) -> MetricTelemetry.Reading {
        let set = metrics(of: instance)
        let began = set.number("process_start_time_seconds")
        return MetricTelemetry.Reading(
            set, time: system.realtime(), starts: [.traffic: began, .export: began, .process: began])
    }

    /// Answers what waits, and ends.
    func close() { thread.close() }
}
