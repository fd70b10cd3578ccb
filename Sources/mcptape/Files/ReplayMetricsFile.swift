import Journal
import Platform
import Replay
import Telemetry

/// `--metrics-textfile` of a replay: how its requests were answered.
struct ReplayMetricsFile: Sendable {
    private let file: MetricsTextfile
    private let labels: [AddedLabel]
    private let server: String
    /// What is told at the end of a file beside it.
    private let advice = Guarded<String?>(nil)

    /// Nil when no file is asked for.
    ///
    /// - Parameter server: whose requests they are where the report tells of one server.
    init?(_ options: TextfileOptions, server: String, system: SystemCalls) {
        guard let path = options.path else { return nil }
        file = MetricsTextfile(path, of: .process, system: system)
        labels = options.labels
        self.server = server
    }

    /// Replaces the file. The replay goes on whatever becomes of it, and a failure is said at the end.
    /// After as many misses as a report keeps it is written at the end alone, as the report is.
    func keep(_ report: ReplayReport, isFinished: Bool) {
        guard isFinished || report.missCount <= ReplayReport.keptLimit else { return }
        var set = MetricSet()
        let servers =
            report.resultsOfServers.isEmpty
            ? [(server, report.results)] : report.resultsOfServers.map { ($0.server, $0.counts) }
        for (server, counts) in servers {
            for (result, count) in counts {
                set.add(Int64(count), to: "mcptape_replay_requests_total", [server, result.rawValue])
            }
        }
        do {
            let found = try file.write { Exposition.write(set, .text, groups: [.replay], adding: labels) }
            if let found { advice.with { $0 = found } }
            if isFinished, let advice = advice.with({ $0 }) { complain("--metrics-textfile: \(advice)") }
        } catch {
            guard isFinished else { return }
            complain("--metrics-textfile was not written: \(Failure.explaining(error).message)")
        }
    }
}
