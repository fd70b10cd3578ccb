import ArgumentParser
import Recording

/// `mcptape tail [FILTER]`
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follows what is said now, in all sessions, one line an exchange.",
        discussion: """
            Requests of a server are indented under the exchange in which they came. Ctrl-C ends it.

            Examples:
              mcptape tail
              mcptape tail server:github status:error
              mcptape tail --session 7k2f
              mcptape tail --session run:last
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Option(
        help: ArgumentHelp(
            "Only this session, or those of a run (run:last); the tail ends with them.",
            valueName: "recording"))
    var session: String?

    @Option(help: ArgumentHelp("Begin with the last n exchanges that are there already.", valueName: "n"))
    var last: Int = 0

    @Argument(help: ArgumentHelp("Filter words, e.g. tool:search duration:1s..", valueName: "filter"))
    var filter: [String] = []

    func validate() throws {
        if last < 0 { throw ValidationError("--last \(last): say 0 or more") }
    }
}
