/// Reads a filter by recursive descent; see `Filter` for the grammar.
struct FilterParser {
    /// Characters of a filter; it is typed by a person.
    static let lengthLimit = 4096
    /// Parentheses and NOTs inside each other: each is a stack frame here and in the evaluation.
    static let depthLimit = 64

    private let text: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) throws(FilterError) {
        self.text = Array(text.prefix(FilterParser.lengthLimit + 1))
        guard self.text.count <= FilterParser.lengthLimit else {
            throw FilterError(
                column: FilterParser.lengthLimit + 1,
                message: "the filter is longer than \(FilterParser.lengthLimit) characters")
        }
    }

    /// The whole text.
    mutating func filter() throws(FilterError) -> Filter.Expression {
        skipSpace()
        if position == text.count { return .all([]) }
        let expression = try alternatives()
        guard position == text.count else {
            throw FilterError(
                column: column, message: "')' without '('", hint: "to search for a parenthesis, quote it: ')'"
            )
        }
        return expression
    }

    private var column: Int { position + 1 }
    private var next: Character? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while let next, next.isWhitespace { position += 1 }
    }

    private mutating func alternatives() throws(FilterError) -> Filter.Expression {
        var parts = [try conjunction()]
        while true {
            skipSpace()
            if next == "|" {
                position += next == text[safe: position + 1] ? 2 : 1
            } else if !take(keyword: "OR") {
                return Filter.Expression.any(parts).simplified
            }
            parts.append(try conjunction())
        }
    }

    private mutating func conjunction() throws(FilterError) -> Filter.Expression {
        var parts: [Filter.Expression] = []
        while true {
            skipSpace()
            let start = position
            if take(keyword: "AND") {
                guard !parts.isEmpty else {
                    throw FilterError(
                        column: start + 1, message: "nothing before AND", hint: "to search for it, quote it")
                }
                skipSpace()
                if position == text.count || next == ")" || next == "|" {
                    throw FilterError(column: column, message: "nothing after AND")
                }
            }
            if position == text.count || next == ")" || next == "|" || isKeyword("OR", at: position) { break }
            parts.append(try negation())
        }
        guard !parts.isEmpty else {
            let what = position == text.count ? "the end" : next == ")" ? "')'" : next == "|" ? "'|'" : "OR"
            throw FilterError(column: column, message: "a filter word or a text is missing before \(what)")
        }
        return Filter.Expression.all(parts).simplified
    }

    private mutating func negation() throws(FilterError) -> Filter.Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterParser.depthLimit else {
            throw FilterError(column: column, message: "more than \(FilterParser.depthLimit) levels")
        }
        let start = column
        if take(keyword: "NOT") {
            skipSpace()
        } else if next == "-", let following = text[safe: position + 1], !following.isWhitespace {
            position += 1
        } else {
            return try primary()
        }
        if position == text.count || next == ")" || next == "|" {
            throw FilterError(column: start, message: "nothing to negate")
        }
        return .not(try negation())
    }

    private mutating func primary() throws(FilterError) -> Filter.Expression {
        let start = column
        switch next {
        case "(":
            position += 1
            let inner = try alternatives()
            guard next == ")" else {
                throw FilterError(column: start, message: "'(' is not closed")
            }
            position += 1
            return inner
        case "\"", "'":
            let content = try quoted()
            guard !content.isEmpty else { throw FilterError(column: start, message: "an empty text") }
            return .term(.text(content))
        case ">", "<":
            return try comparison()
        default:
            return try wordOrText()
        }
    }

    /// `>250ms` and `<1MB`: the unit says whether it is a duration or a size.
    private mutating func comparison() throws(FilterError) -> Filter.Expression {
        let start = column
        var typed = bare()
        if typed.allSatisfy({ "<>=".contains($0) }) {
            skipSpace()
            typed += bare()
        }
        let quantity = typed.drop { "<>=".contains($0) }
        let value = FilterWord.Value(text: typed, column: start, isQuoted: false)
        if Quantity.duration(quantity) != nil { return try FilterWord.duration.term([value], column: start) }
        if Quantity.size(quantity) != nil, quantity.last?.isNumber == false {
            return try FilterWord.size.term([value], column: start)
        }
        throw FilterError(
            column: start, message: "cannot read '\(typed)'",
            hint: "write a duration ('>250ms') or a size ('>1MB'); to search for the text, quote it")
    }

    private mutating func wordOrText() throws(FilterError) -> Filter.Expression {
        let start = position
        guard let colon = wordEnd(from: start) else { return .term(.text(bare())) }
        let name = String(text[start..<colon])
        guard let word = FilterWord(rawValue: name) ?? FilterWord(rawValue: name.lowercased()) else {
            let close = ClosestWord.to(name, among: FilterWord.allCases.map(\.rawValue))
            throw FilterError(
                column: start + 1, message: "unknown filter word '\(name):'",
                hint: close.map { "did you mean \($0):?" }
                    ?? "to search for the text, quote it; the words are "
                    + FilterWord.allCases.map { $0.rawValue + ":" }.joined(separator: " "))
        }
        position = colon + 1
        return try word.term(try values(of: word), column: start + 1)
    }

    /// Where the colon is when a word of letters and a colon begin at `start`, and no URL or time of day.
    private func wordEnd(from start: Int) -> Int? {
        var end = start
        while let character = text[safe: end], character.isASCII, character.isLetter || character == "_" {
            end += 1
        }
        guard end > start, text[safe: end] == ":" else { return nil }
        return text[safe: end + 1] == "/" && text[safe: end + 2] == "/" ? nil : end
    }

    /// The values after a word's colon, up to white space: a list with commas, or `|` between two values.
    private mutating func values(of word: FilterWord) throws(FilterError) -> [FilterWord.Value] {
        var values: [FilterWord.Value] = []
        while let next, !next.isWhitespace, next != ")" {
            let start = column
            if next == "\"" || next == "'" {
                values.append(FilterWord.Value(text: try quoted(), column: start, isQuoted: true))
            } else {
                let content = bare(stopsAtComma: true)
                guard !content.isEmpty else {
                    if next == "|" { break }
                    throw FilterError(
                        column: start, message: "\(word.rawValue): has an empty value in its list")
                }
                values.append(FilterWord.Value(text: content, column: start, isQuoted: false))
            }
            if self.next == "," {
                position += 1
                if self.next?.isWhitespace ?? true {
                    throw FilterError(
                        column: column, message: "\(word.rawValue): has an empty value in its list",
                        hint: "no space after a comma")
                }
            } else if self.next == "|", continuesList(after: position) {
                position += 1
            } else {
                break
            }
        }
        return values
    }

    /// `tool:search|fetch` is a list; `tool:search|status:error` and `tool:search | fetch` are alternatives.
    private func continuesList(after bar: Int) -> Bool {
        guard let first = text[safe: bar + 1], !first.isWhitespace, !"|()<>-".contains(first) else {
            return false
        }
        return wordEnd(from: bar + 1) == nil
    }

    /// Characters up to white space, a parenthesis, a bar or, in a list, a comma.
    private mutating func bare(stopsAtComma: Bool = false) -> String {
        let start = position
        while let next, !next.isWhitespace, !"()|".contains(next), !(stopsAtComma && next == ",") {
            position += 1
        }
        return String(text[start..<position])
    }

    /// The content of the quotes that begin here; a backslash takes the next quote or backslash literally.
    private mutating func quoted() throws(FilterError) -> String {
        let start = column
        guard let quote = next else { return "" }
        position += 1
        var content = ""
        while let next {
            position += 1
            if next == quote { return content }
            if next == "\\", let escaped = self.next, escaped == quote || escaped == "\\" {
                content.append(escaped)
                position += 1
            } else {
                content.append(next)
            }
        }
        throw FilterError(column: start, message: "the quote \(quote) is not closed")
    }

    private func isKeyword(_ keyword: String, at start: Int) -> Bool {
        let letters = Array(keyword)
        guard start + letters.count <= text.count, Array(text[start..<(start + letters.count)]) == letters
        else {
            return false
        }
        guard let after = text[safe: start + letters.count] else { return true }
        return after.isWhitespace || "()|".contains(after)
    }

    private mutating func take(keyword: String) -> Bool {
        guard isKeyword(keyword, at: position) else { return false }
        position += keyword.count
        return true
    }
}

extension Array {
    /// The element at `index`, or nil outside the array.
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
