import Recording
import Yams

/// `redact:` of the configuration file.
struct RedactionSettings {
    /// `redact: off`
    private(set) var isOff: Configuration.Located<Bool>?
    /// Files with rules, absolute; read when rules are needed.
    private(set) var files: Configuration.Located<[String]>?
    private(set) var sampling: Configuration.Located<RedactionRules.HumanContent>?
    private(set) var elicitation: Configuration.Located<RedactionRules.HumanContent>?

    init() {}

    init(_ node: ConfigurationNode, relativeTo configuration: Configuration) throws(Failure) {
        if case .scalar(let scalar) = node.node, ["off", "Off", "OFF", "false"].contains(scalar.string) {
            isOff = Configuration.Located(value: true, line: node.line)
            return
        }
        for member in try node.members(["rules", "sampling", "elicitation"]) {
            let value = member.value
            switch member.key {
            case "rules":
                let paths = try value.texts().map { configuration.path($0) }
                files = Configuration.Located(value: paths, line: value.line)
            case "sampling": sampling = try content(value)
            default: elicitation = try content(value)
            }
        }
    }

    private func content(
        _ node: ConfigurationNode
    ) throws(Failure) -> Configuration.Located<RedactionRules.HumanContent> {
        Configuration.Located(value: try node.word(RedactionRules.HumanContent.self), line: node.line)
    }
}
