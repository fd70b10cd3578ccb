import Testing

@testable import Recording

struct FileBodyFormTests {
    @Test(arguments: [
        ("{}", FileBodyForm.json), (" [1] \r", .json), ("1E5", .json), ("\"é\"", .json), ("", .text),
        (" ", .text),
        ("{", .text), ("{}\n", .text), ("\"\u{2028}\"", .text), ("\"\u{2029}\"", .text),
        ("\u{FEFF}{}", .text),
        ("\"\u{2027}\u{202A}\u{FEFE}\"", .json), ("a\u{0}", .text), ("{\"a\":1}{}", .text),
    ])
    func `the form follows from the bytes`(text: String, form: FileBodyForm) {
        #expect(FileBodyForm.of(Array(text.utf8)[...]) == form)
    }

    @Test(
        arguments: [
            [0xFF], [0x22, 0xC3, 0x22], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func `invalid UTF-8 is base64`(bytes: [UInt8]) {
        #expect(FileBodyForm.of(bytes[...]) == .base64)
    }

    @Test func `parts of any size give the form of the whole`() {
        var random = SeededRandom(seed: 42)
        let pieces: [[UInt8]] = [
            [0xE2], [0x80], [0xA8], [0xEF], [0xBB], [0xBF], [0x22], [0x61], [0xC3, 0xA9],
            [0xF0, 0x9F, 0x98, 0x80], [0xFF],
        ]
        for _ in 0..<2_000 {
            var bytes: [UInt8] = [0x22]
            for _ in 0..<random.below(6) { bytes += pieces[random.below(pieces.count - random.below(2))] }
            bytes += [0x22]
            var scan = FileBodyScan()
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = 1 + random.below(3)
                scan.push(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(scan.form == FileBodyForm.of(bytes[...]), "\(bytes)")
        }
    }
}
