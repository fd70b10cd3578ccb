/// The wire format of Protocol Buffers, as far as OTLP needs it.
///
/// Source: protobuf.dev, Encoding.
struct ProtobufWriter: OTLPWriter {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    static func encode(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.bytes
    }

    mutating func string(_ number: Int, _ name: String, _ value: String, isPresent: Bool) {
        if value.isEmpty && !isPresent { return }
        key(number, .lengthDelimited)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func identifier(_ number: Int, _ name: String, _ value: [UInt8]) {
        if !value.isEmpty { field(number, value) }
    }

    mutating func fixed64(_ number: Int, _ name: String, _ value: UInt64) {
        guard value != 0 else { return }
        key(number, .fixed64)
        append(value)
    }

    mutating func fixed32(_ number: Int, _ name: String, _ value: UInt32) {
        guard value != 0 else { return }
        key(number, .fixed32)
        append(value)
    }

    mutating func small(_ number: Int, _ name: String, _ value: Int) {
        guard value != 0 else { return }
        key(number, .varint)
        varint(UInt64(value))
    }

    mutating func int64(_ number: Int, _ name: String, _ value: Int64) {
        key(number, .varint)
        varint(UInt64(bitPattern: value))
    }

    mutating func signedFixed64(_ number: Int, _ name: String, _ value: Int64) {
        key(number, .fixed64)
        append(UInt64(bitPattern: value))
    }

    mutating func double(_ number: Int, _ name: String, _ value: Double) {
        key(number, .fixed64)
        append(value.bitPattern)
    }

    mutating func bool(_ number: Int, _ name: String, _ value: Bool) {
        key(number, .varint)
        varint(value ? 1 : 0)
    }

    mutating func fixed64s(_ number: Int, _ name: String, _ values: [UInt64]) {
        guard !values.isEmpty else { return }
        key(number, .lengthDelimited)
        varint(UInt64(values.count * 8))
        for value in values { append(value) }
    }

    mutating func doubles(_ number: Int, _ name: String, _ values: [Double]) {
        fixed64s(number, name, values.map(\.bitPattern))
    }

    mutating func message(_ number: Int, _ name: String, _ body: (inout ProtobufWriter) -> Void) {
        key(number, .lengthDelimited)
        let start = bytes.count
        // Most messages are shorter than 128 bytes, so that one byte holds the length.
        bytes.append(0)
        body(&self)
        let size = bytes.count - start - 1
        guard size >= 0x80 else {
            bytes[start] = UInt8(size)
            return
        }
        var length = ProtobufWriter()
        length.varint(UInt64(size))
        bytes.replaceSubrange(start...start, with: length.bytes)
    }

    mutating func messages<Element>(
        _ number: Int, _ name: String, _ elements: [Element], _ body: (Element, inout ProtobufWriter) -> Void
    ) {
        for element in elements { message(number, name) { body(element, &$0) } }
    }

    mutating func encoded(_ number: Int, _ name: String, _ messages: ArraySlice<[UInt8]>) {
        for message in messages { field(number, message) }
    }

    private mutating func field(_ number: Int, _ content: [UInt8]) {
        key(number, .lengthDelimited)
        varint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    private mutating func key(_ number: Int, _ type: WireType) {
        varint(UInt64(number) << 3 | type.rawValue)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
