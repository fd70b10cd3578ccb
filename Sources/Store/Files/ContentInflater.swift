internal import CZlib
public import Recording

/// Undoes the content codings `gzip` and `deflate` with zlib.
///
/// `@unchecked Sendable`: it belongs to one stream of one recorder, whose thread alone uses it.
public final class ContentInflater: ContentDecoder, @unchecked Sendable {
    private let stream: UnsafeMutablePointer<z_stream>
    private var piece = [UInt8](repeating: 0, count: 32 << 10)
    private var hasEnded = false

    /// Nil for a coding that zlib does not undo (`br`, `zstd`, several at once), or without memory.
    public static func decoder(for coding: String) -> (any ContentDecoder)? {
        ["gzip", "x-gzip", "deflate"].contains(coding) ? ContentInflater() : nil
    }

    private init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 32 to find out whether the frame is gzip's or zlib's: `deflate` means the
        // latter (RFC 9110 §8.4.1.2).
        guard inflateInit2_(stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// See `ContentDecoder`. What follows the end of the coded text is left out.
    public func push(_ bytes: ArraySlice<UInt8>, _ receive: (ArraySlice<UInt8>) -> Void) -> Bool {
        var rest = bytes
        while !rest.isEmpty, !hasEnded {
            var status = Z_OK
            let (used, made) = rest.withUnsafeBufferPointer { input -> (Int, Int) in
                piece.withUnsafeMutableBufferPointer { output -> (Int, Int) in
                    let count = min(input.count, 1 << 30)
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                    stream.pointee.avail_in = UInt32(count)
                    stream.pointee.next_out = output.baseAddress
                    stream.pointee.avail_out = UInt32(output.count)
                    status = inflate(stream, Z_SYNC_FLUSH)
                    return (
                        count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out)
                    )
                }
            }
            if made > 0 { receive(piece[..<made]) }
            rest = rest.dropFirst(used)
            if status == Z_STREAM_END { hasEnded = true }
            guard status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && used + made > 0)
            else {
                return status == Z_BUF_ERROR
            }
        }
        // The last output may have filled the piece exactly: what zlib still holds comes now.
        while !hasEnded {
            var status = Z_OK
            let made = piece.withUnsafeMutableBufferPointer { output -> Int in
                stream.pointee.avail_in = 0
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = inflate(stream, Z_SYNC_FLUSH)
                return output.count - Int(stream.pointee.avail_out)
            }
            if made > 0 { receive(piece[..<made]) }
            if status == Z_STREAM_END { hasEnded = true }
            if made < piece.count { break }
        }
        return true
    }
}
