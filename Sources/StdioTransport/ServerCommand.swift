/// What is executed: the words as bytes, since neither a file name nor an argument need be UTF-8.
public struct ServerCommand: Sendable, Hashable {
    /// argv; the first word is the program.
    public var words: [[UInt8]]

    public init(words: [[UInt8]]) { self.words = words }

    /// The words of a command line that is known to be text.
    public init(_ words: [String]) { self.words = words.map { Array($0.utf8) } }

    /// The words of this process's own command line from `index` on, byte for byte.
    ///
    /// `CommandLine.arguments` repairs what is not UTF-8; the server must get what the host wrote.
    public init(ownArgumentsFrom index: Int) {
        words = []
        var position = max(0, index)
        while position < Int(CommandLine.argc), let word = CommandLine.unsafeArgv[position] {
            words.append(
                UnsafeBufferPointer(start: word, count: ServerCommand.length(word)).map(
                    UInt8.init(bitPattern:)))
            position += 1
        }
    }

    /// The program as text for people and for the recording.
    public var program: String { String(decoding: words.first ?? [], as: UTF8.self) }

    /// Hands the words to C: an array of NUL-terminated words that ends with NULL, valid inside `body`.
    func withArguments<Result>(_ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
        var storage = words.map { word in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
            for (offset, byte) in word.enumerated() { copy[offset] = CChar(bitPattern: byte) }
            copy[word.count] = 0
            return Optional(copy)
        }
        storage.append(nil)
        defer { for word in storage { word?.deallocate() } }
        return storage.withUnsafeBufferPointer { list in
            guard let start = list.baseAddress else { preconditionFailure("the list has its NULL at least") }
            return body(start)
        }
    }

    private static func length(_ word: UnsafePointer<CChar>) -> Int {
        var count = 0
        while word[count] != 0 { count += 1 }
        return count
    }
}
