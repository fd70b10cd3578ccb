import Testing

@testable import Wire

struct JSONGrammarTests {
    static let valid: [String] = [
        "0", "-0", "1", "-1", "10", "1.0", "1e0", "1E+5", "1e-5", "123456789012345678901234567890", "0.1e400",
        "true", "false", "null", "\"\"", "[]", "{}", " [ ] ", "\t{\r\n}\n", "[[]]", "[{}]", "[1,2]",
        #"{"a":1}"#, #"{"a":{"b":[true,false,null]}}"#, #"{"":0}"#, #"{"a":1,"a":2}"#, #"[1 , "x" ]"#,
        #""\"\\\/\b\f\n\r\t""#, #""\u0000\uD800\udfff\uAbCd""#, #""\ud83d\ude00""#, "\"\u{7f}\"", "\"é€😀\"",
        "\"\u{2028}\u{FEFF}\"", #"{"\u0069d":1}"#, "\"a string that is longer than one block of the kernel\"",
        #"{"a":[],"b":{},"c":""}"#, "[0,0.0,-0.0e-0]", "1 ", "\"x\" \r",
    ]

    static let invalid: [String] = [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[}", "{]", "[\"a\":1]",
        "{\"a\",1}",
        "01", "-", "-01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1eE2", "0x10", "1a", "1-2", "--1", "NaN",
        "Infinity", "-Infinity", "tru", "truex", "nul", "fals", "True", "nulll", "t", "\"", "\"a", "'a'",
        "\"\\\"",
        #""\a""#, "\"\\\n\"", "\"\\ n\"", #""\u12""#, #""\u12g4""#, #""\u""#, #""\U0041""#, "\"\t\"",
        "\"\n\"", "\"\u{0}\"", "\"a\"b",
        "1 1",
        "[] []", "{} x", "// c\n1", "/**/1", "\u{FEFF}1", "é", "[\u{A0}1]", "\u{0}", "1\u{0}", "\u{c}1", ":",
        ",",
    ]

    @Test(arguments: valid)
    func `accepts what the RFC allows`(_ text: String) {
        #expect(JSONText.isValid(Array(text.utf8)[...]))
        #expect(ReferenceJSON.isValid(Array(text.utf8)))
    }

    @Test(arguments: invalid)
    func `refuses what the RFC does not allow`(_ text: String) {
        #expect(!JSONText.isValid(Array(text.utf8)[...]))
        #expect(!ReferenceJSON.isValid(Array(text.utf8)))
    }

    @Test func `refuses a string with bad UTF-8, anywhere in it`() {
        let tails: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0xFF],
        ]
        for tail in tails {
            for lead in [0, 1, 15, 16, 17, 40] {
                let text = [0x22] + Array(repeating: UInt8(0x61), count: lead) + tail + [0x22]
                var grammar = JSONGrammar(depthLimit: 8)
                var events = NoJSONEvents()
                text.withUnsafeBufferPointer { grammar.push($0, to: &events) }
                #expect(grammar.state == .failed)
                #expect(grammar.failure == .invalidUTF8)
            }
        }
    }

    @Test func `knows the nesting at any depth and stops at its limit`() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 500, 1024] {
            let open = (0..<depth).map { $0 % 3 == 0 ? "[" : "{\"a\":" }.joined()
            let close = (0..<depth).reversed().map { $0 % 3 == 0 ? "]" : "}" }.joined()
            let whole = Array((open + "0" + close).utf8)
            #expect(JSONText.isValid(whole[...]), "depth \(depth)")
            #expect((JSONTree(whole[...]) != nil) == (depth <= JSONTree.depthLimit))
            let wrong = Array((open + "0" + close.replacing(at: depth / 2)).utf8)
            #expect(!JSONText.isValid(wrong[...]), "depth \(depth)")
        }
        #expect(!JSONText.isValid(Array(String(repeating: "[", count: 1025).utf8)[...]))
        let tooDeep = String(repeating: "[", count: 1025) + String(repeating: "]", count: 1025)
        #expect(!JSONText.isValid(Array(tooDeep.utf8)[...]))
    }

    @Test func `agrees with a slow reading on mutated texts, however they are cut`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let alphabet = Array("{}[]:,\"\\ 01eE.+-truefalsn\n\tu\u{1}é".utf8) + [0xFF, 0x80, 0xED]
        for _ in 0..<1500 {
            var text = Array((JSONGrammarTests.valid.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                let byte = alphabet.randomElement(using: &random) ?? 0
                switch Int.random(in: 0...2, using: &random) {
                case 0: text.insert(byte, at: place)
                case 1 where place < text.count: text.remove(at: place)
                default: if place < text.count { text[place] = byte }
                }
            }
            let expected = ReferenceJSON.isValid(text)
            #expect(JSONText.isValid(text[...]) == expected, "seed \(seed): \(text)")
            var grammar = JSONGrammar(depthLimit: 64)
            var events = NoJSONEvents()
            for slice in random.cut(text, cuts: 4) {
                slice.withUnsafeBufferPointer { grammar.push($0, to: &events) }
            }
            grammar.finish(to: &events)
            #expect(grammar.isComplete == expected, "seed \(seed): \(text)")
        }
    }
}

extension String {
    /// The text with the bracket at `place` turned into the other kind.
    fileprivate func replacing(at place: Int) -> String {
        var bytes = Array(utf8)
        bytes[place] = bytes[place] == UInt8(ascii: "]") ? UInt8(ascii: "}") : UInt8(ascii: "]")
        return String(decoding: bytes, as: UTF8.self)
    }
}
