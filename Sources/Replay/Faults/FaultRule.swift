internal import MCPSemantics
internal import Recording

/// What goes wrong, and for which requests: `tool:search nth:2 delay:500ms`.
///
/// Every condition must hold. Docs: docs/faults.md.
public struct FaultRule: Sendable, Hashable {
    /// The rule as it was written.
    public let text: String
    /// Conditions on the request; nil: any.
    var methods: [TextPattern]?
    var tools: [TextPattern]?
    var ids: [String]?
    var servers: [TextPattern]?
    /// Which of the requests that meet the conditions, counted from 1.
    var turns = Turns.all
    /// How likely, from 0 to 1.
    var probability = 1.0
    /// At least one, in the order in which they were written.
    var actions: [FaultAction] = []

    enum Turns: Sendable, Hashable {
        case all
        case range(ClosedRange<Int>)
        /// Every so many-th.
        case every(Int)

        func includes(_ turn: Int) -> Bool {
            switch self {
            case .all: true
            case .range(let range): range.contains(turn)
            case .every(let count): turn.isMultiple(of: count)
            }
        }
    }

    init(text: String) { self.text = text }

    /// Whether it has an action that only HTTP can carry: a status.
    public var needsHTTP: Bool { actions.contains(where: \.isStatus) }

    func applies(toServer name: String) -> Bool { servers?.contains { $0.matches(name) } ?? true }

    /// Whether `request`, which has an id, meets the conditions.
    func matches(_ request: MessageDigest) -> Bool {
        guard let method = request.method, let id = request.id else { return false }
        if let methods, !methods.contains(where: { $0.matches(method) }) { return false }
        if let tools {
            guard method == "tools/call", let name = request.name,
                tools.contains(where: { $0.matches(name) })
            else { return false }
        }
        // As in a filter, `id:7` means the number and the text.
        if let ids, !ids.contains(where: { $0 == id.text || "\"\($0)\"" == id.text }) { return false }
        return true
    }
}

/// Why a rule cannot be read: where, what, and what to write instead.
public struct FaultRuleError: Error, Sendable, Hashable {
    /// Which word of the rule, from 0; nil: the rule as a whole.
    public var word: Int?
    /// The position in a rule's text, in characters, from 1.
    public var column: Int
    /// What is wrong, without a full stop.
    public var message: String
    /// What to do about it, without a full stop.
    public var hint: String?

    public init(word: Int? = nil, column: Int, message: String, hint: String? = nil) {
        self.word = word
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// `column 3: unknown word 'tols'; did you mean tool?`
    public var line: String { "column \(column): \(message)" + (hint.map { "; \($0)" } ?? "") }
}
