import ArgumentParser
import Recording

/// `mcptape search TEXT`
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finds text in the payloads of all sessions, newest first.",
        discussion: """
            Examples:
              mcptape search 'rate limit'
              mcptape search --ignore-case timeout server:github since:1d
              mcptape search needle --in tests/time.mcptape.jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Flag(
        name: [.customShort("i"), .customLong("ignore-case")], help: "A letter matches either case (ASCII).")
    var ignoreCase = false

    @Option(help: ArgumentHelp("Stop after so many messages.", valueName: "n"))
    var limit: Int = 100

    @Option(
        name: .customLong("in"), help: ArgumentHelp("Only in this session or file.", valueName: "recording"))
    var recording: String?

    @Argument(help: ArgumentHelp("The text to find, as it stands in the bytes.", valueName: "text"))
    var text: String

    @Argument(help: ArgumentHelp("Filter words.", valueName: "filter"))
    var filter: [String] = []

    func validate() throws {
        if text.isEmpty { throw ValidationError("the text to find is empty") }
        try ReadingOptions.check(limit: limit)
    }
}
