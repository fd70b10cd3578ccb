public import MCPSemantics
public import Wire

/// What is known of a message before it is redacted.
public struct RedactionContext: Sendable, Hashable {
    /// Nil for standard error.
    public var direction: Direction?
    /// Nil while a message arrives in parts.
    public var kind: MessageKind?
    /// The method of the request: of a response, of the one that it answers. Nil: unknown, and rules that
    /// are limited to a method apply whatever it is.
    public var method: String?
    /// What the method is applied to, as `method`.
    public var name: String?

    public init(
        direction: Direction?, kind: MessageKind? = nil, method: String? = nil, name: String? = nil
    ) {
        self.direction = direction
        self.kind = kind
        self.method = method
        self.name = name
    }
}

/// Why a value was replaced; the raw values are part of checkpoints.
enum RedactionRule: UInt8, Sendable {
    case key = 0
    case pointer = 1
    case sampling = 2
    case elicitation = 3
    case member = 4
    case assignment = 5
    case userInfo = 6
    case value = 7

    /// The word for it in recordings.
    func word(label: String) -> String {
        switch self {
        case .key: "key"
        case .pointer: "pointer"
        case .sampling: "sampling"
        case .elicitation: "elicitation"
        case .member: "member"
        case .assignment: "assignment"
        case .userInfo: "user-info"
        case .value: "value:" + label
        }
    }
}

/// What is done with a value.
struct RedactionAction: Sendable, Equatable {
    enum Form: UInt8, Sendable {
        case keep
        /// A placeholder for it, or for every value inside of it.
        case replace
        /// Its type and length.
        case shape
        /// Its type.
        case empty
    }
    var form = Form.keep
    var rule = RedactionRule.key

    static let keep = RedactionAction()

    init(_ form: Form = .keep, _ rule: RedactionRule = .key) {
        self.form = form
        self.rule = rule
    }

    init(keeping content: RedactionRules.HumanContent, _ rule: RedactionRule) {
        switch content {
        case .full: self.init()
        case .shape: self.init(.shape, rule)
        case .off: self.init(.empty, rule)
        }
    }
}
