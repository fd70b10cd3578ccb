internal import CDeflate

/// Compresses, expands and checksums whole blocks (libdeflate, raw DEFLATE, RFC 1951).
///
/// Keeps its working memory between calls.
final class Deflate {
    /// How a block's content is stored.
    enum Codec: Int64 {
        case plain = 0
        case deflate = 1
    }

    /// Speed against size.
    enum Level: Int32 {
        /// Parts of large messages and bursts: they come faster than anything else.
        case fast = 1
        case normal = 6
        /// A tenth smaller than `normal` on MCP traffic, at five times the work; see `CompressionBudget`.
        case thorough = 10
    }

    private var compressors: [Level: OpaquePointer] = [:]
    private var decompressor: OpaquePointer?
    private var output: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

    init() {}

    deinit {
        rest()
        if let decompressor { libdeflate_free_decompressor(decompressor) }
    }

    /// Gives back the compressors' memory, up to 10 MiB; the next use makes them again.
    func rest() {
        for compressor in compressors.values { libdeflate_free_compressor(compressor) }
        compressors = [:]
        output.deallocate()
        output = .init(start: nil, count: 0)
    }

    /// CRC-32 as in gzip, over the bytes before compression.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        libdeflate_crc32(0, bytes.baseAddress, bytes.count)
    }

    /// Hands the compressed bytes, or `raw` itself where compression gains nothing, to `receive`.
    func compress<R, E: Error>(
        _ raw: UnsafeRawBufferPointer, level: Level,
        _ receive: (Codec, UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        guard raw.count > 32, let compressor = compressor(level) else { return try receive(.plain, raw) }
        let room = libdeflate_deflate_compress_bound(compressor, raw.count)
        if output.count < room {
            output.deallocate()
            output = .allocate(byteCount: room, alignment: 16)
        }
        let count = libdeflate_deflate_compress(
            compressor, raw.baseAddress, raw.count, output.baseAddress, output.count)
        guard count > 0, count < raw.count else { return try receive(.plain, raw) }
        return try receive(.deflate, UnsafeRawBufferPointer(rebasing: output[..<count]))
    }

    /// The bytes before compression, or nil when `content` is no DEFLATE stream of exactly `size` bytes.
    func expand(_ content: UnsafeRawBufferPointer, codec: Int64, size: Int) -> [UInt8]? {
        guard size >= 0, size <= BlockFormat.rawLimit else { return nil }
        switch Codec(rawValue: codec) {
        case .plain: return content.count == size ? [UInt8](content) : nil
        case .deflate:
            if decompressor == nil { decompressor = libdeflate_alloc_decompressor() }
            guard let decompressor else { return nil }
            var isWhole = false
            let raw = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let status = libdeflate_deflate_decompress(
                    decompressor, content.baseAddress, content.count, buffer.baseAddress, size, nil)
                // Without a place for the real size, anything but exactly `size` bytes is an error.
                isWhole = status == LIBDEFLATE_SUCCESS
                count = isWhole ? size : 0
            }
            return isWhole ? raw : nil
        case nil: return nil
        }
    }

    private func compressor(_ level: Level) -> OpaquePointer? {
        if let known = compressors[level] { return known }
        guard let made = libdeflate_alloc_compressor(level.rawValue) else { return nil }
        compressors[level] = made
        return made
    }
}
