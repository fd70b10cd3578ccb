import HTTPTransport
import Journal
import Platform
import Telemetry
import Viewer

/// `/metrics` of a process that records: what it recorded itself, and itself.
final class ProcessMetricsPage: Sendable {
    let meter = ProcessMeter()
    private let system: SystemCalls
    private let page = MetricsPage(compress: { Gzip.compressed($0) })
    private let thread: QueryThread<Int>

    /// Scrapes that may wait.
    private static let questionLimit = 16

    /// Throws when the system has no thread left.
    init(system: SystemCalls) throws(JournalFailure) {
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
                var set = meter.metrics
                set.addProcess(.current(system: system))
                set.identify(version: Mcptape.version, instance: instance)
                let answer = page.answer(
                    PageRequest(request), showing: set, groups: [.identity, .traffic, .process])
                respond(OwnResponse(answer))
            }
            if !isTaken { respond(OwnResponse(503, "too many questions at one time")) }
        }
    }

    /// Answers what waits, and ends.
    func close() { thread.close() }
}
