import ArgumentParser
import Recording

/// `mcptape prune`
struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Makes room: the oldest messages go first, kept sessions stay.",
        discussion: """
            Recorders do this by themselves; the command is for now and for other limits.

            Examples:
              mcptape prune --dry-run
              mcptape prune --age 7d --size 1GiB
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    @Option(help: ArgumentHelp("Sessions that ended longer ago go (default: 30d).", valueName: "age"))
    var age: Age?

    @Option(help: ArgumentHelp("The store's size at most (default: 5GiB).", valueName: "size"))
    var size: ByteCount?

    @Flag(name: .customLong("dry-run"), help: "Only say what would go.")
    var dryRun = false
}

/// `mcptape keep`
struct KeepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Exempts sessions from retention, or ends the exemption.",
        discussion: """
            Examples:
              mcptape keep github
              mcptape keep 7k2f --off
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Let retention have them again.")
    var off = false

    @Argument(help: ArgumentHelp("Sessions of the store.", valueName: "recording"))
    var recordings: [String]
}

/// `mcptape rm`
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Deletes sessions from the store, for good.",
        discussion: """
            The freed pages are overwritten. A session that is being recorded is not deleted.

            Examples:
              mcptape rm 7k2f
              mcptape rm demo demo-killed
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Sessions of the store.", valueName: "recording"))
    var recordings: [String]
}

/// A stretch of time as people write it: `30d`, `12h`, `90m`, `45s`.
struct Age: ExpressibleByArgument {
    var nanoseconds: Int64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let number = Int64(digits), let unit = units[argument.dropFirst(digits.count)] else {
            return nil
        }
        let (seconds, tooMany) = number.multipliedReportingOverflow(by: unit)
        let (product, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if tooMany || tooLong { return nil }
        nanoseconds = product
    }
}
