import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FileRecordingAddingTests {
    private typealias T = FileTranscript

    private func added(
        _ live: [String], to text: [UInt8], since earlier: [RequestIdentity: Int] = [:]
    ) throws -> (text: [UInt8], exchanges: Int) {
        let file = try FileRecording(bytes: text)
        let result = try file.adding(T.session(live), to: T.id, since: earlier, identify: T.identify)
        let read = try FileRecording(bytes: result.text)
        #expect(read.faults.isEmpty && !read.findings.contains { $0.message.contains("increase") })
        return result
    }

    @Test func `what is missing comes behind all other lines, under free ids`() throws {
        let file = T.session(T.call(1, "a")).fileText()
        let live =
            T.call(1, "a") + [T.request(2, "b", token: "2"), T.progress("2", 1), T.answer(2, "x")]
            + ["e log"] + T.call(1, "c")
        let result = try added(live, to: file)
        #expect(result.exchanges == 2)
        let lines = T.lines(result.text)
        #expect(lines.prefix(3) == T.lines(file).prefix(3))
        #expect(
            lines.dropFirst(3) == [
                #"{"seq":3,"t":2000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"tools/call","#
                    + #""params":{"name":"b","_meta":{"progressToken":2}}}}"#,
                #"{"seq":4,"t":3000,"dir":"s2c","msg":{"jsonrpc":"2.0","#
                    + #""method":"notifications/progress","params":{"progressToken":2,"progress":1}}}"#,
                #"{"seq":5,"t":4000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":2,"result":{"v":"x"}}}"#,
                #"{"seq":6,"t":6000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"method":"tools/call","#
                    + #""params":{"name":"c"}}}"#,
                #"{"seq":7,"t":7000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":3,"result":{"v":"ok"}}}"#, "",
            ])
    }

    @Test func `what is there, or has no answer, is not added`() throws {
        let file = T.session(T.call(1, "a") + T.call(2, "b")).fileText()
        let result = try added(T.call(7, "b") + T.call(8, "a") + [T.request(9, "c")], to: file)
        #expect(result.exchanges == 0 && result.text == file)
    }

    @Test func `the second of two equal requests is added to a file that had one, once`() throws {
        let start = T.session(T.call(1, "a")).fileText()
        let earlier = try #require(
            try WholeSession(reading: try FileRecording(bytes: start), session: T.id)
        ).requestCounts(T.identify)
        let live = T.call(2, "a", "second")
        let once = try added(live, to: start, since: earlier)
        #expect(once.exchanges == 1)
        // Told again, with more behind it, only that is added.
        let twice = try added(live + T.call(3, "b"), to: once.text, since: earlier)
        #expect(twice.exchanges == 1)
        // Somebody else who began with the same file and asked the same finds it there.
        #expect(try added(T.call(5, "a", "third"), to: twice.text, since: earlier).exchanges == 0)
    }

    @Test func `what a client asks at will is there when it is there once`() throws {
        let list = [
            #"c {"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            #"s {"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#,
        ]
        let file = T.session(list).fileText()
        #expect(try added(list + list, to: file).exchanges == 0)
    }

    @Test func `the questions of the server and the answers to them belong to it`() throws {
        let file = T.session(T.call(1, "a")).fileText()
        let live = [
            T.request(1, "b"), #"s {"jsonrpc":"2.0","id":1,"method":"roots/list"}"#,
            #"c {"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#,
            #"s {"jsonrpc":"2.0","method":"notifications/message","params":{"data":1}}"#, T.answer(1, "x"),
        ]
        let result = try added(live, to: file)
        let lines = T.lines(result.text)
        #expect(result.exchanges == 1 && lines.count == 3 + 5 + 1)
        #expect(lines[3].contains(#""id":2,"#) && lines[4].contains(#""id":1,"method":"roots/list""#))
        #expect(lines[5].contains(#""dir":"c2s""#) && lines[7].contains(#""id":2,"result""#))
    }

    @Test func `a cancelled exchange is whole`() throws {
        let file = T.session(T.call(1, "a")).fileText()
        let cancel =
            #"c {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        let result = try added([T.request(1, "b"), cancel], to: file)
        #expect(result.exchanges == 1)
        #expect(T.lines(result.text)[4].contains(#""requestId":2"#))
    }

    @Test func `lines that nobody knows, and a last one without a line feed, stay as they are`() throws {
        var file = T.lines(T.session(T.call(1, "a")).fileText()).dropLast()
        file.insert("{\"comment\" : \"ü\"}", at: 2)
        file.insert("  ", at: 3)
        file[1] = file[1].replacing(#""dir""#, with: #""x":{ },"dir""#)
        let text = Array(file.joined(separator: "\n").utf8)
        let result = try added(T.call(1, "b"), to: text)
        #expect(result.text.starts(with: text + [0x0A]))
        #expect(T.lines(result.text).count == file.count + 3)
    }

    @Test func `of several sessions the one that was played grows`() throws {
        let header = #"{"mcptape":1,"sessions":[{"id":"o"},{"id":"s"}]}"# + "\n"
        let line = #"{"dir":"c2s","session":"o","msg":{"jsonrpc":"2.0","id":9,"method":"ping"}}"# + "\n"
        let result = try added(T.call(9, "b"), to: Array((header + line).utf8))
        #expect(result.text.starts(with: Array((header + line).utf8)))
        #expect(T.lines(result.text)[2].hasPrefix(#"{"seq":1,"t":0,"dir":"c2s","session":"s","msg":"#))
    }

    @Test func `two that add in any order lose nothing and add nothing twice`() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<100 {
            let names = ["a", "b", "c", "d", "e"]
            func calls() -> [String] {
                (0..<random.below(6)).flatMap { T.call($0 + 1, names[random.below(5)]) }
            }
            let start = T.session(calls()).fileText()
            let earlier = try #require(
                try WholeSession(reading: try FileRecording(bytes: start), session: T.id)
            ).requestCounts(T.identify)
            let (one, other) = (calls(), calls())
            let first = try added(one, to: start, since: earlier)
            let second = try added(other, to: first.text, since: earlier)
            #expect(first.text.starts(with: start) && second.text.starts(with: first.text))
            let counts = try #require(
                try WholeSession(reading: try FileRecording(bytes: second.text), session: T.id)
            ).requestCounts(T.identify)
            let (left, right) = (
                T.session(one).requestCounts(T.identify), T.session(other).requestCounts(T.identify)
            )
            for key in Set(left.keys).union(right.keys).union(earlier.keys) {
                let most = max(left[key] ?? 0, right[key] ?? 0)
                #expect(counts[key] == (earlier[key] ?? 0) + most)
            }
            #expect(try added(one, to: second.text, since: earlier).exchanges == 0)
        }
    }
}
