import ArgumentParser
import Recording

/// What `record` takes about redaction.
struct RedactionOptions: ParsableArguments {
    @OptionGroup var files: RedactionFileOptions

    @Flag(
        name: .customLong("no-redact"),
        help: """
            Keep payloads as they are. Without it, what looks like a secret in messages and standard error is \
            replaced by placeholders before it reaches the store. Arguments of COMMAND, HTTP header values and \
            URL queries stay masked either way.
            """)
    var noRedact = false

    @OptionGroup var human: HumanContentOptions

    func validate() throws {
        guard noRedact else { return }
        if !files.redact.isEmpty {
            throw ValidationError("--no-redact keeps everything, --redact does not: not both")
        }
        if human.sampling != nil || human.elicitation != nil {
            throw ValidationError("--no-redact keeps everything: leave out --sampling and --elicitation")
        }
    }
}

/// The files with rules.
struct RedactionFileOptions: ParsableArguments {
    @Option(
        name: [.customLong("redact"), .customLong("rules")],
        help: ArgumentHelp(
            "Rules of yours beside the built-in ones, YAML; may be repeated. See docs/redaction.md.",
            valueName: "file"))
    var redact: [String] = []

    /// The built-in rules and those of the files, in their order.
    func rules() throws -> RedactionRules { try RedactionRulesFile.rules(ofFiles: redact) }
}

/// How much of what concerns a person is kept.
struct HumanContentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Prompts to the client's model and its answers: full (default), shape (types and lengths) or off.",
            valueName: "mode"),
        transform: HumanContentOptions.content)
    var sampling: RedactionRules.HumanContent?

    @Option(
        help: ArgumentHelp(
            "What a person answered to the server: full (default), shape or off.", valueName: "mode"),
        transform: HumanContentOptions.content)
    var elicitation: RedactionRules.HumanContent?

    func applied(to rules: RedactionRules) -> RedactionRules {
        var rules = rules
        if let sampling { rules.sampling = sampling }
        if let elicitation { rules.elicitation = elicitation }
        return rules
    }

    private static func content(_ text: String) throws -> RedactionRules.HumanContent {
        if let content = RedactionRules.HumanContent(rawValue: text) { return content }
        throw ValidationError("'\(text)' is none of full, shape, off")
    }
}
