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
}
