/// One word of a rule: `tool:search`, or `drop`.
public struct FaultWord: Sendable, Hashable {
    public var name: String
    /// What stands behind the colon, quotes resolved; nil of a word without one.
    public var value: String?
    /// Where it begins in the rule's text, in characters, from 1.
    public var column: Int

    public init(_ name: String, _ value: String?, column: Int = 1) {
        self.name = name
        self.value = value
        self.column = column
    }

    static let conditions = ["method", "tool", "id", "server", "nth", "every", "p"]
    static let actions = [
        "delay", "error", "tool_error", "http", "retry_after", "drop", "disconnect", "trickle", "malformed",
        "junk", "duplicate", "wrong_id", "kill",
    ]

    /// Every word that a rule may hold.
    public static var names: [String] { conditions + actions }

    /// Characters of a rule; it is typed by a person.
    static let lengthLimit = 4096

    /// Cuts a rule's text at white space; quotes keep it together.
    static func words(of text: String) throws(FaultRuleError) -> [FaultWord] {
        let characters = Array(text)
        guard characters.count <= lengthLimit else {
            throw FaultRuleError(
                column: lengthLimit + 1, message: "the rule is longer than \(lengthLimit) characters")
        }
        var words: [FaultWord] = []
        var position = 0
        while position < characters.count {
            if characters[position].isWhitespace {
                position += 1
                continue
            }
            let start = position
            var content = ""
            var colon: Int?
            while position < characters.count, !characters[position].isWhitespace {
                let character = characters[position]
                if character == "\"" || character == "'" {
                    content += try quoted(characters, &position, word: words.count)
                    continue
                }
                if character == ":", colon == nil { colon = content.count }
                content.append(character)
                position += 1
            }
            let name = colon.map { String(content.prefix($0)) } ?? content
            let value = colon.map { String(content.dropFirst($0 + 1)) }
            words.append(FaultWord(name, value, column: start + 1))
        }
        return words
    }

    /// The content of the quotes that begin at `position`; a backslash takes a quote or a backslash as it is.
    private static func quoted(
        _ text: [Character], _ position: inout Int, word: Int
    ) throws(FaultRuleError) -> String {
        let (quote, start) = (text[position], position)
        var content = ""
        position += 1
        while position < text.count {
            let character = text[position]
            position += 1
            if character == quote { return content }
            if character == "\\", position < text.count, text[position] == quote || text[position] == "\\" {
                content.append(text[position])
                position += 1
            } else {
                content.append(character)
            }
        }
        throw FaultRuleError(word: word, column: start + 1, message: "the quote \(quote) is not closed")
    }

    /// The word as it is written in one line.
    var written: String {
        guard let value else { return name }
        guard value.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "\\" }) else {
            return "\(name):\(value)"
        }
        let escaped = value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return "\(name):\"\(escaped)\""
    }
}
