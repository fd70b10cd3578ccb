import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FileRecordingUpdatingTests {
    private typealias T = FileTranscript

    private func updated(
        _ text: [UInt8], by live: [String], every step: Int64 = 700
    ) throws -> (lines: [String], changes: FileChanges) {
        let file = try FileRecording(bytes: text)
        let session = T.session(live, every: step)
        let result = try file.updated(by: session, replacing: T.id, identify: T.identify)
        let read = try FileRecording(bytes: result.text)
        #expect(read.findings.filter { $0.message.contains("increase") || $0.severity == .error } == [])
        #expect(!read.findings.contains { $0.message.contains("before the line above") })
        // Whatever was kept, the file now says what the live session said.
        let now = try #require(try WholeSession(reading: read, session: T.id))
        #expect(now.exchanges.map(\.name) == session.exchanges.map(\.name))
        #expect(now.exchanges.map(\.outcome) == session.exchanges.map(\.outcome))
        return (T.lines(result.text), result.changes)
    }

    @Test func `without a change the file is the same, whatever ids and tokens the client gave`() throws {
        let old =
            [T.request(1, "a", token: "1"), T.progress("1", 5), T.answer(1, "x"), "e log"] + T.call(2, "b")
        let text = T.session(old).fileText()
        let new =
            [T.request(8, "a", token: "8"), T.progress("8", 5), "e log", T.answer(8, "x")] + T.call(9, "b")
        let result = try updated(text, by: new)
        #expect(result.lines == T.lines(text) && result.changes == FileChanges(kept: 6))
    }

    @Test func `a changed answer takes the place and the number of the old one, under its id`() throws {
        let text = T.session(T.call(1, "a") + T.call(2, "b") + T.call(3, "c")).fileText()
        let new = T.call(4, "a") + T.call(5, "b", "new") + T.call(6, "c")
        let result = try updated(text, by: new)
        var lines = T.lines(text)
        lines[4] =
            #"{"seq":4,"t":3700,"dir":"s2c","msg":{"jsonrpc":"2.0","id":2,"result":{"v":"new"}}}"#
        #expect(result.lines == lines)
        #expect(result.changes == FileChanges(kept: 5, replaced: 1))
    }

    @Test func `a new call between two others has no number, and later ones keep theirs`() throws {
        let text = T.session(T.call(1, "a") + T.call(2, "b")).fileText()
        let result = try updated(text, by: T.call(1, "a") + T.call(2, "n") + T.call(3, "b"))
        var lines = T.lines(text)
        lines.insert(
            #"{"t":2700,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"method":"tools/call","#
                + #""params":{"name":"n"}}}"#, at: 3)
        lines.insert(#"{"t":3000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":3,"result":{"v":"ok"}}}"#, at: 4)
        #expect(result.lines == lines)
        // And again, on top of lines without numbers.
        let again = try updated(
            Array(result.lines.joined(separator: "\n").utf8),
            by: T.call(1, "a", "z") + T.call(2, "n", "z") + T.call(3, "b", "z"))
        #expect(again.changes == FileChanges(kept: 3, replaced: 3))
        #expect(again.lines[6].hasPrefix(#"{"seq":4,"#))
    }

    @Test func `calls that are new at the end go on counting, and those that are gone are gone`() throws {
        let text = T.session(T.call(1, "a") + T.call(2, "b")).fileText()
        let result = try updated(text, by: T.call(1, "b") + T.call(2, "c"))
        #expect(result.changes == FileChanges(kept: 2, added: 2, removed: 2))
        #expect(result.lines[1] == T.lines(text)[3])
        #expect(result.lines[3].hasPrefix(#"{"seq":5,"t":4700,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"#))
    }

    @Test func `which of two pipelined calls is answered first is no change`() throws {
        let old = [T.request(1, "a"), T.request(2, "b"), T.answer(1, "x"), T.answer(2, "y")]
        let text = T.session(old).fileText()
        let new = [T.request(1, "a"), T.request(2, "b"), T.answer(2, "y"), T.answer(1, "x")]
        #expect(try updated(text, by: new).changes == FileChanges(kept: 4))
        // Progress that is new stands before the answer that it belongs to, wherever that stands.
        let more = [
            T.request(1, "a", token: "1"), T.request(2, "b"), T.answer(2, "y"), T.progress("1", 1),
            T.answer(1, "x"),
        ]
        let result = try updated(text, by: more)
        let progress = try #require(result.lines.firstIndex { $0.contains("notifications/progress") })
        let answer = try #require(result.lines.firstIndex { $0.contains(#""v":"x""#) })
        #expect(progress < answer)
    }

    @Test func `a placeholder made under another key is no change`() throws {
        let old = T.call(1, "a", "[redacted:secret:0123456789ab]")
        let text = T.session(old).fileText()
        let result = try updated(text, by: T.call(1, "a", "[redacted:secret:ba9876543210]"))
        #expect(result.lines == T.lines(text))
        let label = try updated(text, by: T.call(1, "a", "[redacted:token:ba9876543210]"))
        #expect(label.changes.replaced == 1)
    }

    @Test func `lines of others stay where they are`() throws {
        var file = T.lines(T.session(T.call(1, "a") + T.call(2, "b")).fileText()).dropLast()
        file.insert("# no JSON at all", at: 2)
        file.insert("{\"comment\":1}", at: 4)
        file[1] = file[1].replacing(#""dir""#, with: #""x":{ },"dir""#)
        let text = Array(file.joined(separator: "\n").utf8)
        let damaged = try FileRecording(bytes: text)
        #expect(damaged.faults.count == 1)
        let result = try damaged.updated(
            by: T.session(T.call(1, "a") + T.call(2, "b", "new")), replacing: T.id, identify: T.identify)
        var lines = Array(file)
        #expect(lines[6].contains(#""v":"ok""#))
        lines[6] = lines[6].replacing("ok", with: "new")
        #expect(T.lines(result.text) == lines + [""])
    }

    @Test func `the header says what is another now, and how it ended only with a change`() throws {
        var live = T.session(T.call(1, "a"))
        live.summary.description.command = ["server", "1"]
        live.summary.state.end = SessionEnd(reason: .clientClosed, exit: .code(0), time: .zero)
        let text = live.fileText()
        live.summary.description.startRealtime = 99
        live.summary.state.end = SessionEnd(reason: .signalled, exit: .signal(15), time: .zero)
        let file = try FileRecording(bytes: text)
        let same = try file.updated(by: live, replacing: T.id, identify: T.identify)
        #expect(same.text == text)
        live.summary.description.command = ["server", "2"]
        let other = try file.updated(by: live, replacing: T.id, identify: T.identify)
        #expect(other.changes.isEmpty)
        #expect(T.lines(other.text)[0] == T.lines(text)[0].replacing("\"1\"", with: "\"2\""))
    }

    @Test func `whatever changes, each message that did not is the same line`() throws {
        var random = SeededRandom(seed: 23)
        for _ in 0..<200 {
            func conversation() -> [String] {
                var id = 0
                var lines: [String] = []
                for _ in 0..<random.below(8) {
                    id += 1 + random.below(2)
                    let name = ["a", "b", "c", "d"][random.below(4)]
                    lines.append(T.request(id, name, token: String(id)))
                    if random.below(3) == 0 { lines.append(T.progress(String(id), random.below(2))) }
                    if random.below(4) == 0 { lines.append("e log \(random.below(2))") }
                    if random.below(6) > 0 { lines.append(T.answer(id, String(random.below(2)))) }
                }
                return lines
            }
            let (old, new) = (conversation(), conversation())
            let text = T.session(old).fileText()
            let result = try updated(text, by: new)
            let kept = T.lines(text).filter { result.lines.contains($0) && !$0.isEmpty }
            #expect(kept.count >= result.changes.kept + 1)
            #expect(result.changes.kept + result.changes.replaced + result.changes.added == new.count)
            #expect(result.changes.kept + result.changes.replaced + result.changes.removed == old.count)
        }
    }
}
