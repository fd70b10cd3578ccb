import Recording
import Testing
import Wire

@testable import Replay

/// Law 6: what was redacted under one key replays for any client, with no key.
struct PlaceholderMatchTests {
    private static func request(_ id: Int, _ arguments: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"login","arguments":"#
            + arguments + "}}"
    }

    private static func answer(_ id: Int, _ text: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[{"type":"text","text":"\#(text)"}]}}"#
    }

    /// A session in which the arguments of each call were redacted under `key`.
    private static func recorded(
        _ arguments: String..., key: UInt8 = 7, replayedUnder other: UInt8? = nil
    ) throws -> Mock {
        let redactor = redactor(key)
        var lines: [String] = []
        for (index, arguments) in arguments.enumerated() {
            let line = request(index + 1, arguments)
            let redacted = redactor.redact(
                Array(line.utf8)[...], in: RedactionContext(direction: .clientToServer))
            #expect(!redacted.redactions.isEmpty, "\(line)")
            lines.append("c " + String(decoding: redacted.bytes, as: UTF8.self))
            lines.append("s " + answer(index + 1, "answer \(index + 1)"))
        }
        let session = RecordedSession(lines.joined(separator: "\n"))
        return try Mock(
            session, of: session.id, key: other.map { Array(repeating: $0, count: Redactor.keySize) })
    }

    private static func redactor(_ key: UInt8) -> Redactor {
        Redactor(rules: RedactionRules(), key: Array(repeating: key, count: Redactor.keySize))
    }

    @Test func `the real secret is answered, whatever the key was`() throws {
        var mock = try Self.recorded(#"{"user":"ann","password":"swordfish-9"}"#)
        let answers = mock.hears(Self.request(8, #"{"password":"swordfish-9","user":"ann"}"#))
        #expect(answers == [Self.answer(8, "answer 1")])
        #expect(mock.misses.isEmpty)
        #expect(mock.report.redactedValues == 1)
        #expect(mock.report.lines.contains { $0.contains("1 value not compared") })
        #expect(!mock.report.isClean)
    }

    @Test func `a dummy that no rule would detect is answered`() throws {
        var mock = try Self.recorded(#"{"user":"ann","password":"swordfish-9"}"#)
        #expect(
            mock.hears(Self.request(8, #"{"user":"ann","password":"x"}"#)) == [Self.answer(8, "answer 1")])
    }

    @Test func `a value of another type misses, and so does anything else that differs`() throws {
        var mock = try Self.recorded(#"{"user":"ann","password":"swordfish-9"}"#)
        for arguments in [
            #"{"user":"ann","password":5}"#, #"{"user":"ann","password":null}"#,
            #"{"user":"ann","password":{"a":"b"}}"#, #"{"user":"bob","password":"swordfish-9"}"#,
            #"{"user":"ann"}"#, #"{"user":"ann","password":"x","more":1}"#,
        ] { _ = mock.hears(Self.request(8, arguments)) }
        #expect(mock.misses.count == 6)
        #expect(mock.misses.allSatisfy { $0.reason == .differs })
    }

    @Test func `a miss does not tell the secret`() throws {
        var mock = try Self.recorded(#"{"user":"ann","password":"swordfish-9"}"#)
        let answers = mock.hears(Self.request(8, #"{"user":"bob","password":"swordfish-9"}"#))
        #expect(answers.count == 1 && !answers[0].contains("swordfish-9"))
        #expect(mock.misses.first?.differences.map(\.pointer) == ["/arguments/user"])
    }

    @Test func `inside of a longer text the rest must agree`() throws {
        let token = "ghp_" + String(repeating: "aB3", count: 12)
        var mock = try Self.recorded(#"{"header":"run with \#(token) today"}"#)
        #expect(
            mock.hears(Self.request(8, #"{"header":"run with \#(token) today"}"#))
                == [Self.answer(8, "answer 1")])
        #expect(mock.misses.isEmpty)
        _ = mock.hears(Self.request(9, #"{"header":"run with \#(token) tomorrow"}"#))
        #expect(mock.misses.map(\.reason) == [.differs])
        var other = try Self.recorded(#"{"header":"run with \#(token) today"}"#)
        #expect(other.hears(Self.request(8, #"{"header":"run with a b today"}"#)).count == 1)
        #expect(other.misses.isEmpty)
    }

    @Test func `a password that is a number meets a number`() throws {
        var mock = try Self.recorded(#"{"otp":123456}"#)
        #expect(mock.hears(Self.request(8, #"{"otp":777}"#)) == [Self.answer(8, "answer 1")])
        _ = mock.hears(Self.request(9, #"{"otp":"777"}"#))
        #expect(mock.misses.count == 1)
    }

    @Test func `one placeholder meets one value, and the miss says so without telling it`() throws {
        var mock = try Self.recorded(
            #"{"step":1,"password":"swordfish-9"}"#, #"{"step":2,"password":"swordfish-9"}"#)
        _ = mock.hears(Self.request(8, #"{"step":1,"password":"first-value"}"#))
        let answers = mock.hears(Self.request(9, #"{"step":2,"password":"second-value"}"#))
        #expect(mock.misses.map(\.reason) == [.redactedValueChanged])
        #expect(mock.misses.first?.nearest == 2)
        #expect(answers.count == 1 && !answers[0].contains("second-value"))
        #expect(answers.first?.contains("has another secret at /arguments than before") ?? false)
        #expect(
            mock.hears(Self.request(10, #"{"step":2,"password":"first-value"}"#))
                == [Self.answer(10, "answer 2")])
    }

    @Test func `two secrets in the same place are told apart by the order in which they come`() throws {
        var mock = try Self.recorded(#"{"password":"swordfish-9"}"#, #"{"password":"trout-and-8"}"#)
        #expect(mock.hears(Self.request(8, #"{"password":"a"}"#)) == [Self.answer(8, "answer 1")])
        #expect(mock.hears(Self.request(9, #"{"password":"b"}"#)) == [Self.answer(9, "answer 2")])
        #expect(mock.hears(Self.request(10, #"{"password":"a"}"#)) == [Self.answer(10, "answer 1")])
    }

    @Test func `under the same key the digits decide, under another one the order does`() throws {
        let token = "ghp_" + String(repeating: "aB3", count: 12)
        let sets = [
            (#"{"password":"swordfish-9"}"#, #"{"password":"trout-and-8"}"#),
            (#"{"otp":123456}"#, #"{"otp":654321}"#),
            (#"{"q":"use \#(token) now"}"#, #"{"q":"use \#(token)X now"}"#),
        ]
        for (first, second) in sets {
            var same = try Self.recorded(first, second, replayedUnder: 7)
            #expect(same.hears(Self.request(8, second)) == [Self.answer(8, "answer 2")])
            #expect(same.hears(Self.request(9, first)) == [Self.answer(9, "answer 1")])
            #expect(same.hears(Self.request(10, second)) == [Self.answer(10, "answer 2")])
            #expect(same.misses.isEmpty && same.report.redactedValues == 3)
            var other = try Self.recorded(first, second, replayedUnder: 8)
            #expect(other.hears(Self.request(8, second)) == [Self.answer(8, "answer 1")])
            // A value that was not recorded is served in order.
            var dummy = try Self.recorded(first, second, replayedUnder: 7)
            #expect(
                dummy.hears(
                    Self.request(
                        8,
                        first.replacing("9", with: "3").replacing("1", with: "5").replacing("aB", with: "cD"))
                )
                    == [Self.answer(8, "answer 1")])
        }
    }

    @Test func `a miss of a redacted recording tells no secret, wherever in the request it is`() throws {
        let token = "ghp_" + String(repeating: "aB3", count: 12)
        let session = RecordedSession(
            """
            c \(Self.request(1, #"{"q":"use \#(token) now"}"#))
            s \(Self.answer(1, "answer 1"))
            """)
        let source = RedactedSource(session, LaterRedaction(Self.redactor(7)))
        for key in [nil, [UInt8](repeating: 7, count: Redactor.keySize)] {
            var mock = try Mock(source, of: session.id, key: key)
            for arguments in [
                #"{"q":"use \#(token) later"}"#, #"{"q":"x","password":"swordfish-9"}"#,
                #"{"q":["\#(token)"]}"#,
            ] {
                let told = mock.hears(Self.request(8, arguments)).joined() + "\(mock.misses)"
                #expect(!told.contains(token) && !told.contains("swordfish-9"), "\(told)")
            }
            let renamed = Self.request(9, "{}").replacing("login", with: token)
            #expect(!mock.hears(renamed).joined().contains(token))
            #expect(mock.misses.count == 4)
            #expect(
                mock.hears(Self.request(10, #"{"q":"use \#(token) now"}"#)) == [Self.answer(10, "answer 1")])
        }
    }

    @Test func `a line that is no message is taken for the recorded one`() throws {
        var mock = try Mock(
            """
            c login with [redacted:github-token:0123456789ab] now
            s {"jsonrpc":"2.0","method":"welcome"}
            """)
        #expect(mock.hears("login with something else").isEmpty)
        #expect(mock.hears("login with x now") == [#"{"jsonrpc":"2.0","method":"welcome"}"#])
    }

    @Test func `a text that was built against the matcher ends`() {
        let digits = (10..<40).map { "[redacted:secret:0000000000\($0)]" }
        let recorded = "\"" + digits.joined(separator: "a") + "b\""
        let live = "\"" + String(repeating: "a", count: 4000) + "\""
        #expect(!PlaceholderMatch.excuses(recorded, for: live))
    }
}
