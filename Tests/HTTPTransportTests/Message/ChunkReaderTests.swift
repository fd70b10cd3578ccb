import Testing

@testable import HTTPTransport

struct ChunkReaderTests {
    private static let body =
        "5;ext=\"a b\"\r\nhello\r\n10\r\n0123456789abcdef\r\n1\r\n\n\r\n0\r\nA: 1\r\nb:2\r\n\r\n"

    @Test func `any cut of the bytes gives the same content`() throws {
        let bytes = Array(Self.body.utf8)
        for step in 1...bytes.count {
            var reader = ChunkReader()
            var content: [UInt8] = []
            var pieces: [Range<Int>] = []
            for start in stride(from: 0, to: bytes.count, by: step) {
                let part = Array(bytes[start..<min(start + step, bytes.count)])
                let taken = try part.withUnsafeBytes { buffer in
                    pieces.removeAll()
                    return try reader.take(buffer, content: &pieces)
                }
                #expect(taken == part.count)
                for piece in pieces { content += part[piece] }
            }
            #expect(reader.isComplete)
            #expect(String(decoding: content, as: UTF8.self) == "hello0123456789abcdef\n")
            #expect(String(decoding: reader.trailers, as: UTF8.self) == "A: 1\r\nb:2\r\n")
        }
    }

    @Test func `what follows the body is not taken`() throws {
        var reader = ChunkReader()
        var pieces: [Range<Int>] = []
        let bytes = Array("0\r\n\r\nGET /".utf8)
        #expect(try bytes.withUnsafeBytes { try reader.take($0, content: &pieces) } == 5)
        #expect(reader.isComplete && pieces.isEmpty)
    }

    @Test func `trailers are bounded`() {
        var reader = ChunkReader()
        var pieces: [Range<Int>] = []
        let bytes = Array("0\r\nA: \(String(repeating: "x", count: ChunkReader.trailerLimit))\r\n\r\n".utf8)
        #expect(throws: MessageFault.trailer) {
            try bytes.withUnsafeBytes { _ = try reader.take($0, content: &pieces) }
        }
    }
}
