public import MCPSemantics
public import Wire

/// A question about exchanges and messages, in the filter words of product.md.
///
/// The grammar: terms beside each other must all hold; `OR` or `|` between them, `NOT` or a leading `-`
/// before one, parentheses. A term is `word:value[,value…]`, a bare `>250ms` or `<1MB`, or text to find in
/// payloads.
/// A value or text in quotes (double or single, `\` escapes) is literal; outside quotes `*` is any run of
/// characters.
///
/// It is evaluated with three values: true, false, and nil where what was given does not tell. So a reader
/// skips a session, or a payload, that cannot match without having read it.
public struct Filter: Sendable, Equatable {
    /// What has to hold.
    public let expression: Expression

    /// Everything matches.
    public static let everything = Filter(.all([]))

    public init(_ expression: Expression) { self.expression = expression }

    /// Reads a filter. An empty text matches everything.
    public init(parsing text: String) throws(FilterError) {
        var parser = try FilterParser(text)
        expression = try parser.filter()
    }

    /// Reads a filter from command line words, joined by spaces; columns in errors count in the joined text.
    public init(parsing words: [String]) throws(FilterError) {
        try self.init(parsing: words.joined(separator: " "))
    }

    /// The texts to find in payloads, in the order written, each once; those under NOT too.
    public var freeText: [String] {
        var texts: [String] = []
        expression.collectText(into: &texts)
        return texts
    }

    /// Texts of which every payload that matches holds one at least; nil where the filter does not tell.
    public var necessaryTexts: [String]? { expression.necessaryTexts }

    /// The text to find in payloads where nothing else is asked.
    var onlyText: String? {
        if case .term(.text(let text)) = expression { return text }
        guard case .all(let parts) = expression, parts.count == 1, case .term(.text(let text)) = parts[0]
        else { return nil }
        return text
    }

    /// True when everything matches.
    public var isEmpty: Bool { expression == .all([]) }

    /// A filter as a tree.
    public indirect enum Expression: Sendable, Equatable {
        /// Every one holds; an empty list always does.
        case all([Expression])
        /// At least one holds.
        case any([Expression])
        case not(Expression)
        case term(Term)

        fileprivate func collectText(into texts: inout [String]) {
            switch self {
            case .all(let parts), .any(let parts): for part in parts { part.collectText(into: &texts) }
            case .not(let part): part.collectText(into: &texts)
            case .term(.text(let text)): if !texts.contains(text) { texts.append(text) }
            case .term: break
            }
        }

        fileprivate var necessaryTexts: [String]? {
            switch self {
            case .all(let parts):
                return parts.compactMap(\.necessaryTexts).min { $0.count < $1.count }
            case .any(let parts):
                let texts = parts.compactMap(\.necessaryTexts)
                return texts.isEmpty || texts.count < parts.count ? nil : Array(texts.joined())
            case .term(.text(let text)): return [text]
            case .not, .term: return nil
            }
        }
    }

    /// One condition.
    public enum Term: Sendable, Equatable {
        case method([TextPattern])
        /// The name of a `tools/call`.
        case tool([TextPattern])
        /// The JSON-RPC id: its JSON text, or a string id's content.
        case id([TextPattern])
        /// The session's id or its beginning.
        case session([TextPattern])
        /// The session's server name.
        case server([TextPattern])
        /// The name or the title by which the client introduced itself.
        case client([TextPattern])
        /// Who sent a message; who asked, for an exchange.
        case direction(Direction)
        case kind([Kind])
        case status([Exchange.Outcome])
        /// Nanoseconds from request to response.
        case duration(QuantityRange)
        /// Bytes of a message; request and response together for an exchange.
        case size(QuantityRange)
        /// Not older than so many nanoseconds.
        case sinceAge(Int64)
        /// Not before this instant, nanoseconds since 1970.
        case sinceInstant(Int64)
        /// Found in the payload.
        case text(String)
    }

    /// What `kind:` names.
    public enum Kind: Sendable, Hashable {
        case message(MessageKind)
        case gap
    }
}
