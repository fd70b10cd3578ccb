import ArgumentParser
import Recording
import Replay

/// What `verify` compares, and what it may send.
struct VerifyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Do not compare this place of an answer: /result/structuredContent/time, "
                + "tools/list:/result/ttlMs, tool:search:/result/content/*/text; may be repeated.",
            valueName: "[scope:]/pointer"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp(
            "Read more places that are not compared, one a line; may be repeated.", valueName: "file"))
    var noise: [String] = []

    @Option(
        help: ArgumentHelp(
            "Run twice, write the places in which the two runs differ there, and do not compare them.",
            valueName: "file"))
    var learnNoise: String?

    @Option(
        help: ArgumentHelp(
            "The live value at this place of an answer stands in for the recorded one in later requests; may "
                + "be repeated.", valueName: "[scope:]/pointer"))
    var bind: [String] = []

    @Option(
        help: ArgumentHelp(
            "Call this tool though it does not declare that it only reads; may be repeated.",
            valueName: "name"))
    var allowTool: [String] = []

    @Flag(help: "Call every tool, and send methods that no revision has.")
    var allowWrites = false

    @Option(
        help: ArgumentHelp(
            "How long a request may take (default: ten times the recorded time, at least 30s).",
            valueName: "duration"))
    var timeout: String?

    @Option(
        help: ArgumentHelp(
            "An answer that takes this many times the recorded time is a difference.", valueName: "factor"))
    var maxSlowdown: Double?

    @Option(
        help: ArgumentHelp(
            "Send only this exchange, the handshake, and what it depends on.", valueName: "number"))
    var exchange: Int?

    func validate() throws { _ = try rules() }

    /// What the flags say; the files of `--noise` are not read yet.
    func rules() throws -> VerifyRules {
        var rules = VerifyRules()
        rules.ignored = try ignore.map { try Self.place($0, "--ignore") }
        rules.bound = try bind.map { try Self.place($0, "--bind") }
        rules.allowedTools = Set(allowTool)
        rules.allowsWrites = allowWrites
        rules.exchange = exchange
        if let timeout {
            guard let limit = Quantity.duration(timeout), limit > 0 else {
                throw ValidationError("--timeout \(timeout): a duration has a unit, as in 20s")
            }
            rules.timeLimit = limit
        }
        if let maxSlowdown {
            guard maxSlowdown >= 1, maxSlowdown.isFinite else {
                throw ValidationError("--max-slowdown \(maxSlowdown): say a factor of 1 or more")
            }
            rules.slowdownLimit = maxSlowdown
        }
        return rules
    }

    private static func place(_ text: String, _ flag: String) throws -> IgnoredPlace {
        if let place = IgnoredPlace(text) { return place }
        throw ValidationError(
            "\(flag) \(text): say /result/x, METHOD:/result/x or tool:NAME:/result/x; places are those of the "
                + "whole message, as a difference names them")
    }
}
