/// Writes JSON text, append only; commas come by themselves.
///
/// For text of our own: `--json` lines, file headers, errors. What came off the wire is never written
/// through this but carried as it is (`raw`).
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///     $0.member("name", "search")
///     $0.member("sizes") { $0.array { for size in sizes { $0.int(size) } } }
/// }
/// json.bytes
/// ```
public struct JSONWriter: Sendable {
    /// The text so far, UTF-8.
    public private(set) var bytes: [UInt8] = []
    /// Whether the next key or value follows another one in the same container.
    private var needsComma = false
    private let escapesInvisible: Bool

    /// - Parameter escapesInvisible: writes what a terminal would act upon or not show as `\uXXXX`, in keys,
    ///   strings and tokens; see `JSONText.escapeInvisible`. For text that a person may look at.
    public init(escapesInvisible: Bool = false) { self.escapesInvisible = escapesInvisible }

    /// The text so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Containers

    /// Writes an object whose members `body` writes.
    public mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    public mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes an array of strings.
    public mutating func strings(_ values: some Sequence<String>) {
        array { for value in values { $0.string(value) } }
    }

    // MARK: Values

    /// Writes a string, escaped as JSON demands.
    public mutating func string(_ value: String) {
        separate()
        let start = bytes.count
        JSONText.quote(value, into: &bytes)
        makeVisible(from: start)
    }

    /// Writes bytes as a string; invalid UTF-8 becomes U+FFFD.
    public mutating func string(utf8: ArraySlice<UInt8>) {
        separate()
        let start = bytes.count
        JSONText.quote(utf8: utf8, into: &bytes)
        makeVisible(from: start)
    }

    /// Writes an integer of any size.
    public mutating func int(_ value: some FixedWidthInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes a number in the shortest form that reads back the same; null when it is not finite.
    public mutating func double(_ value: Double) {
        separate()
        bytes.append(contentsOf: value.isFinite ? String(value).utf8 : "null".utf8)
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes bytes that are JSON text already, as they are. The caller answers for their validity.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a token that is JSON text already, an id: the value stays, the characters may be escaped.
    public mutating func token(_ json: some Sequence<UInt8>) {
        separate()
        let start = bytes.count
        bytes.append(contentsOf: json)
        makeVisible(from: start)
    }

    // MARK: Members

    /// Writes a key; its value must follow.
    public mutating func key(_ name: String) {
        separate()
        let start = bytes.count
        JSONText.quote(name, into: &bytes)
        makeVisible(from: start)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member whose value `body` writes: exactly one.
    public mutating func member<Failure: Error>(
        _ name: String, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try body(&self)
    }

    /// Writes a string member.
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes an integer member.
    public mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        key(name)
        int(value)
    }

    /// Writes a number member.
    public mutating func member(_ name: String, _ value: Double) {
        key(name)
        double(value)
    }

    /// Writes a member that is `true` or `false`.
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// Writes a member whose value is JSON text already.
    public mutating func member(_ name: String, raw json: some Sequence<UInt8>) {
        key(name)
        raw(json)
    }

    /// Writes a string member, or nothing at all when there is no value.
    public mutating func member(_ name: String, ifPresent value: String?) {
        if let value { member(name, value) }
    }

    /// Writes an integer member, or nothing at all when there is no value.
    public mutating func member(_ name: String, ifPresent value: (some FixedWidthInteger)?) {
        if let value { member(name, value) }
    }

    // MARK: Lines

    /// Ends an NDJSON line: appends a line feed and starts afresh.
    public mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    private mutating func makeVisible(from start: Int) {
        if escapesInvisible { JSONText.escapeInvisible(in: &bytes, from: start) }
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }
}
