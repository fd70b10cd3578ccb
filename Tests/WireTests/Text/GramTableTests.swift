import Testing
import Wire

struct GramTableTests {
    private static let texts = [
        "ghp_", "gho_", "sk-", "xox", "eyJ", "://", "---", "tok", "pas", "key", "u00", "AKIA", "bea", "aut",
        "cre", "ya29.", "npm_", "hvs.", "jwt", "otp",
    ]

    private static func table() -> GramTable {
        var table = GramTable()
        for text in texts { table.insert(text.utf8) }
        return table
    }

    /// The places that must be told: where a text's first three bytes stand, letters in either case.
    private func places(in bytes: [UInt8]) -> [Int] {
        let heads = Set(Self.texts.map { Array($0.utf8.prefix(3)).map { $0 | 0x20 } })
        guard bytes.count >= 3 else { return [] }
        return (0...(bytes.count - 3)).filter { heads.contains(bytes[$0..<($0 + 3)].map { $0 | 0x20 }) }
    }

    private func told(_ table: GramTable, in bytes: [UInt8]) -> [Int] {
        bytes.withUnsafeBufferPointer { bytes in
            var (told, at) = ([Int](), 0)
            while true {
                at = table.firstOffset(in: bytes, from: at)
                guard at < bytes.count else { return told }
                told.append(at)
                at += 1
            }
        }
    }

    @Test func `tells every place of a text at every offset and length`() {
        let table = Self.table()
        for count in 0...100 {
            for place in stride(from: 0, to: max(0, count - 2), by: 1) {
                var bytes = [UInt8](repeating: UInt8(ascii: "."), count: count)
                bytes.replaceSubrange(place..<(place + 3), with: Array("TOK".utf8))
                #expect(told(table, in: bytes).contains(place), "\(count) bytes, at \(place)")
            }
        }
    }

    @Test func `tells all places in arbitrary bytes, and few others`() {
        let table = Self.table()
        let alphabet = Array("abceghikoprstuxyz_-:/0KTn\n".utf8)
        var random = SplitMix64(seed: 20_261_127)
        var (wanted, others, looked) = (0, 0, 0)
        for _ in 0..<2000 {
            let count = Int(random.next() % 200)
            let bytes = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            let told = Set(told(table, in: bytes))
            let places = Set(places(in: bytes))
            #expect(told.isSuperset(of: places), "\(bytes)")
            wanted += places.count
            others += told.subtracting(places).count
            looked += count
        }
        #expect(wanted > 100)
        // Twenty texts leave one place in three thousand that only looks like one.
        #expect(others < looked / 1000, "\(others) of \(looked)")
    }

    @Test func `fewer than three bytes look for nothing`() {
        var table = GramTable()
        table.insert("ab".utf8)
        #expect(told(table, in: Array("ab ab abab".utf8)) == [])
        #expect(told(table, in: []) == [])
    }
}
