internal import CZlib

/// Expands a gzip file piece by piece. Source: RFC 1952; members that follow each other are one text.
public final class GzipReader {
    /// Bytes handed out at once.
    private static let pieceSize = 256 << 10
    private let stream: UnsafeMutablePointer<z_stream>
    private var piece = [UInt8](repeating: 0, count: pieceSize)
    private var state = State.atMember

    private enum State {
        /// Waits for the first byte of a member; the end is allowed here.
        case atMember
        /// Waits for the rest of a member.
        case inMember
        /// Waits for nothing: what follows the last member is zeros, as tapes pad.
        case padding
    }

    public init() throws(StoreFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for gzip's frame. Source: zlib.h, inflateInit2.
        guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw StoreFailure(.io, "zlib found no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// True when `head` begins like a gzip file.
    public static func isGzip(_ head: some Collection<UInt8>) -> Bool { head.starts(with: [0x1f, 0x8b]) }

    /// Hands what `bytes` expand to, in pieces, to `receive`. Throws `damaged` for what is not gzip.
    public func push(
        _ bytes: ArraySlice<UInt8>, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            if state == .padding {
                guard bytes[start...].allSatisfy({ $0 == 0 }) else { throw damaged("bytes follow its end") }
                return
            }
            if state == .atMember, !isFirstMember, bytes[start] == 0 {
                state = .padding
                continue
            }
            let (used, made) = try inflate(bytes[start...])
            start += used
            if made > 0 { try receive(piece[..<made]) }
            // Without progress zlib would be asked the same for ever.
            guard used > 0 || made > 0 else { throw damaged("zlib makes no progress") }
        }
    }

    private var isFirstMember = true

    /// One step of zlib: bytes used and bytes made.
    private func inflate(_ bytes: ArraySlice<UInt8>) throws(StoreFailure) -> (used: Int, made: Int) {
        var status = Z_OK
        let counts = bytes.withUnsafeBufferPointer { input -> (Int, Int) in
            let count = min(input.count, Int(UInt32.max) / 2)
            return piece.withUnsafeMutableBufferPointer { output -> (Int, Int) in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
                return (count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out))
            }
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: state = .inMember
        case Z_STREAM_END:
            state = .atMember
            isFirstMember = false
            inflateReset(stream)
        default:
            throw damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
        }
        return (counts.0, counts.1)
    }

    /// Throws `damaged` when the file ends inside a member.
    public func finish() throws(StoreFailure) {
        if state == .inMember || isFirstMember { throw damaged("it ends too early") }
    }

    private func damaged(_ reason: String) -> StoreFailure {
        StoreFailure(.damaged, "not a whole gzip file: \(reason)")
    }
}
