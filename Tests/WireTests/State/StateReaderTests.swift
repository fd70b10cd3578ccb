import Testing
import Wire

struct StateReaderTests {
    @Test func `reads back what was written`() throws {
        var writer = StateWriter()
        let numbers: [Int64] = [0, 1, -1, 63, 64, -64, 8191, 8192, .max, .min]
        writer.array(numbers) { $0.int($1) }
        writer.int(UInt64.max)
        writer.int(UInt8(7))
        writer.bool(true)
        writer.bytes([0, 255, 3])
        writer.string("grüße")
        writer.optional(nil as String?) { $0.string($1) }
        writer.optional("x") { $0.string($1) }

        var reader = StateReader(writer.bytes)
        let read = try reader.array(limit: 10) { reader throws(StateReader.Failure) in
            try reader.int(Int64.self)
        }
        #expect(read == numbers)
        #expect(try reader.int() as UInt64 == .max)
        #expect(try reader.int(Int.self) == 7)
        #expect(try reader.bool())
        #expect(try reader.bytes() == [0, 255, 3])
        #expect(try reader.string() == "grüße")
        #expect(try reader.optional { reader throws(StateReader.Failure) in try reader.string() } == nil)
        #expect(try reader.optional { reader throws(StateReader.Failure) in try reader.string() } == "x")
        #expect(reader.isAtEnd)
        #expect(throws: StateReader.Failure.short) { try reader.bool() }
    }

    @Test func `a value that does not fit is malformed`() {
        var writer = StateWriter()
        writer.int(300)
        var reader = StateReader(writer.bytes)
        #expect(throws: StateReader.Failure.malformed) { try reader.int(UInt8.self) }
        var negative = StateWriter()
        negative.int(-1)
        var unsigned = StateReader(negative.bytes)
        #expect(throws: StateReader.Failure.malformed) { try unsigned.int(UInt.self) }
    }

    @Test func `a count above the limit is malformed`() {
        var writer = StateWriter()
        writer.int(5)
        var reader = StateReader(writer.bytes)
        #expect(throws: StateReader.Failure.malformed) { try reader.count(limit: 4) }
    }

    @Test func `random bytes never trap`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let bytes = random.bytes(upTo: 20)
            var integers = StateReader(bytes)
            while (try? integers.int(Int32.self)) != nil {}
            var texts = StateReader(bytes)
            while (try? texts.string()) != nil {}
            var wide = StateReader(bytes)
            while (try? wide.int(UInt64.self)) != nil {}
        }
    }
}
