import Recording

/// Reads rules of redaction: files of the user's.
enum RedactionRulesFile {
    private static let sections = ["keys", "pointers", "values", "keep", "built_in"]

    /// The built-in rules and those of the files, in their order; of a detector that several of them switch,
    /// the last one counts.
    static func rules(ofFiles files: [String]) throws -> RedactionRules {
        var rules = RedactionRules()
        for file in files {
            guard let node = try SettingsNode.read(file) else { continue }
            try add(node, to: &rules)
        }
        return rules
    }

    /// Adds what a document says.
    static func add(_ document: SettingsNode, to rules: inout RedactionRules) throws {
        for (key, value) in try document.members(sections + ["tools", "methods"]) {
            switch key {
            case "tools":
                for (tool, section) in try value.members(nil) {
                    try add(section: section, in: .init(method: "tools/call", tool: tool), to: &rules)
                }
            case "methods":
                for (method, section) in try value.members(nil) {
                    try add(section: section, in: .init(method: method), to: &rules)
                }
            default: try add(key, value, .everywhere, &rules)
            }
        }
    }

    // MARK: Sections

    private static func add(
        section: SettingsNode, in scope: RedactionRules.Scope, to rules: inout RedactionRules
    ) throws {
        for (key, value) in try section.members(sections) { try add(key, value, scope, &rules) }
    }

    private static func add(
        _ key: String, _ value: SettingsNode, _ scope: RedactionRules.Scope, _ rules: inout RedactionRules
    ) throws {
        switch key {
        case "keys":
            for element in try value.elements("names") {
                rules.keys.append(.init(try element.text("a name"), in: scope))
                try check(rules, at: element)
            }
        case "pointers":
            for element in try value.elements("JSON pointers") {
                rules.pointers.append(.init(pointer: try element.text("a JSON pointer"), in: scope))
                try check(rules, at: element)
            }
        case "values":
            for element in try value.elements("{name, prefix, least}") {
                rules.prefixes.append(try prefix(element, scope))
                try check(rules, at: element)
            }
        case "keep": try addKept(value, scope, &rules)
        default: try switchDetectors(value, scope, &rules)
        }
    }

    private static func addKept(
        _ section: SettingsNode, _ scope: RedactionRules.Scope, _ rules: inout RedactionRules
    ) throws {
        for (key, value) in try section.members(["keys", "pointers"]) {
            for element in try value.elements(key == "keys" ? "names" : "JSON pointers") {
                if key == "keys" {
                    rules.keptKeys.append(.init(try element.text("a name"), in: scope))
                } else {
                    rules.keptPointers.append(
                        .init(pointer: try element.text("a JSON pointer"), in: scope))
                }
                try check(rules, at: element)
            }
        }
    }

    private static func prefix(
        _ node: SettingsNode, _ scope: RedactionRules.Scope
    ) throws -> RedactionRules.PrefixRule {
        var (name, prefix, least) = ("", "", 16)
        for (key, value) in try node.members(["name", "prefix", "least"]) {
            switch key {
            case "name": name = try value.text("a name")
            case "prefix": prefix = try value.text("a prefix")
            default: least = try value.number("how many letters and digits follow")
            }
        }
        if name.isEmpty { throw node.failure("a value needs a name: it stands in placeholders") }
        if prefix.isEmpty { throw node.failure("a value needs a prefix: what it begins with") }
        return .init(name: name, prefix: prefix, least: least, in: scope)
    }

    /// `off`, or `{jwt: off}`, or `{all: off, jwt: on}`.
    private static func switchDetectors(
        _ node: SettingsNode, _ scope: RedactionRules.Scope, _ rules: inout RedactionRules
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
        for (_, value) in members.filter({ $0.key == "all" }) {
            turn(BuiltInDetector.names, isOn: try value.isOn())
        }
        for (key, value) in members where key != "all" { turn([key], isOn: try value.isOn()) }
    }

    /// Tells a rule that cannot work where it stands.
    private static func check(_ rules: RedactionRules, at node: SettingsNode) throws {
        if let fault = rules.fault { throw node.failure(fault) }
    }
}
