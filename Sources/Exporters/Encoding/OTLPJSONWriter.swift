internal import Wire

/// OTLP/JSON: the JSON of proto3, but with ids in hexadecimal and enumerations as numbers.
///
/// Source: opentelemetry-proto, docs/specification.md, JSON Protobuf Encoding.
struct OTLPJSONWriter: OTLPWriter {
    private var json = JSONWriter()

    var bytes: [UInt8] { json.bytes }

    static func encode(_ body: (inout OTLPJSONWriter) -> Void) -> [UInt8] {
        var writer = OTLPJSONWriter()
        writer.object(body)
        return writer.bytes
    }

    private mutating func object(_ body: (inout OTLPJSONWriter) -> Void) {
        // The writer of the members is this one, so the text is moved out and back instead of copied.
        var json = JSONWriter()
        swap(&json, &self.json)
        json.object { inner in
            swap(&inner, &self.json)
            body(&self)
            swap(&inner, &self.json)
        }
        self.json = json
    }

    mutating func string(_ number: Int, _ name: String, _ value: String, isPresent: Bool) {
        if !value.isEmpty || isPresent { json.member(name, value) }
    }

    mutating func identifier(_ number: Int, _ name: String, _ value: [UInt8]) {
        if !value.isEmpty { json.member(name, Hexadecimal.text(value)) }
    }

    mutating func fixed64(_ number: Int, _ name: String, _ value: UInt64) {
        if value != 0 { json.member(name, String(value)) }
    }

    mutating func fixed32(_ number: Int, _ name: String, _ value: UInt32) {
        if value != 0 { json.member(name, value) }
    }

    mutating func small(_ number: Int, _ name: String, _ value: Int) {
        if value != 0 { json.member(name, value) }
    }

    mutating func int64(_ number: Int, _ name: String, _ value: Int64) { json.member(name, String(value)) }

    mutating func signedFixed64(_ number: Int, _ name: String, _ value: Int64) {
        json.member(name, String(value))
    }

    mutating func double(_ number: Int, _ name: String, _ value: Double) {
        json.key(name)
        Self.write(value, to: &json)
    }

    mutating func bool(_ number: Int, _ name: String, _ value: Bool) { json.member(name, value) }

    mutating func fixed64s(_ number: Int, _ name: String, _ values: [UInt64]) {
        if !values.isEmpty { json.member(name) { $0.strings(values.map { String($0) }) } }
    }

    mutating func doubles(_ number: Int, _ name: String, _ values: [Double]) {
        guard !values.isEmpty else { return }
        json.member(name) { $0.array { for value in values { Self.write(value, to: &$0) } } }
    }

    /// What is no number in JSON is one of three words. Source: proto3, JSON Mapping.
    private static func write(_ value: Double, to json: inout JSONWriter) {
        if value.isFinite {
            json.double(value)
        } else {
            json.string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    mutating func message(_ number: Int, _ name: String, _ body: (inout OTLPJSONWriter) -> Void) {
        json.key(name)
        object(body)
    }

    mutating func messages<Element>(
        _ number: Int, _ name: String, _ elements: [Element], _ body: (Element, inout OTLPJSONWriter) -> Void
    ) {
        guard !elements.isEmpty else { return }
        encoded(number, name, elements.map { element in Self.encode { body(element, &$0) } }[...])
    }

    mutating func encoded(_ number: Int, _ name: String, _ messages: ArraySlice<[UInt8]>) {
        guard !messages.isEmpty else { return }
        json.member(name) { $0.array { for message in messages { $0.raw(message) } } }
    }
}

/// Ids as text.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless all are digits, lower case, and two make a byte.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
