import Recording

/// The words after `mcptape`, with the command first.
///
/// Flags that every command takes may stand before it, as with git: `mcptape --store DIR show last`.
struct CommandWords {
    /// Flags that may, and whether the next word is their value.
    private static let global = [
        "--store": true, "--config": true, "--log-format": true, "--log-level": true, "--no-color": false,
    ]

    let words: [String]

    /// - Parameter commands: the names that a command may have.
    init(_ words: [String], commands: [String]) {
        var ahead: ArraySlice<String> = words[...]
        while let word = ahead.first, let takesValue = Self.takesValue(word) {
            ahead = ahead.dropFirst(takesValue ? 2 : 1)
        }
        guard ahead.startIndex > 0, let command = ahead.first,
            commands.contains(command) || !command.hasPrefix("-")
        else {
            self.words = words
            return
        }
        self.words = [command] + words[..<ahead.startIndex] + ahead.dropFirst()
    }

    /// Whether `word` takes the next one for its value; nil when it is no global flag.
    private static func takesValue(_ word: String) -> Bool? {
        if let takesValue = global[word] { return takesValue }
        guard let equals = word.firstIndex(of: "=") else { return nil }
        return global[String(word[..<equals])] == true ? false : nil
    }

    /// The command's name, or a word that stands in its place; nil when there are flags only.
    var command: String? { words.first.flatMap { $0.hasPrefix("-") ? nil : $0 } }
}
