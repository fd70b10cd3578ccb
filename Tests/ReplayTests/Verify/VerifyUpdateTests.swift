import MCPSemantics
import Recording
import Testing

@testable import Replay

private typealias Say = VerifyStage

/// What `--update` writes, and what it leaves as it was.
struct VerifyUpdateTests {
    private static let id = SessionID("abcdefghjkmn")

    /// A file with these messages, as `c ` or `s ` and the text.
    private func file(_ lines: [String]) -> [UInt8] {
        var text =
            #"{"mcptape":1,"sessions":[{"id":"abcdefghjkmn","transport":"stdio","capture":"payloads"}]}"#
            + "\n"
        for (index, line) in lines.enumerated() {
            let direction = line.hasPrefix("c ") ? "c2s" : "s2c"
            text += #"{"seq":\#(index + 1),"t":\#(index),"dir":"\#(direction)","msg":\#(line.dropFirst(2))}"#
            text += "\n"
        }
        return Array(text.utf8)
    }

    private func updated(_ lines: [String], _ live: [String]) throws -> [String] {
        var stage = try VerifyStage(lines.joined(separator: "\n"))
        _ = stage.begins()
        for line in live { _ = stage.hears(line) }
        while !stage.engine.isFinished, stage.waits() != nil {}
        let report = stage.report()
        let outcome = try VerifyUpdate.apply(report, of: stage.engine, to: file(lines)[...], redactor: nil)
        #expect(stage.engine.unwritable(in: report) == 0)
        return String(decoding: outcome.file, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
            line.firstRange(of: #""msg":"#).map { String(line[$0.upperBound...].dropLast()) } ?? ""
        }
    }

    @Test func `of a batch each answer that differs, and no other`() throws {
        let asked = "[\(Say.call(1, "a")),\(Say.call(2, "b")),\(Say.call(3, "c"))]"
        let former =
            "[ \(Say.result(1, #"{"v":1}"#)), \(Say.result(2, #"{"v":2}"#)),\(Say.result(3, #"{"v":3}"#))]"
        let live =
            "[\(Say.result(3, #"{"v":30}"#)),\(Say.result(2, #"{"v":2}"#)),\(Say.result(1, #"{"v":10}"#))]"
        #expect(
            try updated(["c " + asked, "s " + former], [live]) == [
                asked,
                "[ \(Say.result(1, #"{"v":10}"#)), \(Say.result(2, #"{"v":2}"#)),\(Say.result(3, #"{"v":30}"#))]",
            ])
    }

    @Test func `of a batch what the server does not send any more`() throws {
        let note = #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#
        let former = "[\(note),\(Say.result(1))]"
        #expect(
            try updated(["c \(Say.call(1, "a"))", "s " + former], [Say.result(1)]) == [
                Say.call(1, "a"), "[\(Say.result(1))]",
            ])
    }

    @Test func `a message that differs, and every other line as it was`() throws {
        let lines = [
            "c \(Say.call(1, "a"))", "s \(Say.result(1, #"{"v":1}"#))", "c \(Say.call(2, "b"))",
            "s \(Say.result(2, #"{ "v" : 2.0 }"#))",
        ]
        let written = try updated(lines, [Say.result(1, #"{"v":9}"#), Say.result(2, #"{"v":2}"#)])
        #expect(
            written == [
                Say.call(1, "a"), Say.result(1, #"{"v":9}"#), Say.call(2, "b"),
                Say.result(2, #"{ "v" : 2.0 }"#),
            ])
    }

    @Test func `a line that does not say its number is told to be left`() throws {
        let lines = ["c \(Say.call(1, "a"))", "s \(Say.result(1, #"{"v":1}"#))"]
        var stage = try VerifyStage(lines.joined(separator: "\n"))
        _ = stage.begins()
        _ = stage.hears(Say.result(1, #"{"v":2}"#))
        let report = stage.report()
        let file = Array(String(decoding: file(lines), as: UTF8.self).replacing(#""seq":2,"#, with: "").utf8)
        let outcome = try VerifyUpdate.apply(report, of: stage.engine, to: file[...], redactor: nil)
        #expect(outcome.file == file && outcome.changed == 0 && outcome.unplaced == 1)
    }
}
