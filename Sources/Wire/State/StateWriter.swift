/// Writes the state of a resumable machine as bytes, for a checkpoint.
///
/// No tags and no names: whoever reads must read the same things in the same order, and puts a version
/// first when the order may change. `StateReader` is the other half.
public struct StateWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// With room for so many bytes.
    public init(reserving count: Int) { bytes.reserveCapacity(count) }

    /// Appends an integer of any type; the reader may ask for another type that holds the value.
    ///
    /// *Shape*: sign and magnitude; first byte: continuation bit, sign bit, six bits; then LEB128.
    public mutating func int(_ value: some FixedWidthInteger) {
        append(UInt64(truncatingIfNeeded: value.magnitude), isNegative: value < 0)
    }

    /// The same of the types that nearly all are of: other modules call what is generic by way of tables.
    public mutating func int(_ value: Int64) { append(value.magnitude, isNegative: value < 0) }
    /// The same.
    public mutating func int(_ value: Int) { append(UInt64(value.magnitude), isNegative: value < 0) }
    /// The same.
    public mutating func int(_ value: UInt64) { append(value, isNegative: false) }

    private mutating func append(_ magnitude: UInt64, isNegative: Bool) {
        var magnitude = magnitude
        var byte = UInt8(magnitude & 0x3F) | (isNegative ? 0x40 : 0)
        magnitude >>= 6
        while magnitude != 0 {
            bytes.append(byte | 0x80)
            byte = UInt8(magnitude & 0x7F)
            magnitude >>= 7
        }
        bytes.append(byte)
    }

    /// Appends one byte, 0 or 1.
    public mutating func bool(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    /// Appends the length and the bytes.
    public mutating func bytes(_ value: some Collection<UInt8>) {
        int(value.count)
        bytes.append(contentsOf: value)
    }

    /// Appends the length in UTF-8 bytes and the text.
    public mutating func string(_ value: String) {
        bytes(value.utf8)
    }

    /// Appends whether there is a value and, if so, what `write` appends for it.
    public mutating func optional<Value>(_ value: Value?, _ write: (inout StateWriter, Value) -> Void) {
        bool(value != nil)
        if let value { write(&self, value) }
    }

    /// Appends the number of elements and what `write` appends for each, in order.
    public mutating func array<Values: Collection>(
        _ values: Values, _ write: (inout StateWriter, Values.Element) -> Void
    ) {
        int(values.count)
        for value in values { write(&self, value) }
    }
}
