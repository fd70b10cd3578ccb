import ArgumentParser

/// What an exported page may hold.
struct PageOptions: ParsableArguments {
    @Option(
        name: .customLong("max-size"),
        help: ArgumentHelp(
            """
            Of .html: leave payloads out to keep the file at or below this size (default: 100MB). What was \
            left out is said in the page and on standard error.
            """, valueName: "size"))
    var maxSize: ByteCount?

    /// A browser opens it in a second or two, and most trackers take it.
    static let standardSize = 100_000_000

    var limit: Int { maxSize?.bytes ?? PageOptions.standardSize }
}
