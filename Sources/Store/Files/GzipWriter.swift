internal import CZlib

/// Writes a gzip file piece by piece. The same bytes give the same file: it carries neither name nor time.
public final class GzipWriter {
    private let stream: UnsafeMutablePointer<z_stream>

    public init() throws(StoreFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)
        )
        guard status == Z_OK else { throw StoreFailure(.io, "zlib found no memory") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed bytes that are ready after `bytes`; often none.
    public func push(_ bytes: ArraySlice<UInt8>) -> [UInt8] { deflate(bytes, Z_NO_FLUSH) }

    /// The rest of the file.
    public func finish() -> [UInt8] { deflate([], Z_FINISH) }

    private func deflate(_ bytes: ArraySlice<UInt8>, _ flush: Int32) -> [UInt8] {
        var made: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            var start = 0
            repeat {
                let count = min(input.count - start, 1 << 30)
                stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
                stream.pointee.avail_in = UInt32(count)
                repeat { made += step(flush) } while stream.pointee.avail_out == 0
                start += count
            } while start < input.count
        }
        return made
    }

    private func step(_ flush: Int32) -> [UInt8] {
        let room = 64 << 10
        return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(room)
            _ = CZlib.deflate(stream, flush)
            count = room - Int(stream.pointee.avail_out)
        }
    }
}
