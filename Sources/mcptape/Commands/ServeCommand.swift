import ArgumentParser

/// `mcptape serve`
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Shows the store in a browser, live, and serves its metrics.",
        discussion: """
            Open the URL that it prints: everything but /metrics and /healthz asks for the token in it. \
            One server a store: when one runs already, its URL is printed and nothing is started. It ends \
            with 0 at SIGTERM and SIGINT.

            Examples:
              mcptape serve                                 on 127.0.0.1:6827, or the next free port
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

    @OptionGroup var textfile: TextfileOptions

    @OptionGroup(title: "OpenTelemetry") var collector: OTLPOptions
}
