import ArgumentParser
import Recording

/// `mcptape stats [RECORDING] [FILTER]`
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts, errors and latency per method, tool, prompt and resource.",
        discussion: """
            Percentiles are exact: they come from every duration, not from buckets.

            Examples:
              mcptape stats last
              mcptape stats github 'tool:search_*'
              mcptape stats --all since:1d
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Flag(help: "All sessions of the store instead of one recording.")
    var all = false

    @Argument(help: ArgumentHelp("What to measure (default: last).", valueName: "recording"))
    var recording: String = "last"

    @Argument(help: ArgumentHelp("Filter words.", valueName: "filter"))
    var filter: [String] = []
}
