import Recording

/// Reads rules of redaction: files of the user's.
enum RedactionRulesFile {
    private static let sections = ["keys", "pointers", "values", "keep", "built_in"]

    /// The built-in rules and those of the files, in their order; of a detector that several of them switch,
    /// the last one counts.
    static func rules(ofFiles files: [String]) throws -> RedactionRules {
        var rules = RedactionRules()
        for file in files {
            guard let node = try ConfigurationFile.document("the redaction rules", in: file) else { continue }
            try add(node, to: &rules)
        }
        return rules
    }

    /// Adds what a document says.
    static func add(_ document: ConfigurationNode, to rules: inout RedactionRules) throws {
        for member in try document.members(sections + ["tools", "methods"]) {
            switch member.key {
            case "tools":
                for tool in try member.value.members() {
                    try add(
                        section: tool.value, in: .init(method: "tools/call", tool: tool.key), to: &rules)
                }
            case "methods":
                for method in try member.value.members() {
                    try add(section: method.value, in: .init(method: method.key), to: &rules)
                }
            default: try add(member.key, member.value, .everywhere, &rules)
            }
        }
    }

    // MARK: Sections

    private static func add(
        section: ConfigurationNode, in scope: RedactionRules.Scope, to rules: inout RedactionRules
    ) throws {
        for member in try section.members(sections) {
            try add(member.key, member.value, scope, &rules)
        }
    }

    private static func add(
        _ key: String, _ value: ConfigurationNode, _ scope: RedactionRules.Scope,
        _ rules: inout RedactionRules
    ) throws {
        switch key {
        case "keys":
            for element in try value.elements() {
                rules.keys.append(.init(try element.text(), in: scope))
                try check(rules, at: element)
            }
        case "pointers":
            for element in try value.elements() {
                rules.pointers.append(.init(pointer: try element.text(), in: scope))
                try check(rules, at: element)
            }
        case "values":
            for element in try value.elements() {
                rules.prefixes.append(try prefix(element, scope))
                try check(rules, at: element)
            }
        case "keep": try addKept(value, scope, &rules)
        default: try switchDetectors(value, scope, &rules)
        }
    }

    private static func addKept(
        _ section: ConfigurationNode, _ scope: RedactionRules.Scope, _ rules: inout RedactionRules
    ) throws {
        for member in try section.members(["keys", "pointers"]) {
            for element in try member.value.elements() {
                if member.key == "keys" {
                    rules.keptKeys.append(.init(try element.text(), in: scope))
                } else {
                    rules.keptPointers.append(
                        .init(pointer: try element.text(), in: scope))
                }
                try check(rules, at: element)
            }
        }
    }

    private static func prefix(
        _ node: ConfigurationNode, _ scope: RedactionRules.Scope
    ) throws -> RedactionRules.PrefixRule {
        var (name, prefix, least) = ("", "", 16)
        for member in try node.members(["name", "prefix", "least"]) {
            switch member.key {
            case "name": name = try member.value.text()
            case "prefix": prefix = try member.value.text()
            default: least = try member.value.number()
            }
        }
        if name.isEmpty { throw node.fault("a value needs a name: it stands in placeholders") }
        if prefix.isEmpty { throw node.fault("a value needs a prefix: what it begins with") }
        return .init(name: name, prefix: prefix, least: least, in: scope)
    }

    /// `off`, or `{jwt: off}`, or `{all: off, jwt: on}`.
    private static func switchDetectors(
        _ node: ConfigurationNode, _ scope: RedactionRules.Scope, _ rules: inout RedactionRules
    ) throws {
        func turn(_ names: [String], isOn: Bool) {
            rules.switchedOff.removeAll { names.contains($0.name) && $0.scope == scope }
            if !isOn { rules.switchedOff += names.map { .init($0, in: scope) } }
        }
        guard node.isMapping else {
            return turn(BuiltInDetector.names, isOn: try node.isOn())
        }
        let members = try node.members(["all"] + BuiltInDetector.names)
        // `all` is what the others are exceptions of, wherever it stands.
        for member in members where member.key == "all" {
            turn(BuiltInDetector.names, isOn: try member.value.isOn())
        }
        for member in members where member.key != "all" {
            turn([member.key], isOn: try member.value.isOn())
        }
    }

    /// Tells a rule that cannot work where it stands.
    private static func check(_ rules: RedactionRules, at node: ConfigurationNode) throws {
        if let fault = rules.fault { throw node.fault(fault) }
    }
}
