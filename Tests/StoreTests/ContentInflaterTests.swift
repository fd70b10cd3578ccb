import CZlib
import Recording
import Testing

@testable import Store

struct ContentInflaterTests {
    /// `text` under zlib's frame (15) or gzip's (31).
    private func deflated(_ text: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var text = text
        var output = [UInt8](repeating: 0, count: text.count + 1000)
        let count = text.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output -> Int in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                _ = deflate(&stream, Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        return Array(output[..<count])
    }

    private func decode(_ coding: String, _ pieces: [ArraySlice<UInt8>]) throws -> (
        bytes: [UInt8], isWell: Bool
    ) {
        let decoder = try #require(ContentInflater.decoder(for: coding))
        var bytes: [UInt8] = []
        var isWell = true
        for piece in pieces { isWell = decoder.push(piece) { bytes += $0 } && isWell }
        return (bytes, isWell)
    }

    @Test func `gzip and deflate are undone, whole and byte by byte`() throws {
        let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7 &* 31) }
        for (coding, windowBits) in [("gzip", Int32(31)), ("deflate", 15), ("x-gzip", 31)] {
            let coded = deflated(text, windowBits: windowBits)
            let whole = try decode(coding, [coded[...]])
            #expect(whole.bytes == text && whole.isWell)
            let single = try decode(coding, coded.indices.map { coded[$0...$0] })
            #expect(single.bytes == text && single.isWell)
        }
    }

    @Test func `damage is told, and an unknown coding has no decoder`() throws {
        var coded = deflated(Array("hello hello hello".utf8), windowBits: 31)
        coded[coded.count - 6] ^= 0xFF
        #expect(try !decode("gzip", [coded[...]]).isWell)
        #expect(ContentInflater.decoder(for: "br") == nil)
        #expect(ContentInflater.decoder(for: "gzip, br") == nil)
    }
}
