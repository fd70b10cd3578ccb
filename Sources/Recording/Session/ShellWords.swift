/// Splits a shell's command text into simple commands of words, as far as names and masks need it.
///
/// Quotes and backslashes are understood; variables, substitutions and here-documents are left as they stand.
enum ShellWords {
    /// The simple commands of `text`, in order: cut at `;`, `&`, `|`, parentheses and line ends. O(n).
    static func commands(in text: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var word: String?
        var quote: Character?
        var isEscaped = false
        func closeWord() {
            if let word { commands[commands.count - 1].append(word) }
            word = nil
        }
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if ";&|()\n".contains(character) {
                closeWord()
                if commands.last?.isEmpty == false { commands.append([]) }
            } else if character.isWhitespace {
                closeWord()
            } else {
                word = (word ?? "") + String(character)
            }
        }
        closeWord()
        return commands.filter { !$0.isEmpty }
    }
}
