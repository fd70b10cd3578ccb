import ArgumentParser
import Replay

/// What `replay` and `record` do wrong on purpose.
struct FaultOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What goes wrong with an answer: 'tool:search nth:2 delay:500ms', or a file of such rules (.yaml, "
                + ".json); may be repeated.", valueName: "rule|file"))
    var fault: [String] = []

    @Option(
        help: ArgumentHelp(
            "Another course of what chance decides in faults (default: 0; the same in every run).",
            valueName: "number"))
    var faultSeed: UInt64?

    func validate() throws {
        if fault.isEmpty, faultSeed != nil { throw ValidationError("--fault-seed needs --fault") }
    }

    var isGiven: Bool { !fault.isEmpty }

    /// The plan for several servers, on HTTP; nil without faults. Throws as `plan(server:isHTTP:)`.
    func plan() throws -> FaultPlan? {
        guard isGiven else { return nil }
        return FaultPlan(try fault.flatMap { try FaultRules.rules(of: $0) }, seed: faultSeed ?? 0)
    }

    /// The plan for the server named `server`; nil without faults. `isHTTP`: a status can be sent.
    ///
    /// Throws `Failure` with 64 for a rule that cannot be read, with 66 for a file that is not there.
    func plan(server: String, isHTTP: Bool) throws -> FaultPlan? {
        guard isGiven else { return nil }
        let rules = try fault.flatMap { try FaultRules.rules(of: $0) }
        if !isHTTP, let rule = rules.first(where: \.needsHTTP) {
            throw Failure(
                Failure.usage, "--fault '\(rule.text)': http: is a status, and stdio has none",
                hint: "use error:-32603:text or tool_error:text, or serve HTTP")
        }
        return FaultPlan(rules, seed: faultSeed ?? 0, server: server)
    }
}

/// Reads rules of faults: from the command line, or a file of the user's.
private enum FaultRules {
    static func rules(of argument: String) throws -> [FaultRule] {
        if isFile(argument) { return try rules(ofFile: argument) }
        do throws(FaultRuleError) {
            return [try FaultRule(argument)]
        } catch {
            throw Failure(
                Failure.usage, "--fault '\(argument)', column \(error.column): \(error.message)",
                hint: error.hint)
        }
    }

    /// A rule begins with a word, and no word has a slash in its name.
    private static func isFile(_ argument: String) -> Bool {
        if ["/", "./", "../"].contains(where: { argument.hasPrefix($0) }) { return true }
        return [".yaml", ".yml", ".json"].contains { argument.hasSuffix($0) }
            && !argument.contains { $0.isWhitespace || $0 == ":" }
    }

    /// A list of rules, each in one line or as a mapping.
    private static func rules(ofFile file: String) throws -> [FaultRule] {
        guard let node = try ConfigurationFile.document("the faults", in: file) else {
            throw Failure(Failure.usage, "\(file): there is no rule in it")
        }
        return try node.elements().map { element in
            guard element.isMapping else { return try rule(inLine: element) }
            return try rule(inMapping: element)
        }
    }

    private static func rule(inLine node: ConfigurationNode) throws -> FaultRule {
        do throws(FaultRuleError) {
            return try FaultRule(try text(of: node))
        } catch {
            throw node.fault("rule, \(error.line)")
        }
    }

    private static func text(of node: ConfigurationNode) throws(FaultRuleError) -> String {
        guard let text = try? node.text() else {
            throw FaultRuleError(column: 1, message: "a rule is expected here")
        }
        return text
    }

    /// `{tool: search, nth: 2, delay: 500ms}`; a word without a value is `true`, and lists are lists.
    private static func rule(inMapping node: ConfigurationNode) throws -> FaultRule {
        let members = try node.members(FaultWord.names)
        let words = try members.map { member in
            let (key, value) = (member.key, member.value)
            if let list = try? value.elements() {
                return FaultWord(key, try list.map { try $0.text() }.joined(separator: ","))
            }
            let text = try value.text()
            return FaultWord(key, text == "true" ? nil : text)
        }
        do throws(FaultRuleError) {
            return try FaultRule(words: words)
        } catch {
            let place = error.word.map { members[$0].value } ?? node
            throw place.fault(error.message, hint: error.hint)
        }
    }
}
