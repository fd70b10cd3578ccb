import NIOCore
import Testing

@testable import HTTPTransport

struct HeadReaderTests {
    @Test func `a head is found however it is cut`() throws {
        let bytes = Array("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest".utf8)
        for step in 1...bytes.count {
            var reader = HeadReader()
            var buffer = ByteBuffer()
            var found: [[UInt8]] = []
            for start in stride(from: 0, to: bytes.count, by: step) {
                buffer.writeBytes(bytes[start..<min(start + step, bytes.count)])
                if found.isEmpty, let head = try reader.take(from: &buffer) { found.append(head) }
            }
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == ["GET / HTTP/1.1\r\nHost: a\r\n"])
            #expect(String(buffer: buffer) == "rest")
        }
    }

    @Test func `a head has a size limit whether it ends or not`() {
        for end in ["", "\r\n\r\n"] {
            var reader = HeadReader()
            var buffer = ByteBuffer(
                string: "GET /\(String(repeating: "a", count: HeadReader.sizeLimit)) HTTP/1.1\(end)")
            #expect(throws: MessageFault.headTooLarge) { _ = try reader.take(from: &buffer) }
        }
    }
}
