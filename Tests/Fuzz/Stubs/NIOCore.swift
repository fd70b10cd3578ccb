/// What the pure parts of HTTPTransport use of SwiftNIO's buffer, so that they are fuzzed without it.
public struct ByteBuffer {
    private var bytes: [UInt8] = []
    private var readerIndex = 0

    public init() {}
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    public var readableBytes: Int { bytes.count - readerIndex }

    /// Its indices are not those of the readable bytes, as in the original.
    public var readableBytesView: ArraySlice<UInt8> { bytes[readerIndex...] }

    public mutating func moveReaderIndex(forwardBy count: Int) {
        precondition(count >= 0 && count <= readableBytes, "moved beyond what is readable")
        readerIndex += count
    }

    public mutating func readBytes(length: Int) -> [UInt8]? {
        guard length >= 0, length <= readableBytes else { return nil }
        defer { readerIndex += length }
        return Array(bytes[readerIndex..<readerIndex + length])
    }

    @discardableResult
    public mutating func writeBytes(_ new: some Sequence<UInt8>) -> Int {
        let before = bytes.count
        bytes += new
        return bytes.count - before
    }

    @discardableResult
    public mutating func writeInteger(_ value: UInt8) -> Int { writeBytes(CollectionOfOne(value)) }

    @discardableResult
    public mutating func writeString(_ text: String) -> Int { writeBytes(text.utf8) }

    @discardableResult
    public mutating func writeStaticString(_ text: StaticString) -> Int {
        text.withUTF8Buffer { writeBytes($0) }
    }
}
