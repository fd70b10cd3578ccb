import ArgumentParser
import Recording

/// `mcptape stats [RECORDING] [FILTER]`
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Where the time went; counts, errors, latency and context cost per method, tool and more.",
        discussion: """
            Percentiles are exact: they come from every duration, not from buckets (beyond 8 million of them \
            a row says that it is not).

            Examples:
              mcptape stats run:last
              mcptape stats github 'tool:search_*'
              mcptape stats --all since:1d --by server,tool
              mcptape stats --all since:1d --compare since:2d..1d
              mcptape stats github --compare github~1
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Flag(help: "All sessions of the store instead of one recording.")
    var all = false

    @OptionGroup var options: StatsOptions

    @Argument(help: ArgumentHelp("What to measure (default: last).", valueName: "recording"))
    var recording: String = "last"

    @Argument(help: ArgumentHelp("Filter words.", valueName: "filter"))
    var filter: [String] = []
}

/// How `stats` counts.
struct StatsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Tell apart by server, client, method, tool, revision, time or time:5m; several with commas.",
            valueName: "what"))
    var by: [String] = []

    @Option(
        help: ArgumentHelp(
            "Beside what: filter words such as 'since:2d..1d', or a recording, and filter words for it.",
            valueName: "words"))
    var compare: String?

    @Option(help: ArgumentHelp("Show the n slowest (default: 5).", valueName: "n"))
    var slowest: Int = 5

    func validate() throws {
        guard (0...1000).contains(slowest) else {
            throw ValidationError("--slowest \(slowest): say 0 to 1000")
        }
    }
}
