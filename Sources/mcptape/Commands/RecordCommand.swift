import ArgumentParser
import Recording

/// `mcptape record -- COMMAND [ARG…]`, `mcptape record --listen HOST:PORT --upstream URL`,
/// `mcptape record --config FILE`
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Puts mcptape in front of an MCP server and keeps every byte of the conversation.",
        discussion: """
            Everything is forwarded unchanged; mcptape ends exactly as the server does. The session goes to the \
            store and can be read while it runs.

            Examples:
              mcptape record -- npx -y @modelcontextprotocol/server-filesystem .
              mcptape record --name github --tag ci=1 -- uvx mcp-server-git --repository .
              mcptape record --listen 8808 --upstream https://api.example.com/mcp
              mcptape record --config /etc/mcptape.yaml    (its listeners)
              mcptape record -o tests/time.mcptape.jsonl -- python -m mcp_server_time
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "The server's name in lists and metrics (default: derived from COMMAND).", valueName: "name"))
    var name: String?

    @Option(name: .long, help: ArgumentHelp("A label of yours; may be repeated.", valueName: "k=v"))
    var tag: [String] = []

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Joins sessions to one run, whatever process started them.", valueName: "id"))
    var runID: String?

    @Option(
        help: ArgumentHelp(
            "What is kept: payloads (default), metadata (no payload bytes) or off (only that it took place).",
            valueName: "mode"),
        transform: RecordCommand.captureMode)
    var capture: CaptureMode?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "Also write a recording file, atomically, at the end (.mcptape.jsonl, .gz).", valueName: "file"))
    var output: String?

    @Flag(name: .customLong("no-store"), help: "Keep nothing in the store; needs -o FILE.")
    var noStore = false

    @Option(
        help: ArgumentHelp(
            "Where the journal lies: a directory, or 'store' for inside the store (default: memory-backed).",
            valueName: "dir|store"))
    var journal: String?

    @Flag(help: "Sync every chunk to the disk before it is forwarded (journal inside the store).")
    var durable = false

    @Flag(
        name: .customLong("fail-closed"),
        help: "Hold traffic back rather than forward what cannot be recorded.")
    var failClosed = false

    @Option(
        name: .customLong("message-limit"),
        help: ArgumentHelp(
            "Keep at most this much of one message; 0 = all (default: 256MiB).", valueName: "size"))
    var messageLimit: ByteCount?

    @OptionGroup(title: "What is replaced by placeholders") var redaction: RedactionOptions

    @OptionGroup(title: "What goes wrong on purpose") var faults: FaultOptions

    @OptionGroup var textfile: TextfileOptions

    @Flag(help: "Say nothing on standard error, not even that recording is impaired.")
    var quiet = false

    @OptionGroup(title: "In front of an HTTP server") var http: ProxyOptions

    @OptionGroup(title: "OpenTelemetry, of listeners") var collector: OTLPOptions

    @OptionGroup(title: "Traces") var traces: PropagationOptions

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The server to start.", valueName: "command"))
    var command: [String] = []

    /// Neither a command nor an address: the listeners of the configuration file are meant.
    var meansConfiguredListeners: Bool { command.isEmpty && !http.isRequested }

    func validate() throws {
        if let name, let fault = ServerName.fault(of: name) {
            throw ValidationError("--name '\(name)' \(fault), so no command could name its sessions")
        }
        if let fault = output.flatMap({ RecordingFileOutput.fault(inName: $0) }) {
            throw ValidationError(fault)
        }
        _ = try tags()
        if faults.isGiven, failClosed {
            throw ValidationError("--fault makes answers up, --fail-closed is for evidence: not both")
        }
        if traces.propagate, failClosed {
            throw ValidationError("--propagate edits requests, --fail-closed is for evidence: not both")
        }
        if noStore && output == nil {
            throw ValidationError("--no-store keeps nothing: say -o FILE, or leave it out")
        }
        if http.isRequested || command.isEmpty { return try validateProxy() }
        if collector.isGiven {
            throw ValidationError(
                "--otlp is for listeners: of a stdio server's sessions, export --otlp sends them afterwards")
        }
        try http.refuseAll(because: "needs --listen")
    }

    private func validateProxy() throws {
        if !command.isEmpty {
            throw ValidationError("--listen stands in front of a URL, '--' in front of a command: not both")
        }
        guard !http.isRequested else { return }
        if faults.isGiven { throw ValidationError("--fault needs --listen, or a command after '--'") }
        try http.refuseAll(because: "needs --listen")
        if name != nil {
            throw ValidationError("--name needs a command after '--', or --listen")
        }
    }

    private static func captureMode(_ text: String) throws -> CaptureMode {
        if let mode = CaptureMode(rawValue: text) { return mode }
        let modes = CaptureMode.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(text)' is none of \(modes)")
    }

    /// The settings, by these flags, the environment and the configuration file.
    func settings() throws -> Settings {
        var flags = Settings.Flags()
        flags.journal = journal
        flags.capture = capture
        flags.messageLimit = messageLimit?.bytes
        flags.durable = durable
        flags.failClosed = failClosed
        flags.drain = try http.drainLimit()
        flags.noRedact = redaction.noRedact
        flags.redactionFiles = redaction.files.redact
        flags.sampling = redaction.human.sampling
        flags.elicitation = redaction.human.elicitation
        flags.quiet = quiet
        let settings = try Settings(global, flags, try global.configuration())
        if let contradiction = settings.contradiction { throw Failure(Failure.usage, contradiction) }
        return settings
    }

    func tags() throws -> [SessionDescription.Tag] {
        try tag.map { text in
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw ValidationError("--tag \(text): a tag is KEY=VALUE")
            }
            return SessionDescription.Tag(
                key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
        }
    }
}
