/// A name, or a pattern in which `*` stands for any run of characters, none included.
///
/// Comparison is exact, upper and lower case differ: tools may be called `Search` and `search`.
public struct TextPattern: Sendable, Hashable {
    /// The literal pieces between the stars: one piece means no star.
    private var pieces: [[UInt8]]

    /// A pattern when `text` holds stars.
    public init(_ text: String) {
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(
            Array.init)
    }

    /// Text in which a star is a star.
    public init(literally text: String) { pieces = [Array(text.utf8)] }

    /// True when the whole of `text` is what the pattern says. O(text × pattern).
    public func matches(_ text: String) -> Bool {
        // Names without a star are compared a million times where a long session is filtered.
        if pieces.count == 1, let piece = pieces.first {
            return text.utf8.count == piece.count && text.utf8.elementsEqual(piece)
        }
        var rest = Array(text.utf8)[...]
        guard let head = pieces.first, let tail = pieces.last, rest.starts(with: head) else { return false }
        rest = rest.dropFirst(head.count)
        guard rest.count >= tail.count, rest.suffix(tail.count).elementsEqual(tail) else { return false }
        rest = rest.dropLast(tail.count)
        // The leftmost place of each piece leaves the most room for those after it.
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let end = TextPattern.end(of: piece, in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }

    /// True when `text` begins with the pattern's literal text (an abbreviated id), or matches it.
    public func matchesPrefix(of text: String) -> Bool {
        guard pieces.count == 1, let piece = pieces.first else { return matches(text) }
        return text.utf8.starts(with: piece)
    }

    private static func end(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= piece.count else { return nil }
        for start in text.startIndex...(text.endIndex - piece.count)
        where text[start..<(start + piece.count)].elementsEqual(piece) {
            return start + piece.count
        }
        return nil
    }
}
