import ArgumentParser
import MCPSemantics
import Recording

/// `mcptape show RECORDING [FILTER]`
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a conversation: who took part, then every message in order with its timing.",
        discussion: """
            RECORDING is a file, 'last', 'last~2', a session id or a unique beginning of one, or a server's name \
            (its newest session; github~1 for the one before).

            Examples:
              mcptape show last
              mcptape show github status:error
              mcptape show 7k2f --exchange 14
              mcptape show tests/time.mcptape.jsonl 'tool:get_* duration:250ms..'
              mcptape show last --raw dir:s2c > server.ndjson
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Flag(help: "The exact bytes of the messages, line ends included, and nothing else.")
    var raw = false

    @Flag(help: "Also the heads of HTTP and events without a message that say nothing new.")
    var http = false

    @Option(help: ArgumentHelp("One exchange in full, pretty-printed.", valueName: "n"))
    var exchange: Int?

    @Option(help: ArgumentHelp("At most so many lines of conversation.", valueName: "n"))
    var limit: Int?

    @Argument(help: ArgumentHelp("What to show (default: last).", valueName: "recording"))
    var recording: String = "last"

    @Argument(help: ArgumentHelp("Filter words, e.g. tool:search status:error.", valueName: "filter"))
    var filter: [String] = []

    func validate() throws {
        if raw && reading.json { throw ValidationError("--raw and --json exclude each other") }
        if let exchange, exchange < 1 {
            throw ValidationError("--exchange \(exchange): exchanges count from 1")
        }
        try ReadingOptions.check(limit: limit)
    }
}
