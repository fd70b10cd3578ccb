/// Reads what a `StateWriter` wrote. Never traps: bytes that are short or wrong throw.
public struct StateReader: Sendable {
    /// The bytes are not what the reader asked for.
    public enum Failure: Error, Sendable, Equatable {
        /// They end inside a value.
        case short
        /// A value is out of range, a count is over its limit, a text is not UTF-8.
        case malformed
    }

    private var rest: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether everything was read.
    public var isAtEnd: Bool { rest.isEmpty }

    /// Reads an integer and checks that `Value` holds it.
    public mutating func int<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(Failure) -> Value {
        let first = try byte()
        var magnitude = UInt64(first & 0x3F)
        var shift: UInt64 = 6
        var goesOn = first & 0x80 != 0
        while goesOn {
            let next = try byte()
            let bits = UInt64(next & 0x7F)
            guard shift < 64, (bits << shift) >> shift == bits else { throw .malformed }
            magnitude |= bits << shift
            shift += 7
            goesOn = next & 0x80 != 0
        }
        if first & 0x40 == 0 {
            guard let value = Value(exactly: magnitude) else { throw .malformed }
            return value
        }
        guard magnitude <= UInt64(Int64.max) + 1,
            let value = Value(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
        else { throw .malformed }
        return value
    }

    /// Reads what `StateWriter.bool` wrote.
    public mutating func bool() throws(Failure) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw .malformed
        }
    }

    /// Reads a length and as many bytes.
    public mutating func bytes() throws(Failure) -> [UInt8] {
        let count = try int(Int.self)
        guard count >= 0 else { throw .malformed }
        guard count <= rest.count else { throw .short }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Reads a text and checks that it is UTF-8.
    public mutating func string() throws(Failure) -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else { throw .malformed }
        return text
    }

    /// Reads what `StateWriter.optional` wrote.
    public mutating func optional<Value>(
        _ read: (inout StateReader) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        try bool() ? try read(&self) : nil
    }

    /// Reads what `StateWriter.array` wrote; more than `limit` elements are malformed.
    public mutating func array<Value>(
        limit: Int, _ read: (inout StateReader) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        let count = try count(limit: limit)
        var values: [Value] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    /// Reads a number of elements between 0 and `limit`.
    public mutating func count(limit: Int) throws(Failure) -> Int {
        let count = try int(Int.self)
        guard count >= 0, count <= limit else { throw .malformed }
        return count
    }

    /// Reads an enum's raw value; one that `make` does not know is malformed.
    public mutating func value<Value>(_ make: (UInt8) -> Value?) throws(Failure) -> Value {
        guard let value = make(try int(UInt8.self)) else { throw .malformed }
        return value
    }

    /// Reads an optional text.
    public mutating func text() throws(Failure) -> String? {
        try optional { state throws(Failure) in try state.string() }
    }

    private mutating func byte() throws(Failure) -> UInt8 {
        guard let first = rest.popFirst() else { throw .short }
        return first
    }
}
