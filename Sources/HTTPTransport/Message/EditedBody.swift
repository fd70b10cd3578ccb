internal import NIOCore

/// A response body that may be edited. Its chunks are ours, since the length may change.
protocol EditedBody: AnyObject {
    /// What is sent for `pieces` of `bytes`; empty when all of it is held back.
    func take(
        _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer

    /// What is sent when the body is complete.
    func finish(trailers: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer

    /// What is sent when the body breaks off.
    func abandon(_ allocator: ByteBufferAllocator) -> ByteBuffer
}

/// Puts the chunked coding around content, where the message has it.
struct ContentFraming {
    let isChunked: Bool

    init(_ framing: BodyFraming) { isChunked = framing == .chunked }

    /// - Parameter trailers: of a body that ends with this content; nil: it goes on, or breaks off.
    func write(_ content: some Collection<UInt8>, ending trailers: [UInt8]?, to buffer: inout ByteBuffer) {
        guard isChunked else {
            buffer.writeBytes(content)
            return
        }
        if !content.isEmpty {
            buffer.writeString(String(content.count, radix: 16))
            buffer.writeStaticString("\r\n")
            buffer.writeBytes(content)
            buffer.writeStaticString("\r\n")
        }
        if let trailers {
            buffer.writeStaticString("0\r\n")
            buffer.writeBytes(trailers)
            buffer.writeStaticString("\r\n")
        }
    }
}
