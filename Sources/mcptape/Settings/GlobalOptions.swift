import ArgumentParser

/// Flags that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The store to work on (MCPTAPE_STORE; default: ~/.local/state/mcptape).", valueName: "dir"))
    var store: String?

    @Flag(name: .long, help: "No colours (also NO_COLOR).")
    var noColor = false

    func location() throws -> StoreLocation { try StoreLocation.resolve(flag: store) }
    func terminal() -> Terminal { Terminal(noColour: noColor) }
}

/// What reading commands take besides.
struct ReadingOptions: ParsableArguments {
    @Flag(name: .long, help: "One JSON object a line, for programs.")
    var json = false

    /// Refuses a number of lines that shows nothing.
    static func check(limit: Int?) throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): say 1 or more, or leave it out") }
    }
}
