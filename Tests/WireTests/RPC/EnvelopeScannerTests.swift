import Testing
import Wire

struct EnvelopeScannerTests {
    static let paths = FieldPaths([
        ["params", "name"], ["params", "_meta", "progressToken"], ["result", "isError"], ["params", "_meta"],
        ["result", "_meta", "io.example/a", "b"], ["error", "code"],
    ])

    static let messages: [String] = [
        #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"a b","_meta":{"progressToken":"é\u0041"}}}"#,
        #"{"jsonrpc":"2.0","id":"x","result":{"isError" : true,"content":[{"name":"no","isError":false}]}}"#,
        #"{"params":{"_meta":{"progressToken":1},"name":"1"},"params":{"name":[{"name":2}]},"method":"m"}"#,
        #"{"jsonrpc":"2.0","result":{"_meta":{"io.example/a":{"b":{"c":[1,2]}}}},"id":3}"#,
        #"{"jsonrpc":"2.0","err\u006fr":{"cod\u0065":-32601.0,"message":"\ud83d"},"id":null}"#,
        #"[{"jsonrpc":"2.0","id":1,"method":"a"},{"params":{"name":1}},null,"x",[[]],-1.5e+3]"#,
        "  {\"jsonrpc\":\"2.0\",\"method\":\"日本語 текст 😀 and a longer tail\" , \"id\":true}\r",
        #"{"jsonrpc":"2.0","params":{"name":nul"#, "12.5e", "{\"a\":\"\u{1}\"}", "", "  ", "0", "log: ready",
    ]

    struct Outcome: Equatable {
        var envelope: Envelope
        var captures: [Int: [UInt8]]
    }

    private func outcome(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var scanner = EnvelopeScanner(watching: EnvelopeScannerTests.paths)
        for piece in pieces { scanner.push(piece) }
        #expect(scanner.size == pieces.reduce(0) { $0 + $1.count })
        let envelope = scanner.finish()
        return Outcome(envelope: envelope, captures: scanner.captures)
    }

    private func captures(_ text: String) -> [String?] {
        let captures = outcome([Array(text.utf8)[...]]).captures
        return EnvelopeScannerTests.paths.paths.indices.map { index in
            captures[index].map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func `captures the JSON text of watched paths`() {
        let messages = EnvelopeScannerTests.messages
        #expect(
            captures(messages[0])
                == ["\"a b\"", #""é\u0041""#, nil, #"{"progressToken":"é\u0041"}"#, nil, nil])
        #expect(captures(messages[1]) == [nil, nil, "true", nil, nil, nil])
        #expect(captures(messages[2]) == [#"[{"name":2}]"#, nil, nil, nil, nil, nil])
        #expect(captures(messages[3]) == [nil, nil, nil, nil, #"{"c":[1,2]}"#, nil])
        #expect(captures(messages[4]) == [nil, nil, nil, nil, nil, "-32601.0"])
        #expect(captures(messages[5]) == [nil, nil, nil, nil, nil, nil])
    }

    @Test func `a long capture is cut on a character's boundary`() {
        let long = "\"" + String(repeating: "é", count: 4000) + "\""
        let captured = captures(#"{"params":{"name":\#(long)}}"#)[0]
        #expect(captured?.utf8.count == 4095)
        #expect(captured.map { long.hasPrefix($0) } == true)
    }

    @Test(arguments: messages)
    func `the outcome does not depend on the pieces`(_ message: String) {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let bytes = Array(message.utf8)
        let whole = outcome([bytes[...]])
        #expect(whole.envelope == Envelope.scan(bytes[...]))
        #expect(outcome(bytes.indices.map { bytes[$0...$0] }) == whole)
        for _ in 0..<20 {
            #expect(
                outcome(random.cut(bytes, cuts: Int.random(in: 1...6, using: &random))) == whole,
                "seed \(seed)")
        }
    }

    @Test(arguments: messages)
    func `goes on from a checkpoint at any byte`(_ message: String) throws {
        let bytes = Array(message.utf8)
        let whole = outcome([bytes[...]])
        for cut in 0...bytes.count {
            var first = EnvelopeScanner(watching: EnvelopeScannerTests.paths)
            first.push(bytes[..<cut])
            var writer = StateWriter()
            first.save(to: &writer)
            var reader = StateReader(writer.bytes)
            var second = try EnvelopeScanner(from: &reader, watching: EnvelopeScannerTests.paths)
            #expect(reader.isAtEnd)
            #expect(second == first)
            second.push(bytes[cut...])
            let envelope = second.finish()
            #expect(Outcome(envelope: envelope, captures: second.captures) == whole)
        }
    }

    @Test func `a checkpoint keeps deep nesting`() throws {
        let text = Array((String(repeating: "[{\"a\":", count: 200)).utf8)
        let tail = Array(("1" + String(repeating: "}]", count: 200)).utf8)
        var first = EnvelopeScanner()
        first.push(text[...])
        var writer = StateWriter()
        first.save(to: &writer)
        var reader = StateReader(writer.bytes)
        var second = try EnvelopeScanner(from: &reader, watching: .none)
        second.push(tail[...])
        #expect(second.finish().shape == .batch)
    }

    @Test func `a damaged checkpoint throws or goes on, and never traps`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let bytes = Array(EnvelopeScannerTests.messages[0].utf8)
        for _ in 0..<400 {
            let cut = Int.random(in: 0...bytes.count, using: &random)
            var scanner = EnvelopeScanner(watching: EnvelopeScannerTests.paths)
            scanner.push(bytes[..<cut])
            var writer = StateWriter()
            scanner.save(to: &writer)
            var state = writer.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<state.count, using: &random)
                state[place] = UInt8.random(in: 0...255, using: &random)
            }
            var reader = StateReader(state)
            guard
                var resumed = try? EnvelopeScanner(from: &reader, watching: EnvelopeScannerTests.paths)
            else { continue }
            resumed.push(bytes[cut...])
            _ = resumed.finish()
        }
    }

    @Test func `random bytes never trap`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let alphabet = Array("{}[]:,\"\\u0d8ab 1.eE-+truefalsn".utf8) + [0xFF, 0xC3, 0xA9, 0x00]
        for _ in 0..<400 {
            let bytes = (0..<Int.random(in: 0...50, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let whole = outcome([bytes[...]])
            #expect(outcome(random.cut(bytes, cuts: 3)) == whole, "seed \(seed): \(bytes)")
        }
    }

    @Test func `a very long batch lists what the limit allows and counts the rest`() {
        let extra = 3
        let bytes = Array("[0" + String(repeating: ",0", count: Envelope.memberLimit - 1 + extra) + "]").map {
            $0.asciiValue ?? 0
        }
        let envelope = Envelope.scan(bytes[...])
        #expect(envelope.members.count == Envelope.memberLimit)
        #expect(envelope.unlistedMembers == extra)
    }
}
