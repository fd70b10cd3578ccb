/// What kind of value a JSON text holds.
public enum JSONKind: UInt8, Sendable, Hashable, CaseIterable {
    case object
    case array
    case string
    case number
    case `true`
    case `false`
    case null

    /// Whether the value holds others.
    public var isContainer: Bool { self == .object || self == .array }
}

/// What `JSONGrammar` tells while it reads. Offsets count from the first byte of the whole text.
///
/// Depth is the number of containers around the value or key: 0 for the outermost value.
protocol JSONEvents {
    /// A value begins with the byte at `offset`.
    mutating func began(_ kind: JSONKind, at offset: Int, depth: Int)
    /// The value that began last at this depth ends before `offset`.
    mutating func ended(at offset: Int, depth: Int, in part: JSONPart)
    /// A key's opening quote is at `offset`.
    mutating func keyBegan(at offset: Int, depth: Int)
    /// The key ends before `offset`, its closing quote included; `part` holds at least its last byte.
    mutating func keyEnded(at offset: Int, depth: Int, isEscaped: Bool, in part: JSONPart)
}

/// The stretch of a text that is being read.
struct JSONPart {
    let base: UnsafePointer<UInt8>
    let count: Int
    /// The offset of `base[0]` in the whole text.
    let start: Int

    /// No bytes, at the end of a text.
    static func empty(at offset: Int) -> JSONPart {
        let nothing: StaticString = ""
        return JSONPart(base: nothing.utf8Start, count: 0, start: offset)
    }

    /// The bytes of the part from `offset` up to `end`, both counted in the whole text.
    func bytes(from offset: Int, to end: Int) -> UnsafeBufferPointer<UInt8> {
        let first = max(0, min(offset &- start, count))
        let last = max(first, min(end &- start, count))
        return UnsafeBufferPointer(start: base + first, count: last - first)
    }
}

/// Listens to nothing: only validity is asked for.
struct NoJSONEvents: JSONEvents {
    @inline(__always) mutating func began(_ kind: JSONKind, at offset: Int, depth: Int) {}
    @inline(__always) mutating func ended(at offset: Int, depth: Int, in part: JSONPart) {}
    @inline(__always) mutating func keyBegan(at offset: Int, depth: Int) {}
    @inline(__always)
    mutating func keyEnded(at offset: Int, depth: Int, isEscaped: Bool, in part: JSONPart) {}
}
