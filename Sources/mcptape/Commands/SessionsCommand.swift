import ArgumentParser
import Recording

/// `mcptape sessions [FILTER]`
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "Lists the sessions of the store, newest first.",
        discussion: """
            Examples:
              mcptape sessions
              mcptape sessions server:github since:2h
              mcptape sessions --json | jq .session
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Option(help: ArgumentHelp("At most so many sessions.", valueName: "n"))
    var limit: Int?

    @Argument(help: ArgumentHelp("Filter words, e.g. server:github since:2h.", valueName: "filter"))
    var filter: [String] = []

    func validate() throws { try ReadingOptions.check(limit: limit) }
}
