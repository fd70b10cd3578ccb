import ArgumentParser
import Platform
import Recording
import Store
import Telemetry

/// `mcptape metrics [RECORDING]`
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "The metrics of a recording, or of all that was ever recorded, as Prometheus reads them.",
        discussion: """
            A recording is measured from its messages. With --all the counters come from the store, where
            they only rise: they count what was removed since, too. docs/metrics.md explains each metric.

            Examples:
              mcptape metrics last
              mcptape metrics tests/search.mcptape.jsonl --openmetrics
              mcptape metrics --all > /var/lib/node_exporter/mcptape.prom
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "All that was ever recorded into the store instead of one recording.")
    var all = false

    @Flag(help: "OpenMetrics 1.0 instead of Prometheus' text 0.0.4.")
    var openmetrics = false

    @Argument(help: ArgumentHelp("What to measure (default: last).", valueName: "recording"))
    var recording: String?

    func validate() throws {
        if all, let recording {
            throw ValidationError("--all measures the whole store: leave out \(recording), or --all")
        }
    }

    func run() throws {
        let terminal = global.terminal()
        if all {
            let opened = try OpenedStore.forReading(global, system: SystemCalls())
            let metrics = try opened.store.metrics(opened.location.retention)
            try write(metrics, [.identity, .traffic, .store], to: terminal)
        } else {
            let opened = try OpenedRecording.open(recording ?? "last", global: global).whole(
                "metrics measures whole sessions", hint: "leave it out")
            var meter = RecordingMeter()
            for session in opened.sessions { try meter.add(session, from: opened.source) }
            var metrics = meter.metrics
            metrics.addZeroes(of: [.traffic], servers: metrics.servers.sorted())
            try write(metrics, [.identity, .traffic], to: terminal, isFile: opened.file != nil)
            terminal.flush()
            try opened.finish()
        }
        terminal.flush()
    }

    private func write(
        _ metrics: MetricSet, _ groups: Set<MetricDefinition.Group>, to terminal: Terminal,
        isFile: Bool = false
    ) throws {
        var metrics = metrics
        metrics.identify(version: Mcptape.version, revision: BuildRevision.text)
        metrics.tell(slow: try global.slow(ofFile: isFile))
        terminal.write(
            Exposition.write(metrics, openmetrics ? .openMetrics : .text, groups: groups))
    }
}
