import Testing
import Wire

struct LineFramerTests {
    typealias Frame = LineFramer.Frame

    /// Every frame of `chunks`, the unterminated rest included, and what each is.
    private func frames(_ chunks: [ArraySlice<UInt8>], partSize: Int) -> [Frame] {
        var framer = LineFramer(partSize: partSize)
        var frames: [Frame] = []
        for chunk in chunks { framer.push(chunk) { frames.append($0) } }
        if let rest = framer.finish() { frames.append(rest) }
        #expect(framer == LineFramer(partSize: partSize))
        return frames
    }

    private func frame(_ text: String, first: Bool = true, last: Bool = true, lineFeed: Bool = true) -> Frame
    {
        Frame(bytes: Array(text.utf8)[...], isFirst: first, isLast: last, hasLineFeed: lineFeed)
    }

    @Test func `cuts at line feeds and keeps carriage returns`() {
        let bytes = Array("one\r\n\n{\"a\":1}\nrest".utf8)
        #expect(
            frames([bytes[...]], partSize: 100) == [
                frame("one\r"), frame(""), frame("{\"a\":1}"), frame("rest", lineFeed: false),
            ])
    }

    @Test func `a long line comes in parts and the last is never empty`() {
        let bytes = Array("abcdef\nabcdefgh\nxyzz".utf8)
        #expect(
            frames([bytes[...]], partSize: 3) == [
                frame("abc", last: false, lineFeed: false), frame("def", first: false),
                frame("abc", last: false, lineFeed: false),
                frame("def", first: false, last: false, lineFeed: false), frame("gh", first: false),
                frame("xyz", last: false, lineFeed: false), frame("z", first: false, lineFeed: false),
            ])
    }

    @Test func `a line within the chunk is a slice of it`() {
        let bytes = Array("one\ntwo\n".utf8)
        var framer = LineFramer()
        let found = framer.push(bytes[...])
        #expect(found.map { $0.bytes.indices } == [0..<3, 4..<7])
    }

    @Test func `frames do not depend on the chunks`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        for _ in 0..<150 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                Bool.random(using: &random) && Bool.random(using: &random)
                    ? 0x0A : UInt8.random(in: 0x60...0x7A, using: &random)
            }
            let partSize = Int.random(in: 1...20, using: &random)
            let whole = frames([bytes[...]], partSize: partSize)
            let single = frames(bytes.indices.map { bytes[$0...$0] }, partSize: partSize)
            let cuts = frames(random.cut(bytes, cuts: 5), partSize: partSize)
            #expect(single == whole, "seed \(seed)")
            #expect(cuts == whole, "seed \(seed)")
            var text: [UInt8] = []
            for frame in whole { text += Array(frame.bytes) + (frame.hasLineFeed ? [0x0A] : []) }
            #expect(text == bytes, "seed \(seed)")
        }
    }

    @Test func `goes on from a checkpoint at any byte`() {
        let bytes = Array("ab\nabcdefgh\n\nxyz".utf8)
        let whole = frames([bytes[...]], partSize: 3)
        for cut in 0...bytes.count {
            var first = LineFramer(partSize: 3)
            var found = first.push(bytes[..<cut])
            var second = LineFramer(
                partSize: first.partSize, pending: first.pending, isInsideLine: first.isInsideLine)
            #expect(second == first)
            found += second.push(bytes[cut...])
            if let rest = second.finish() { found.append(rest) }
            #expect(found == whole)
        }
    }

    @Test func `after a gap the next frame is inside a line`() {
        var framer = LineFramer(partSize: 8)
        #expect(framer.push([0x61]) == [])
        #expect(framer.finish() == frame("a", lineFeed: false))
        framer.resynchronize()
        #expect(framer.isInsideLine)
        #expect(
            framer.push(Array("tail\nnext\n".utf8)[...]) == [frame("tail", first: false), frame("next")])
        framer.resynchronize()
        #expect(framer.finish() == nil)
        #expect(!framer.isInsideLine)
    }

    @Test func `a checkpoint that no framer wrote does not trap`() {
        var framer = LineFramer(partSize: 0, pending: [1, 10, 3], isInsideLine: true)
        #expect(framer.pending == [1])
        #expect(
            framer.push([10, 5]) == [
                Frame(bytes: [1], isFirst: false, isLast: true, hasLineFeed: true)
            ])
    }
}
