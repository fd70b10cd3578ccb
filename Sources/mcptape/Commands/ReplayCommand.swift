import ArgumentParser
import Recording

/// `mcptape replay RECORDING`
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Is the recorded server, on stdio or HTTP: the same requests get the recorded answers.",
        discussion: """
            A request that was not recorded is answered with an error that names the nearest recorded one \
            and where it differs; then the exit status is 3. With --mode a real server stands behind it.

            Examples:
              mcptape replay tests/time.mcptape.jsonl
              mcptape replay github~1
              mcptape replay tests/time.mcptape.jsonl --mode once -- python -m mcp_server_time
              mcptape replay tests/time.mcptape.jsonl --listen 8808
              mcptape replay tests/time.mcptape.jsonl --listen 0 --exec -- pytest -n 8
            """)

    @OptionGroup var global: GlobalOptions

    @OptionGroup var which: SessionChoice

    @OptionGroup(title: "The real server behind it") var modes: ModeOptions

    @OptionGroup(title: "What counts as the same request") var matching: MatchOptions

    @OptionGroup var eras: EraOptions

    @OptionGroup(title: "How fast") var timing: TimingOptions

    @Option(
        help: ArgumentHelp(
            "Write a report there: .xml is JUnit's, .json; a directory gets one file a process.",
            valueName: "path"))
    var report: String?

    @OptionGroup var textfile: TextfileOptions

    @Flag(name: .customLong("all-played"), help: "Exit status 4 when something recorded was never asked for.")
    var allPlayed = false

    @Flag(help: "Say nothing on standard error.")
    var quiet = false

    @OptionGroup(title: "What goes wrong on purpose") var faults: FaultOptions

    @OptionGroup(title: "On HTTP") var http: MockOptions

    @OptionGroup(title: "On HTTP, its life") var life: LifeOptions

    @Argument(help: ArgumentHelp("What to play.", valueName: "recording"))
    var recording: String

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The real server; with --exec: what to run.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if http.exec, command.isEmpty { throw ValidationError("--exec needs a command after '--'") }
        if http.listen == nil, let flag = life.given { throw ValidationError("\(flag) needs --listen") }
        if http.exec, life.exitOnIdle != nil {
            throw ValidationError("--exit-on-idle and --exec: it ends with the command; give one of them")
        }
        if http.exec, http.listen == nil {
            throw ValidationError("--exec needs --listen: the command finds the server in MCPTAPE_URL")
        }
        if http.listen != nil, !http.exec, !command.isEmpty, modes.chosenMode == nil, !modes.wantsServer {
            throw ValidationError("a command after '--' needs --exec with --listen, or a --mode that asks it")
        }
        try modes.check(hasCommand: !realCommand.isEmpty, isExec: http.exec)
        if http.sharedCursor, modes.wantsServer {
            throw ValidationError(
                "--shared-cursor with a real server: each client has a conversation of its own with it")
        }
        if allPlayed, modes.mode == .all {
            throw ValidationError("--all-played has no use with --mode all, which plays nothing")
        }
        try checkDryRun()
        try checkModes()
        try checkReadiness()
    }
}
