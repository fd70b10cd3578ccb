import ArgumentParser
import Replay

/// What `replay` compares, and which recorded request serves.
struct MatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Compare only these facets: name, uri, arguments, … (default: all that the method has).",
            valueName: "facet,…"))
    var match: String?

    @Option(
        help: ArgumentHelp(
            "Do not compare this place in params: /arguments/time, tools/call:/arguments/time, "
                + "tool:search:/arguments/*/id; may be repeated.", valueName: "[scope:]/pointer"))
    var ignore: [String] = []

    @Flag(help: "Compare a string that holds JSON as the JSON that it holds.")
    var matchJsonText = false

    @Option(
        help: ArgumentHelp(
            "What a request gets beyond what was recorded: last (default), loop, once (a miss), error.",
            valueName: "rule"))
    var repeats: String?

    @Option(
        help: ArgumentHelp("any (default), or recorded: another order is a miss.", valueName: "order"))
    var order: String?

    func validate() throws { _ = try rules() }

    func rules() throws -> MatchRules {
        var rules = MatchRules()
        rules.readsJSONText = matchJsonText
        if let match {
            let names = match.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            for name in names where name != "method" && !MatchRules.facetNames.contains(name) {
                throw ValidationError(
                    "--match \(match): a facet is one of method, "
                        + MatchRules.facetNames.joined(separator: ", "))
            }
            rules.facets = Set(names)
        }
        rules.ignored = try ignore.map { text in
            guard let place = IgnoredPlace(text) else {
                throw ValidationError(
                    "--ignore \(text): say /arguments/time, METHOD:/arguments/time or "
                        + "tool:NAME:/arguments/time; places are those in params, as a miss names them")
            }
            return place
        }
        rules.repeats = try Self.choice(repeats, "--repeats") ?? .last
        rules.order = try Self.choice(order, "--order") ?? .any
        return rules
    }

    private static func choice<Choice>(_ text: String?, _ flag: String) throws -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let text else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(flag) \(text): say one of \(all)")
    }
}
