import MCPSemantics
import Recording
import Testing
import Wire

struct RecordingGroupTests {
    private func file(_ ids: [String], starts: [Int64], saying text: String) throws -> FileRecording {
        let sessions = zip(ids, starts).map { id, start in
            #"{"id":"\#(id)","name":"n","transport":"stdio","started":"\#(started(start))"}"#
        }
        var lines = [#"{"mcptape":1,"sessions":[\#(sessions.joined(separator: ","))]}"#]
        for (number, id) in ids.enumerated() {
            lines.append(
                #"{"seq":\#(number + 3),"t":1,"dir":"c2s","session":"\#(id)","msg":"#
                    + #"{"jsonrpc":"2.0","id":1,"method":"\#(text)"}}"#)
        }
        return try FileRecording(bytes: Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private func started(_ seconds: Int64) -> String {
        CivilTime(nanosecondsSince1970: seconds * 1_000_000_000).text(fraction: 6)
    }

    @Test func `sessions of all recordings are there, newest first, each by a name of its own`() throws {
        let group = try RecordingGroup([
            file(["a", "b"], starts: [1, 3], saying: "first"),
            file(["a", "c"], starts: [2, 3], saying: "second"),
            file(["a"], starts: [2], saying: "third"),
        ])
        #expect(try group.sessions().map(\.description.id.text) == ["b", "c", "a-2", "a-3", "a"])
        for (id, method) in [("a", "first"), ("a-2", "second"), ("a-3", "third"), ("c", "second")] {
            #expect(try group.exchanges(of: SessionID(id), from: 1, limit: 9).map(\.method) == [method])
            #expect(try group.session(SessionID(id))?.description.id == SessionID(id))
        }
        #expect(try group.session(SessionID("d")) == nil)
    }

    @Test(arguments: [[1], [1, 2], [5, 6, 7, 900], [1, 2, 3, 1_000_000_007, 1_000_000_008]])
    func `the newest entry is found among numbers with holes`(numbers: [Int]) throws {
        let lines = numbers.map { #"{"seq":\#($0),"t":1,"dir":"s2c","text":"x"}"# + "\n" }.joined()
        let header = #"{"mcptape":1,"sessions":[{"id":"a","name":"n","transport":"stdio"}]}"# + "\n"
        let file = try FileRecording(bytes: Array((header + lines).utf8))
        #expect(try file.lastSequence(of: SessionID("a")) == numbers.last.map { Int64($0) })
    }

    @Test func `the newest entry is found, whoever is asked`() throws {
        let recording = try file(["a", "b"], starts: [1, 1], saying: "x")
        let group = try RecordingGroup([recording])
        #expect(try group.lastSequence(of: SessionID("a")) == 3)
        #expect(try group.lastSequence(of: SessionID("b")) == 4)
        #expect(try group.lastSequence(of: SessionID("c")) == nil)
    }
}
