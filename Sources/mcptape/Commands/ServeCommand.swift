import ArgumentParser
import Recording

/// `mcptape serve [FILE…]`
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Shows the store, or recording files, in a browser, live, and serves metrics.",
        discussion: """
            Open the URL that it prints: everything but /metrics and /healthz asks for the token in it. \
            One server a store: when one runs already, its URL is printed and nothing is started. With files \
            it shows those, imports nothing, needs no store, and shows a file that changes anew. It ends \
            with 0 at SIGTERM and SIGINT.

            Examples:
              mcptape serve                                 on 127.0.0.1:6827, or the next free port
              mcptape serve tests/*.mcptape.jsonl
              mcptape serve --listen 9464
              mcptape serve --listen 0.0.0.0:9464 --allow-remote --allow-host tape.example.com
              curl http://127.0.0.1:6827/metrics
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen: HOST:PORT, PORT (127.0.0.1), unix:PATH; port 0 is any (default: 6827).",
            valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("Write the port there once it is listened on.", valueName: "file"))
    var portFile: String?

    @Option(
        help: ArgumentHelp(
            "A Host that clients may use beside the loopback ones and addresses; may be repeated.",
            valueName: "name"))
    var allowHost: [String] = []

    @Flag(
        help: "Permit an address that other machines can reach: /metrics is theirs, all else needs the token."
    )
    var allowRemote = false

    @Option(
        help: ArgumentHelp(
            "End when nobody has asked for anything for so long: 30m, 1h.", valueName: "duration"))
    var exitOnIdle: String?

    @OptionGroup var textfile: TextfileOptions

    @OptionGroup(title: "OpenTelemetry") var collector: OTLPOptions

    /// `open` starts it so: it leaves the terminal, and closes its output once it serves.
    @Flag(help: .hidden) var background = false

    /// A directory that is removed in the end; what `open` needs for a server without a store.
    @Option(help: .hidden) var scratch: String?

    @Argument(help: ArgumentHelp("Recording files to show instead of the store.", valueName: "file"))
    var files: [String] = []

    func validate() throws {
        if let exitOnIdle, Quantity.duration(exitOnIdle) == nil {
            throw ValidationError(
                "--exit-on-idle \(exitOnIdle): say a duration with its unit, as in 30m or 1h")
        }
        guard !files.isEmpty else { return }
        let given = [
            ("--store", global.store != nil), ("--metrics-textfile", textfile.path != nil),
            ("--otlp", collector.isGiven),
        ].first(where: \.1)?.0
        if let given {
            throw ValidationError("\(given) is about a store, and files are shown instead: leave it out")
        }
    }

    /// Nanoseconds without a question after which it ends; nil: never.
    var idleLimit: Int64? { exitOnIdle.flatMap { Quantity.duration($0) } }
}
