import ArgumentParser
import Replay

/// `mcptape verify RECORDING -- COMMAND`, `mcptape verify RECORDING --upstream URL`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Plays the recorded client against the real server, and tells what the server does otherwise.",
        discussion: """
            Only tools that declare readOnlyHint, in the recording and now, are called. What is not sent is \
            told with its reason. The exit status is 1 when something differs or nothing was compared.

            Examples:
              mcptape verify tests/time.mcptape.jsonl -- uvx mcp-server-time
              mcptape verify tests/github.mcptape.jsonl --upstream https://api.example.com/mcp \\
                --upstream-header 'Authorization: Bearer {env:TOKEN}'
              mcptape verify last --dry-run
              mcptape verify tests/x.mcptape.jsonl --learn-noise tests/x.noise -- ./server
              mcptape verify tests/x.mcptape.jsonl --noise tests/x.noise --report verify.xml -- ./server
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var choice: SessionChoice
    @OptionGroup(title: "The server on HTTP") var live: LiveServerOptions
    @OptionGroup(title: "What is compared, and what is sent") var options: VerifyOptions

    @Flag(help: "Something that was not sent is a failure.")
    var strict = false

    @Flag(help: "Only list what would be sent.")
    var dryRun = false

    @Flag(help: "Write what differs into the recording; lines of unchanged messages stay as they are.")
    var update = false

    @Option(
        help: ArgumentHelp(
            "Also write a report there: .xml is JUnit's, .json, .sarif, .txt; may be repeated.",
            valueName: "path"))
    var report: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is printed: text (default), json, junit, sarif, github.", valueName: "form"),
        transform: VerifyCommand.form)
    var format: VerifyForm?

    @Flag(help: "One JSON object, for programs: --format json.")
    var json = false

    @Flag(help: "As annotations of GitHub Actions: --format github.")
    var github = false

    @Flag(name: .customLong("server-stderr"), help: "Pass the server's standard error through.")
    var serverStderr = false

    @Argument(help: ArgumentHelp("What to play.", valueName: "recording"))
    var recording: String

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The server on stdio.", valueName: "command"))
    var command: [String] = []

    /// The form of what is printed.
    var printed: VerifyForm { format ?? (json ? .json : github ? .github : .text) }

    func validate() throws {
        if live.upstream != nil, !command.isEmpty {
            throw ValidationError("a command after '--' and --upstream are two servers: say one")
        }
        if live.upstream == nil, command.isEmpty, !dryRun {
            throw ValidationError("say which server: a command after '--', or --upstream URL")
        }
        if [format != nil, json, github].count(where: { $0 }) > 1 {
            throw ValidationError("--format, --json and --github say the same thing: say one")
        }
        if dryRun, update || options.learnNoise != nil {
            throw ValidationError("--dry-run asks no server, so there is nothing to write")
        }
        for path in report where VerifyForm(path: path) == nil {
            throw ValidationError("--report \(path): let it end in .xml, .json, .sarif or .txt")
        }
    }

    private static func form(_ text: String) throws -> VerifyForm {
        if let form = VerifyForm(rawValue: text) { return form }
        let all = VerifyForm.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--format \(text): say one of \(all)")
    }
}
