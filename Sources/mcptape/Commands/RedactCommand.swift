import ArgumentParser
import Recording

/// `mcptape redact RECORDING`
struct RedactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "Replaces secrets in what is recorded already.",
        discussion: """
            The built-in rules and those of --redact are applied to a recording file or to sessions of the \
            store. In place, blocks of the store are written anew and what they held is overwritten; a file is \
            replaced at once or not at all. What was replaced before stays as it is.

            Examples:
              mcptape redact 7k2f --in-place
              mcptape redact tests/login.mcptape.jsonl --redact rules.yaml --in-place
              mcptape redact last --sampling shape -o shared.mcptape.jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var files: RedactionFileOptions
    @OptionGroup var human: HumanContentOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The file to write: .mcptape.jsonl, or .gz for a compressed one.", valueName: "file"))
    var output: String?

    @Flag(name: .customLong("in-place"), help: "Change the recording itself.")
    var inPlace = false

    @Argument(help: ArgumentHelp("What to redact.", valueName: "recording"))
    var recording: String

    func validate() throws {
        guard inPlace == (output == nil) else {
            throw ValidationError(
                inPlace
                    ? "--in-place changes the recording, -o FILE leaves it as it is: not both"
                    : "say where it goes: -o FILE, or --in-place")
        }
    }
}
