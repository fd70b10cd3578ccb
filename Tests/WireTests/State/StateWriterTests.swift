import Testing
import Wire

struct StateWriterTests {
    @Test func `small values take one byte`() {
        var writer = StateWriter()
        writer.int(0)
        writer.int(-63)
        writer.int(63)
        writer.bool(true)
        #expect(writer.bytes.count == 4)
        writer.string("ab")
        #expect(writer.bytes.suffix(3) == [2, 0x61, 0x62])
    }
}
