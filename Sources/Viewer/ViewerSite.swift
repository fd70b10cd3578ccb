public import Recording
public import Telemetry

/// Everything that `serve` answers: paths in, answers out.
public struct ViewerSite {
    /// Paths that are answered without a token: they show nothing of what was said.
    public static let openPaths: Set<String> = ["/", "/healthz", "/metrics"]

    /// The metrics of the store as it is now.
    public typealias Source = () throws(SourceFailure) -> MetricSet

    private let metrics: Source
    private let page: MetricsPage

    public init(metrics: @escaping Source, compress: @escaping MetricsPage.Compressor) {
        self.metrics = metrics
        page = MetricsPage(compress: compress)
    }

    /// The answer that needs no look at the store, and so waits for nobody; nil: `answer` has it.
    public static func immediate(_ request: PageRequest) -> PageAnswer? {
        switch request.path {
        case "/healthz": PageAnswer(200, "alive")
        case "/": PageAnswer(200, "here are /metrics and /healthz")
        case "/metrics": nil
        default: PageAnswer(404, "here are /metrics and /healthz")
        }
    }

    /// The answer to a request that `immediate` leaves.
    public func answer(_ request: PageRequest) -> PageAnswer {
        do throws(SourceFailure) {
            return page.answer(
                request, showing: try metrics(), groups: [.identity, .traffic, .store, .process])
        } catch {
            // A scrape that fails is seen (`up` is 0); one with half of the figures is not. Why it failed
            // names paths of this machine, and nobody had to say a token.
            return PageAnswer(503, "the store cannot be read now; mcptape doctor says why")
        }
    }
}
