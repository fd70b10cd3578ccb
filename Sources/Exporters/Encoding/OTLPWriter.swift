/// Writes the fields of OTLP messages: one description of each message, two encodings.
///
/// A field has its number in the protobuf schema and its name in OTLP/JSON. Fields with the value that the
/// schema gives an absent one are left out, as proto3 has it, unless their presence says something.
protocol OTLPWriter {
    init()
    /// What was written so far.
    var bytes: [UInt8] { get }

    /// Left out when empty, unless it `isPresent` all the same: a member of a `oneof`.
    mutating func string(_ number: Int, _ name: String, _ value: String, isPresent: Bool)
    /// An id: bytes in protobuf, hexadecimal in JSON. Left out when empty.
    mutating func identifier(_ number: Int, _ name: String, _ value: [UInt8])
    mutating func fixed64(_ number: Int, _ name: String, _ value: UInt64)
    mutating func fixed32(_ number: Int, _ name: String, _ value: UInt32)
    /// An enumeration or a small count: a number in JSON too.
    mutating func small(_ number: Int, _ name: String, _ value: Int)
    /// Always written: a member of a `oneof`. A decimal string in JSON.
    mutating func int64(_ number: Int, _ name: String, _ value: Int64)
    /// Always written: a member of a `oneof`.
    mutating func signedFixed64(_ number: Int, _ name: String, _ value: Int64)
    /// Always written.
    mutating func double(_ number: Int, _ name: String, _ value: Double)
    mutating func bool(_ number: Int, _ name: String, _ value: Bool)
    /// Lists of numbers, packed in protobuf. Left out when empty.
    mutating func fixed64s(_ number: Int, _ name: String, _ values: [UInt64])
    mutating func doubles(_ number: Int, _ name: String, _ values: [Double])
    mutating func message(_ number: Int, _ name: String, _ body: (inout Self) -> Void)
    /// Left out when empty.
    mutating func messages<Element>(
        _ number: Int, _ name: String, _ elements: [Element], _ body: (Element, inout Self) -> Void)
    /// Messages that were encoded before, by a writer of this kind: `top` and one of its own each.
    mutating func encoded(_ number: Int, _ name: String, _ messages: ArraySlice<[UInt8]>)

    /// The bytes of one message.
    static func encode(_ body: (inout Self) -> Void) -> [UInt8]
}

extension OTLPWriter {
    mutating func string(_ number: Int, _ name: String, _ value: String) {
        string(number, name, value, isPresent: false)
    }
}
