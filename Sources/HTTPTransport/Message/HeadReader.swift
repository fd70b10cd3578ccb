internal import NIOCore

/// Finds the end of a head in bytes that arrive in pieces.
struct HeadReader {
    /// The largest head: what the peers that take most accept (h11: 64 KiB; nginx 32 KiB, Node 16 KiB).
    static let sizeLimit = 64 << 10

    /// How much of the buffer was searched, and where the line that is being read begins.
    private var searched = 0
    private var lineStart = 0

    /// The head at the front of `buffer`, taken out of it, without its empty line; nil while it is not whole.
    ///
    /// `buffer` is the same one at every call, with more at its end. Empty lines in front are left out.
    /// O(bytes that are new). Source: RFC 9112 §2.2.
    mutating func take(from buffer: inout ByteBuffer) throws(MessageFault) -> [UInt8]? {
        while let next = try nextLineEnd(in: buffer) {
            let isEmptyLine = next - lineStart == 1
            if isEmptyLine, lineStart == 0 {
                buffer.moveReaderIndex(forwardBy: 2)
                self = HeadReader()
                continue
            }
            if isEmptyLine {
                let head = buffer.readBytes(length: lineStart) ?? []
                buffer.moveReaderIndex(forwardBy: 2)
                self = HeadReader()
                return head
            }
            lineStart = next + 1
        }
        if buffer.readableBytes > Self.sizeLimit { throw .headTooLarge }
        return nil
    }

    /// Some of a head was looked at.
    var hasBegun: Bool { searched > 0 }

    /// The offset of the next LF, which must follow a CR.
    private mutating func nextLineEnd(in buffer: ByteBuffer) throws(MessageFault) -> Int? {
        let (found, isWhole) = buffer.withUnsafeReadableBytes { bytes in
            let found = HTTPText.firstOffset(of: HTTPText.lineFeed, in: bytes, from: searched)
            return (found, found.map { $0 > 0 && bytes[$0 - 1] == HTTPText.carriageReturn } ?? false)
        }
        guard let offset = found else {
            searched = buffer.readableBytes
            return nil
        }
        if offset >= Self.sizeLimit { throw .headTooLarge }
        guard offset > lineStart, isWhole else { throw .bareLineEnd }
        searched = offset + 1
        return offset
    }
}
