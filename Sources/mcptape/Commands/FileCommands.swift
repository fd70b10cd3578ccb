import ArgumentParser
import Recording

/// `mcptape import FILE…`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes recording files into the store.",
        discussion: """
            Not needed for reading: every reading command takes files. A session that is there already is left \
            as it is.

            Example:
              mcptape import tests/*.mcptape.jsonl
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Recording files, plain or .gz.", valueName: "file"))
    var files: [String]
}

/// `mcptape check FILE…`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says what is not well formed in a recording file, with line and column.",
        discussion: """
            Exit status 0: nothing to report, 1: notes only, 74: damaged.

            Example:
              mcptape check tests/time.mcptape.jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Argument(help: ArgumentHelp("Recording files, plain or .gz.", valueName: "file"))
    var files: [String]
}
