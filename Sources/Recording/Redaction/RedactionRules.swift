import Wire

/// What is replaced before it is recorded. A plain value: it is stored with the session, so that recovery and
/// `mcptape redact` apply the same rules.
public struct RedactionRules: Sendable, Hashable {
    /// The built-in names and shapes.
    public var usesDefaults = true
    /// Built-in detectors that find nothing; see `BuiltInDetector.names`.
    public var switchedOff: [NameRule] = []
    /// Names of members whose values are secret, beside the built-in ones: `ssn`, `card number`.
    public var keys: [NameRule] = []
    /// Names that the built-in ones take for secret and that are not.
    public var keptKeys: [NameRule] = []
    /// Places whose values are secret.
    public var pointers: [PointerRule] = []
    /// Places in which nothing is replaced, but for what a longer pointer names.
    public var keptPointers: [PointerRule] = []
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

    /// In which messages a rule applies; everywhere when nothing is said.
    public struct Scope: Sendable, Hashable {
        /// Only in requests of this method, and in what answers them.
        public var method: String?
        /// Only in calls of this tool, and in what answers them.
        public var tool: String?

        public init(method: String? = nil, tool: String? = nil) {
            self.method = method
            self.tool = tool
        }

        /// In every message.
        public static let everywhere = Scope()
    }

    /// A name of members, or of a built-in detector.
    public struct NameRule: Sendable, Hashable, ExpressibleByStringLiteral {
        public var name: String
        public var scope: Scope

        public init(_ name: String, in scope: Scope = .everywhere) {
            self.name = name
            self.scope = scope
        }

        public init(stringLiteral name: String) { self.init(name) }
    }

    /// Values at a place in messages.
    public struct PointerRule: Sendable, Hashable {
        /// A JSON pointer from the message; a step `*` is any member or element: `/params/arguments/*/card`.
        public var pointer: String
        public var scope: Scope

        public init(pointer: String, in scope: Scope = .everywhere) {
            self.pointer = pointer
            self.scope = scope
        }
    }

    /// Values that begin in a way of their own: `acme_` and at least 20 letters, digits, `-` and `_`.
    public struct PrefixRule: Sendable, Hashable {
        /// The label in placeholders: lower-case letters, digits and dashes.
        public var name: String
        public var prefix: String
        /// Letters and digits that must follow.
        public var least: Int
        public var scope: Scope

        public init(name: String, prefix: String, least: Int, in scope: Scope = .everywhere) {
            self.name = name
            self.prefix = prefix
            self.least = least
            self.scope = scope
        }
    }

    /// These rules and those of `other`.
    ///
    /// What either finds is found: a kept name, a kept place and a detector that is switched off are taken
    /// over as well. Of prompts and answers what keeps less counts. Where they are too many together, those
    /// of `other` stay.
    public func adding(_ other: RedactionRules) -> RedactionRules {
        var sum = self
        sum.usesDefaults = usesDefaults || other.usesDefaults
        func add<Rule: Hashable>(_ list: WritableKeyPath<RedactionRules, [Rule]>) {
            for rule in other[keyPath: list] where !sum[keyPath: list].contains(rule) {
                sum[keyPath: list].append(rule)
            }
        }
        add(\.switchedOff)
        add(\.keys)
        add(\.keptKeys)
        add(\.pointers)
        add(\.keptPointers)
        add(\.prefixes)
        sum.sampling = sampling.stricter(other.sampling)
        sum.elicitation = elicitation.stricter(other.elicitation)
        return sum.fault == nil ? sum : other
    }

    /// Whether anything is looked for but prompts and what people answered.
    var findSecrets: Bool { usesDefaults || !keys.isEmpty || !pointers.isEmpty || !prefixes.isEmpty }

    /// Whether a rule asks for the method or the tool of a message.
    var haveScopes: Bool { !scopes.isEmpty }

    /// The scopes of all rules that have one.
    var scopes: Set<Scope> {
        var all = Set((switchedOff + keys + keptKeys).map(\.scope))
        all.formUnion((pointers + keptPointers).map(\.scope))
        all.formUnion(prefixes.map(\.scope))
        all.remove(.everywhere)
        return all
    }

    /// The rules whose scope `replaces` holds, and of those that keep something whose scope `keeps` holds.
    func filtered(replacing replaces: (Scope) -> Bool, keeping keeps: (Scope) -> Bool) -> RedactionRules {
        var rules = self
        rules.keys.removeAll { !replaces($0.scope) }
        rules.pointers.removeAll { !replaces($0.scope) }
        rules.prefixes.removeAll { !replaces($0.scope) }
        rules.switchedOff.removeAll { !keeps($0.scope) }
        rules.keptKeys.removeAll { !keeps($0.scope) }
        rules.keptPointers.removeAll { !keeps($0.scope) }
        return rules
    }
}
