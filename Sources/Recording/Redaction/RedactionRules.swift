import Wire

/// What is replaced before it is recorded. A plain value: it is stored with the session, so that recovery and
/// `mcptape redact` apply the same rules.
public struct RedactionRules: Sendable, Hashable {
    /// The built-in names and shapes.
    public var usesDefaults = true
    /// Names of members whose values are secret, beside the built-in ones: `ssn`, `card number`.
    public var keys: [String] = []
    /// Names that the built-in ones take for secret and that are not.
    public var keptKeys: [String] = []
    public var pointers: [PointerRule] = []
    public var prefixes: [PrefixRule] = []
    /// What is kept of the prompts that a server sends to the client's model, and of the model's answers.
    public var sampling = HumanContent.full
    /// What is kept of what a person answered to the server's questions.
    public var elicitation = HumanContent.full

    /// The built-in rules.
    public init() {}

    /// How much of what concerns a person is kept; the raw values are words of the command line and files.
    public enum HumanContent: String, Sendable, Hashable, CaseIterable {
        case full
        /// Types and lengths.
        case shape
        case off

        /// The one that keeps less.
        func stricter(_ other: HumanContent) -> HumanContent {
            self == .off || other == .off ? .off : self == .shape || other == .shape ? .shape : .full
        }
    }

    /// Values at a place in messages.
    public struct PointerRule: Sendable, Hashable {
        /// A JSON pointer from the message; a step `*` is any member or element: `/params/arguments/*/card`.
        public var pointer: String
        /// Only in requests of this method, and in what answers them.
        public var method: String?
        /// Only in calls of this tool, and in what answers them.
        public var tool: String?

        public init(pointer: String, method: String? = nil, tool: String? = nil) {
            self.pointer = pointer
            self.method = method
            self.tool = tool
        }
    }

    /// Values that begin in a way of their own: `acme_` and at least 20 letters, digits, `-` and `_`.
    public struct PrefixRule: Sendable, Hashable {
        /// The label in placeholders: lower-case letters, digits and dashes.
        public var name: String
        public var prefix: String
        /// Letters and digits that must follow.
        public var least: Int

        public init(name: String, prefix: String, least: Int) {
            self.name = name
            self.prefix = prefix
            self.least = least
        }
    }

    /// Rules of each kind at most: every message is held against all of them.
    public static let ruleLimit = 64

    /// Why the rules cannot be used; nil when they can.
    public var fault: String? {
        let counts = [keys.count, keptKeys.count, pointers.count, prefixes.count]
        if counts.contains(where: { $0 > Self.ruleLimit }) { return "more than \(Self.ruleLimit) of a kind" }
        for key in keys where !(SecretNames.words(of: key).contains { $0.utf8.count >= 3 }) {
            return "key '\(key)': a word of three letters or more is needed"
        }
        for rule in pointers {
            let steps = JSONPointer.steps(of: rule.pointer)
            if steps == nil { return "pointer '\(rule.pointer)' does not begin with a slash" }
            if steps?.isEmpty ?? true { return "the empty pointer is the whole message" }
        }
        for rule in prefixes {
            if rule.prefix.utf8.count < 3 { return "prefix '\(rule.prefix)' is shorter than three bytes" }
            if !rule.prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
                return "prefix '\(rule.prefix)' is not printable ASCII"
            }
            if !(1...1024).contains(rule.least) { return "'least' of '\(rule.prefix)' is not 1 to 1024" }
            let isLabel = rule.name.utf8.allSatisfy {
                ($0 &- 97) < 26 || ($0 &- 48) < 10 || $0 == UInt8(ascii: "-")
            }
            if rule.name.isEmpty || rule.name.utf8.count > Placeholder.labelLimit || !isLabel {
                return "name '\(rule.name)' is not up to 32 lower-case letters, digits and dashes"
            }
        }
        return nil
    }
}

// MARK: - JSON

extension RedactionRules {
    /// One JSON object without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("defaults", usesDefaults)
            if !keys.isEmpty { json.member("keys") { $0.strings(keys) } }
            if !keptKeys.isEmpty { json.member("kept_keys") { $0.strings(keptKeys) } }
            if !pointers.isEmpty {
                json.member("pointers") { list in
                    list.array { for rule in pointers { rule.write(to: &$0) } }
                }
            }
            if !prefixes.isEmpty {
                json.member("prefixes") { list in
                    list.array { for rule in prefixes { rule.write(to: &$0) } }
                }
            }
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
        keys = root["keys"]?.strings ?? []
        keptKeys = root["kept_keys"]?.strings ?? []
        pointers = root["pointers"]?.children.compactMap { PointerRule($0) } ?? []
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

extension RedactionRules.PointerRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("pointer", pointer)
            $0.member("method", ifPresent: method)
            $0.member("tool", ifPresent: tool)
        }
    }

    fileprivate init?(_ node: JSONTree.Node) {
        guard let pointer = node["pointer"]?.stringValue else { return nil }
        self.init(
            pointer: pointer, method: node["method"]?.stringValue, tool: node["tool"]?.stringValue)
    }
}

extension RedactionRules.PrefixRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.member("prefix", prefix)
            $0.member("least", least)
        }
    }

    fileprivate init?(_ node: JSONTree.Node) {
        guard let name = node["name"]?.stringValue, let prefix = node["prefix"]?.stringValue,
            let least = node["least"]?.intValue
        else { return nil }
        self.init(name: name, prefix: prefix, least: least)
    }
}
