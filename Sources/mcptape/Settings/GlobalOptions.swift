import ArgumentParser
import Recording

/// Flags that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The store to work on (MCPTAPE_STORE; default: ~/.local/state/mcptape).", valueName: "dir"))
    var store: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file (MCPTAPE_CONFIG; default: ~/.config/mcptape/config.yaml).",
            valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp("What is said on standard error: text (default) or json.", valueName: "format"))
    var logFormat: Log.Format?

    @Option(
        help: ArgumentHelp(
            "The least important that is said: debug, info (default), warning, error, off.",
            valueName: "level"))
    var logLevel: Log.Level?

    @Flag(name: .long, help: "No colours (also NO_COLOR).")
    var noColor = false

    /// What the configuration file says; nil when there is none.
    func configuration() throws(Failure) -> Configuration? { try Configuration.read(flag: config) }

    /// The store, for a command that needs nothing else of the configuration.
    func location() throws -> StoreLocation { try location(try configuration()) }

    func location(_ configuration: Configuration?) throws -> StoreLocation {
        try StoreLocation.resolve(flag: store, configuration)
    }

    /// From how long on an exchange is slow, for a command that needs nothing else of the configuration.
    /// Nanoseconds.
    ///
    /// What is read from a file needs no store and no settings: a configuration that nobody named, and that
    /// is at fault, is told and keeps nobody from reading it.
    func slow(ofFile isFile: Bool) throws -> Int64 {
        do throws(Failure) {
            return try configuration()?.slow?.value ?? Settings.standardSlow
        } catch {
            guard isFile, config == nil, StoreLocation.environment("MCPTAPE_CONFIG") == nil else {
                throw error
            }
            let length = HumanText.duration(nanoseconds: Settings.standardSlow)
            complain("\(error.message); slow is \(length) here")
            return Settings.standardSlow
        }
    }

    func terminal() -> Terminal { Terminal(noColour: noColor) }
}

extension Log.Format: ExpressibleByArgument {}
extension Log.Level: ExpressibleByArgument {}

/// What reading commands take besides.
struct ReadingOptions: ParsableArguments {
    @Flag(name: .long, help: "One JSON object a line, for programs.")
    var json = false

    /// Refuses a number of lines that shows nothing.
    static func check(limit: Int?) throws {
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): say 1 or more, or leave it out") }
    }
}
