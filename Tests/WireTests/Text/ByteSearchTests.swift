import Testing
import Wire

struct ByteSearchTests {
    @Test func `finds the first occurrence, as a slow search does`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                "abAB{".utf8.randomElement(using: &random) ?? 0
            }
            let needle = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                "abAB{[".utf8.randomElement(using: &random) ?? 0
            }
            for folds in [false, true] {
                let search = ByteSearch(needle, ignoringCase: folds)
                #expect(search.firstIndex(in: text[...]) == slowly(needle, text, folds))
            }
        }
    }

    @Test func `an empty needle is everywhere, and nothing is in nothing`() {
        #expect(ByteSearch([]).firstIndex(in: [1, 2]) == 0)
        #expect(ByteSearch([]).firstIndex(in: []) == 0)
        #expect(ByteSearch([1]).firstIndex(in: []) == nil)
    }

    @Test func `a slice keeps its own indices`() {
        let bytes: [UInt8] = [9, 1, 2, 3]
        #expect(ByteSearch([2, 3]).firstIndex(in: bytes[1...]) == 2)
    }

    private func slowly(_ needle: [UInt8], _ text: [UInt8], _ folds: Bool) -> Int? {
        func folded(_ byte: UInt8) -> UInt8 { folds && (65...90).contains(byte) ? byte + 32 : byte }
        guard needle.count <= text.count else { return nil }
        return (0...(text.count - needle.count)).first { start in
            needle.indices.allSatisfy { folded(text[start + $0]) == folded(needle[$0]) }
        }
    }
}
