import MCPSemantics
import Wire

/// The words before a colon, and how each reads its values.
enum FilterWord: String, CaseIterable {
    case method
    case tool
    case id
    case session
    case server
    case client
    case dir
    case kind
    case status
    case duration
    case size
    case since

    /// One value of a list, where it stands, and whether it was in quotes.
    struct Value {
        var text: String
        var column: Int
        var isQuoted: Bool

        var pattern: TextPattern { isQuoted ? TextPattern(literally: text) : TextPattern(text) }
    }

    /// The condition that the word and its values say. `column` is the word's.
    func term(_ values: [Value], column: Int) throws(FilterError) -> Filter.Expression {
        guard let first = values.first else { throw missingValue(column: column) }
        switch self {
        case .method: return .term(.method(values.map(\.pattern)))
        case .tool: return .term(.tool(values.map(\.pattern)))
        case .id: return .term(.id(values.map(\.pattern)))
        case .session: return .term(.session(values.map(\.pattern)))
        case .server: return .term(.server(values.map(\.pattern)))
        case .client: return .term(.client(values.map(\.pattern)))
        case .dir:
            let directions = try each(values, of: Direction.allCases.map { ($0.word, $0) })
            return .any(directions.map { .term(.direction($0)) }).simplified
        case .kind:
            let kinds = MessageKind.allCases.map { ($0.word, Filter.Kind.message($0)) } + [("gap", .gap)]
            return .term(.kind(try each(values, of: kinds)))
        case .status:
            return .term(.status(try each(values, of: Exchange.Outcome.allCases.map { ($0.word, $0) })))
        case .duration:
            var ranges: [Filter.Expression] = []
            for value in values {
                ranges.append(.term(.duration(try range(value) { Quantity.duration($0) })))
            }
            return .any(ranges).simplified
        case .size:
            var ranges: [Filter.Expression] = []
            for value in values { ranges.append(.term(.size(try range(value) { Quantity.size($0) }))) }
            return .any(ranges).simplified
        case .since:
            guard values.count == 1 else {
                throw FilterError(column: values[1].column, message: "since: takes one value")
            }
            return try since(first)
        }
    }

    /// Reads `2h` or a date, and `2d..1d`: from the first on, and before the second.
    private func since(_ value: Value) throws(FilterError) -> Filter.Expression {
        func end(_ part: some StringProtocol) throws(FilterError) -> Filter.Expression {
            if let age = Quantity.duration(part) { return .term(.sinceAge(age)) }
            if let date = CivilTime(parsing: part) { return .term(.sinceInstant(date.nanosecondsSince1970)) }
            throw FilterError(
                column: value.column, message: "since: cannot read '\(part)'",
                hint: "write an age (since:2h), a UTC date (since:2026-11-23, since:2026-11-23T14:05Z), or "
                    + "two of them (since:2d..1d)")
        }
        guard let dots = value.text.firstRange(of: "..") else { return try end(value.text) }
        let (from, to) = (value.text[..<dots.lowerBound], value.text[dots.upperBound...])
        if from.isEmpty, !to.isEmpty { return .not(try end(to)) }
        let begin = try end(from)
        return to.isEmpty ? begin : .all([begin, .not(try end(to))])
    }

    private func missingValue(column: Int) -> FilterError {
        switch self {
        case .duration:
            FilterError(
                column: column, message: "duration: has no value",
                hint: "if it was '>250ms', the shell took it: quote it: '>250ms' or duration:250ms..")
        case .size:
            FilterError(
                column: column, message: "size: has no value",
                hint: "if it was '>1MB', the shell took it: quote it: '>1MB' or size:1MB..")
        default:
            FilterError(column: column, message: "\(rawValue): has no value", hint: "write \(example)")
        }
    }

    private var example: String {
        switch self {
        case .method: "method:tools/call or method:tools/*"
        case .tool: "tool:search or tool:get_*"
        case .id: "id:14"
        case .session: "session:7k2f"
        case .server: "server:github"
        case .client: "client:claude*"
        case .dir: "dir:c2s or dir:s2c"
        case .kind: "kind:notification"
        case .status: "status:error,tool_error"
        case .duration: "duration:250ms.."
        case .size: "size:1MB.."
        case .since: "since:2h"
        }
    }

    /// Looks each value up among the words that there are.
    private func each<Choice>(
        _ values: [Value], of choices: [(word: String, choice: Choice)]
    ) throws(FilterError) -> [Choice] {
        var chosen: [Choice] = []
        for value in values {
            guard let found = choices.first(where: { $0.word == value.text }) else {
                let words = choices.map(\.word)
                let close = ClosestWord.to(value.text, among: words)
                throw FilterError(
                    column: value.column, message: "\(rawValue): has no value '\(value.text)'",
                    hint: (close.map { "did you mean \($0)? " } ?? "")
                        + "one of \(words.joined(separator: ", "))")
            }
            chosen.append(found.choice)
        }
        return chosen
    }

    /// Reads `a..b`, `a..`, `..b`, `>a`, `>=a`, `<a`, `<=a`.
    private func range(_ value: Value, _ read: (Substring) -> Int64?) throws(FilterError) -> QuantityRange {
        let text = value.text
        func end(_ part: Substring) throws(FilterError) -> Int64? {
            guard !part.isEmpty else { return nil }
            guard let quantity = read(part) else {
                let units = self == .size ? "B, KB, MB, GB, KiB, MiB, GiB" : "ns, us, ms, s, m, h, d"
                throw FilterError(
                    column: value.column, message: "\(rawValue): cannot read '\(part)'",
                    hint: "write a number and one of \(units)")
            }
            return quantity
        }
        if text.hasPrefix(">") || text.hasPrefix("<") {
            let rest = text.dropFirst(text.dropFirst().hasPrefix("=") ? 2 : 1)
            guard !rest.isEmpty, let quantity = try end(rest) else {
                throw missingValue(column: value.column)
            }
            return text.hasPrefix(">") ? QuantityRange(least: quantity) : QuantityRange(most: quantity)
        }
        guard let dots = text.firstRange(of: "..") else {
            _ = try end(text[...])
            throw FilterError(
                column: value.column, message: "\(rawValue): takes a range",
                hint: "write \(rawValue):\(text).. for at least, \(rawValue):..\(text) for at most")
        }
        let range = QuantityRange(
            least: try end(text[..<dots.lowerBound]), most: try end(text[dots.upperBound...]))
        if range.least == nil, range.most == nil { throw missingValue(column: value.column) }
        if let least = range.least, let most = range.most, least > most {
            throw FilterError(
                column: value.column, message: "\(rawValue): \(text) is empty",
                hint: "the smaller end comes first")
        }
        return range
    }
}

extension Filter.Expression {
    /// The same with lists of one replaced by their only part.
    var simplified: Filter.Expression {
        switch self {
        case .all(let parts) where parts.count == 1, .any(let parts) where parts.count == 1: parts[0]
        default: self
        }
    }
}
