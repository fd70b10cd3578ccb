import Recording
import Testing
import Wire

@testable import Replay

struct RedactedGroupsTests {
    private static func call(_ token: String, _ number: String = "1") -> [UInt8] {
        Array(
            (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"#
                + #""token":"\#(token)","n":\#(number)}}}"#).utf8)
    }

    private static func placeholder(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "[redacted:secret:" + String(repeating: "0", count: 12 - digits.utf8.count) + digits + "]"
    }

    /// `count` recorded calls that differ in a token alone, and how often one was compared.
    private struct Stage {
        let recorded: [[UInt8]]
        var groups: RedactedGroups
        var taken: Set<Int> = []
        var looks = 0

        init(_ recorded: [[UInt8]], redactor: Redactor? = nil) {
            self.recorded = recorded
            groups = RedactedGroups(redactor: redactor)
            for (index, text) in recorded.enumerated() {
                groups.insert(
                    index, method: "tools/call",
                    RedactedGroups.Recorded(text: text[...], reduced: ReducedContent()))
            }
        }

        mutating func ask(_ live: [UInt8]) -> Int? {
            var count = 0
            let finding = groups.finding(
                for: live[...], method: "tools/call",
                recorded: { group in
                    count += 1
                    return RedactedGroups.Recorded(text: recorded[group][...], reduced: ReducedContent())
                }, isTaken: { taken.contains($0) })
            looks += count
            guard case .match(let group, let match) = finding else { return nil }
            groups.take(match.fresh, method: "tools/call")
            taken.insert(group)
            return group
        }
    }

    @Test func `thousands of requests that differ in a token cost a comparison or two each`() {
        let count = 3000
        var stage = Stage((0..<count).map { Self.call(Self.placeholder($0)) })
        for number in 0..<count { #expect(stage.ask(Self.call("live \(number)")) == number) }
        #expect(stage.looks <= count)
        // Again: each finds the one that met its value, not the next.
        for number in (0..<count).reversed() { #expect(stage.ask(Self.call("live \(number)")) == number) }
        #expect(stage.looks <= 2 * count)
    }

    @Test func `with the key each finds its own whatever the order, and no other is compared`() throws {
        let count = 1000
        let redactor = Redactor(rules: RedactionRules(), key: Array(repeating: 7, count: Redactor.keySize))
        let recorded = (0..<count).map { number -> [UInt8] in
            let digits = redactor.digits(of: Array("live \(number)".utf8))[0]
            return Self.call("[redacted:secret:\(digits)]")
        }
        var stage = Stage(recorded, redactor: redactor)
        for number in (0..<count).reversed() { #expect(stage.ask(Self.call("live \(number)")) == number) }
        #expect(stage.looks <= 2 * count)
    }

    @Test func `the digits are those of the placeholder that is made`() {
        let redactor = Redactor(rules: RedactionRules(), key: Array(repeating: 7, count: Redactor.keySize))
        let value = Array("value".utf8)
        let digits = redactor.digits(of: value)
        #expect(digits.count == 2 && digits[0] != digits[1])
        #expect(digits.allSatisfy { redactor.makes(placeholderWith: $0, of: value) })
        #expect(!redactor.makes(placeholderWith: digits[0], of: Array("other".utf8)))
    }

    @Test func `what is part of a value, and a value that differs elsewhere, is still found`() {
        var stage = Stage([
            Self.call("Bearer \(Self.placeholder(1))"), Self.call(Self.placeholder(2), "2"),
            Self.call(Self.placeholder(3), "3"),
        ])
        #expect(stage.ask(Self.call("x", "3")) == 2)
        #expect(stage.ask(Self.call("Bearer y")) == 0)
        #expect(stage.ask(Self.call("x", "3")) == 2)
        // Its placeholder met another value, and nothing else serves.
        #expect(stage.ask(Self.call("z", "3")) == nil)
        #expect(stage.ask(Self.call("z", "2")) == 1)
        #expect(stage.ask(Self.call("z", "4")) == nil)
    }
}
