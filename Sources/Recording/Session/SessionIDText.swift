/// Makes session ids and reads what people type of them.
public enum SessionIDText {
    /// Digits and lower-case letters without i, l, o and u: nothing looks like 0 or 1, and no word is spelt.
    ///
    /// Source: D. Crockford, "Base 32", encode symbols.
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Characters of an id: 60 of the random bits, so that equal ids in a store of a million sessions have
    /// a probability below one in a million.
    public static let length = 12

    /// The id that 64 random bits give; the four highest are not used.
    public static func id(from random: UInt64) -> SessionID {
        let characters = (0..<length).map { alphabet[Int(random >> UInt64(5 * (length - 1 - $0)) & 31)] }
        return SessionID(String(decoding: characters, as: UTF8.self))
    }

    /// True for 12 characters of the alphabet: what `id(from:)` can give.
    public static func isWellFormed(_ text: String) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { alphabet.contains($0) }
    }
}
