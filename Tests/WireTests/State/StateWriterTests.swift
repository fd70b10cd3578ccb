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

    @Test func `an integer is written in one way, whatever its type`() {
        func bytes(ofAny value: some FixedWidthInteger) -> [UInt8] {
            var writer = StateWriter()
            writer.int(value)
            return writer.bytes
        }
        for value in [0, 1, -1, 63, -64, 64, 8191, -8192, 1 << 40, .max, .min] as [Int64] {
            var (writer, same) = (StateWriter(reserving: 4), StateWriter())
            writer.int(value)
            same.int(Int(value))
            #expect(writer.bytes == bytes(ofAny: value) && same.bytes == writer.bytes)
        }
        for value in [0, 1 << 63, .max] as [UInt64] {
            var writer = StateWriter()
            writer.int(value)
            #expect(writer.bytes == bytes(ofAny: value))
        }
    }
}
