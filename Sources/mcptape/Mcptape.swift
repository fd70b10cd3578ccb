import ArgumentParser
import Glibc
import Recording

/// The command line: flags in, exit status out.
@main
struct Mcptape: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcptape",
        abstract: "Records, shows and replays Model Context Protocol traffic.",
        discussion: """
            Put it in front of a server and forget it:  mcptape record -- npx -y @x/server
            See what was said:                          mcptape show last
            Be the server in a test:                    mcptape replay tests/x.mcptape.jsonl
            Ask the real server the same again:         mcptape verify tests/x.mcptape.jsonl -- ./server
            """,
        version: Mcptape.version,
        subcommands: [
            StatusCommand.self, RecordCommand.self, ReplayCommand.self, ReportCommand.self,
            VerifyCommand.self,
            SessionsCommand.self, RunsCommand.self,
            ShowCommand.self,
            TailCommand.self, SearchCommand.self, StatsCommand.self, MetricsCommand.self, ExportCommand.self,
            ImportCommand.self,
            CheckCommand.self, ConfigCommand.self, PruneCommand.self, KeepCommand.self, RemoveCommand.self,
            RedactCommand.self, DoctorCommand.self, ServeCommand.self, OpenCommand.self, DemoCommand.self,
            DemoServerCommand.self,
        ],
        defaultSubcommand: StatusCommand.self)

    static let version = "0.1.0"

    static func main() {
        do {
            let names = configuration.subcommands.compactMap { $0.configuration.commandName }
            let words = CommandWords(Array(CommandLine.arguments.dropFirst()), commands: names)
            try refuseUnknownCommand(words.command, among: names)
            var command = try parseAsRoot(words.words)
            try command.run()
        } catch let error where Failure.isOurs(error) {
            let failure = Failure.explaining(error)
            Log.commandLine.say(failure)
            Glibc.exit(failure.status)
        } catch {
            end(with: error)
        }
    }

    /// The argument parser's own answer: help and version as they are, a complaint without the credentials
    /// among the words that it quotes.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error).rawValue
        guard code != 0 else { exit(withError: error) }
        let text = masked(fullMessage(for: error))
        switch Log.commandLine.format {
        case .json where !text.isEmpty: Log.commandLine.say(Failure(code, text))
        case .json: break
        case .text: if !text.isEmpty { writeToStandardError(text) }
        }
        Glibc.exit(code)
    }

    /// `text` with each of our arguments as it may be shown.
    private static func masked(_ text: String) -> String {
        let words = CommandLine.arguments
        return zip(words, CommandMask.mask(words).argv).reduce(text) { text, word in
            word.0 == word.1 ? text : text.replacing(word.0, with: word.1)
        }
    }

    /// A first word that is no command would be taken for an argument of `status`; it deserves a better
    /// answer.
    private static func refuseUnknownCommand(_ word: String?, among names: [String]) throws {
        guard let word, word != "help", !names.contains(word) else { return }
        let near = names.filter { $0.hasPrefix(word.prefix(2)) || $0.hasPrefix(word) }
        throw Failure(
            Failure.usage, masked("there is no command '\(word)'"),
            hint: near.isEmpty
                ? "mcptape --help lists them" : "did you mean \(near.joined(separator: " or "))?")
    }
}
