import Wire

extension RedactionRules {
    /// One JSON object without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("defaults", usesDefaults)
            json.rules("off", switchedOff) { $0.write(to: &$1) }
            json.rules("keys", keys) { $0.write(to: &$1) }
            json.rules("kept_keys", keptKeys) { $0.write(to: &$1) }
            json.rules("pointers", pointers) { $0.write(to: &$1) }
            json.rules("kept_pointers", keptPointers) { $0.write(to: &$1) }
            json.rules("prefixes", prefixes) { $0.write(to: &$1) }
            json.member("sampling", sampling.rawValue)
            json.member("elicitation", elicitation.rawValue)
        }
        return json.bytes
    }

    /// Reads what `encodedJSON` wrote. Nil when it is not that; rules that a later version knows are left
    /// out.
    public init?(json: ArraySlice<UInt8>) {
        guard let root = JSONTree(json)?.root, root.kind == .object else { return nil }
        self.init(root)
    }

    init(_ root: JSONTree.Node) {
        usesDefaults = root["defaults"]?.boolValue ?? true
        switchedOff = root["off"]?.children.compactMap { NameRule($0) } ?? []
        switchedOff.removeAll { !BuiltInDetector.names.contains($0.name) }
        keys = root["keys"]?.children.compactMap { NameRule($0) } ?? []
        keptKeys = root["kept_keys"]?.children.compactMap { NameRule($0) } ?? []
        pointers = root["pointers"]?.children.compactMap { PointerRule($0) } ?? []
        keptPointers = root["kept_pointers"]?.children.compactMap { PointerRule($0) } ?? []
        prefixes = root["prefixes"]?.children.compactMap { PrefixRule($0) } ?? []
        // A word that only a later version knows asks for less than everything.
        sampling = Self.content(root["sampling"])
        elicitation = Self.content(root["elicitation"])
        if fault != nil { self = RedactionRules() }
    }

    private static func content(_ node: JSONTree.Node?) -> HumanContent {
        guard let word = node?.stringValue else { return .full }
        return HumanContent(rawValue: word) ?? .shape
    }
}

extension JSONWriter {
    /// A member that is a list; none when the list is empty.
    fileprivate mutating func rules<Rule>(
        _ name: String, _ rules: [Rule], _ write: (Rule, inout JSONWriter) -> Void
    ) {
        guard !rules.isEmpty else { return }
        member(name) { list in
            list.array { for rule in rules { write(rule, &$0) } }
        }
    }
}

extension RedactionRules.Scope {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("method", ifPresent: method)
        json.member("tool", ifPresent: tool)
    }

    fileprivate init(_ node: JSONTree.Node) {
        self.init(method: node["method"]?.stringValue, tool: node["tool"]?.stringValue)
    }
}

extension RedactionRules.NameRule {
    fileprivate func write(to json: inout JSONWriter) {
        guard scope != .everywhere else { return json.string(name) }
        json.object {
            $0.member("name", name)
            scope.write(to: &$0)
        }
    }

    fileprivate init?(_ node: JSONTree.Node) {
        guard let name = node.stringValue ?? node["name"]?.stringValue else { return nil }
        self.init(name, in: RedactionRules.Scope(node))
    }
}

extension RedactionRules.PointerRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("pointer", pointer)
            scope.write(to: &$0)
        }
    }

    fileprivate init?(_ node: JSONTree.Node) {
        guard let pointer = node["pointer"]?.stringValue else { return nil }
        self.init(pointer: pointer, in: RedactionRules.Scope(node))
    }
}

extension RedactionRules.PrefixRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("prefix", prefix)
            $0.member("least", least)
            scope.write(to: &$0)
        }
    }

    fileprivate init?(_ node: JSONTree.Node) {
        guard let name = node["name"]?.stringValue, let prefix = node["prefix"]?.stringValue,
            let least = node["least"]?.intValue
        else { return nil }
        self.init(name: name, prefix: prefix, least: least, in: RedactionRules.Scope(node))
    }
}
