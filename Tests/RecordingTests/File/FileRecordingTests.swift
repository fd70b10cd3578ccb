import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FileRecordingTests {
    private let header = #"{"mcptape":1,"sessions":[{"id":"s","name":"time"}]}"#

    private func file(_ lines: String..., end: String = "\n") throws -> FileRecording {
        try FileRecording(bytes: Array(([header] + lines).joined(separator: "\n").utf8) + Array(end.utf8))
    }

    private func entries(_ file: FileRecording) throws -> [RecordingEntry] {
        try file.entries(of: SessionID("s"), from: 1, limit: 1000)
    }

    private func bodies(_ file: FileRecording) throws -> [String] {
        try entries(file).map { entry in
            guard case .message(let message) = entry, case .inline(let bytes) = message.body else {
                return "–"
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func findings(_ file: FileRecording) -> [String] { file.findings.map { $0.text(file: "f") } }

    @Test func `a conversation has exchanges and a state`() throws {
        let file = try file(
            #"{"seq":1,"t":10,"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"initialize","#
                + #""params":{"protocolVersion":"2025-11-25","capabilities":{},"#
                + #""clientInfo":{"name":"c","version":"1"}}}}"#,
            #"{"seq":2,"t":30,"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{"#
                + #""protocolVersion":"2025-11-25","capabilities":{},"#
                + #""serverInfo":{"name":"s","version":"2"}}}}"#,
            #"{"seq":3,"t":40,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/call","#
                + #""params":{"name":"a"}}}"#,
            #"{"seq":4,"t":45,"stderr":true,"text":"log"}"#,
            #"{"seq":5,"t":90,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}}"#
        )
        #expect(findings(file).isEmpty)
        let summary = try #require(try file.session(SessionID("s")))
        #expect(summary.state.client?.peer == PeerInfo(name: "c", version: "1"))
        #expect(summary.state.server?.peer == PeerInfo(name: "s", version: "2"))
        #expect(summary.state.revision == "2025-11-25")
        #expect([summary.state.messages.clientToServer, summary.state.messages.serverToClient] == [2, 2])
        #expect(
            [summary.state.exchanges, summary.state.errors, summary.state.standardErrorLines] == [2, 1, 1])
        #expect(summary.state.lastTime == Timestamp(nanoseconds: 90_000))
        let exchanges = try file.exchanges(of: SessionID("s"), from: 2, limit: 10)
        #expect(exchanges.map(\.name) == ["a"])
        #expect(exchanges.first?.outcome == .error)
        #expect(exchanges.first?.duration == 50_000)
        #expect(try file.exchanges(of: SessionID("s"), from: 3, limit: 10).isEmpty)
        #expect(try file.exchanges(of: SessionID("x"), from: -5, limit: 10).isEmpty)
    }

    @Test func `what a hand-edited file lacks takes sensible values`() throws {
        let file = try file(
            #"{"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}"#, "",
            #"{"seq":9,"t":5.7,"dir":"s2c","msg": {"jsonrpc":"2.0","id":1,"result":{}} }"#,
            #"{"seq":9,"dir":"c2s","text":"x"}"# + "\r", #"{"seq":2,"t":1,"stderr":true,"text":"y"}"#)
        #expect(try entries(file).map(\.sequence) == [1, 9, 10, 11])
        #expect(try bodies(file)[1] == #" {"jsonrpc":"2.0","id":1,"result":{}} "#)
        #expect(
            findings(file) == [
                "f:5:1: warning: seq 9 does not increase; it is read as 10",
                "f:5:1: warning: the message is not JSON-RPC",
                "f:6:1: warning: seq 2 does not increase; it is read as 11",
                "f:6:1: warning: t is before the line above",
            ])
        #expect(try file.exchanges(of: SessionID("s"), from: 1, limit: 1).first?.outcome == .ok)
    }

    @Test func `sizes and kinds are derived, not trusted`() throws {
        let file = try file(
            #"{"seq":1,"t":0,"dir":"c2s","kind":"response","size":999,"msg":{"jsonrpc":"2.0","method":"m"}}"#)
        guard case .message(let message) = try entries(file)[0] else { return }
        #expect(message.kind == .notification)
        #expect(message.size == 30)
    }

    @Test(arguments: [
        (#"{"seq":1,"dir":"c2s","msg":{"a":}}"#, "f:2:33: error: msg is not well-formed JSON"),
        (#"{"seq":1,"dir":"c2s","msg":{}"#, "f:2:29: error: msg is not well-formed JSON"),
        (#"{"seq":é,"dir":"c2s"}"#, "f:2:8: error: not well-formed JSON"),
        (#"["seq"]"#, "f:2:1: error: not a JSON object"),
        (#"{"seq":1,"msg":{}}"#, #"f:2:1: error: dir is missing: c2s or s2c, or "stderr":true"#),
        (#"{"seq":1,"dir":"up","msg":{}}"#, "f:2:16: error: dir is neither c2s nor s2c"),
        (#"{"é":1,"dir":"up","msg":{}}"#, "f:2:14: error: dir is neither c2s nor s2c"),
        (#"{"dir":"c2s","text":5}"#, "f:2:21: error: text is not a string"),
        (#"{"dir":"c2s","raw_b64":"AAA"}"#, "f:2:24: error: raw_b64 is not base64 with its padding"),
        (#"{"dir":"c2s","session":"x","msg":{}}"#, "f:2:1: error: session 'x' is not in the header"),
        (
            #"{"note":"about the next line"}"#,
            "f:2:1: warning: a type of line that this version does not know; it is kept"
        ),
        (
            #"{"dir":"s2c","msg":{"jsonrpc":"2.0","id":7,"result":{}}}"#,
            "f:2:1: warning: a response to no request of this recording (id 7)"
        ),
        (
            #"{"dir":"s2c","msg":{"jsonrpc":"2.0","id":7,"method":"tools/list"}}"#,
            "f:2:1: warning: dir is s2c, but no server sends tools/list"
        ),
        (
            #"{"seq":"a","dir":"s2c","msg":{"jsonrpc":"2.0","method":"m"}}"#,
            "f:2:8: warning: seq is not an integer"
        ),
        (#"{"t":0,"gap":{"to":9,"c2s":2048}}"#, "f:2:1: warning: a gap: the recording lacks 2.0 KiB here"),
    ])
    func `check says where and what`(line: String, finding: String) throws {
        #expect(findings(try file(line)) == [finding])
    }

    @Test func `what HTTP may carry is no oddity`() throws {
        let file = try file(
            #"{"seq":1,"t":20,"dir":"s2c","stream":1,"text":"Accepted"}"#,
            #"{"seq":2,"t":10,"dir":"c2s","stream":2,"msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}"#)
        #expect(findings(file) == [])
        #expect(try entries(file).count == 2)
    }

    @Test func `members behind the message are read with a warning`() throws {
        let file = try file(#"{"seq":1,"t":0,"dir":"c2s","msg": {"jsonrpc":"2.0","method":"m"} ,"note":1}"#)
        #expect(try bodies(file) == [#"{"jsonrpc":"2.0","method":"m"}"#])
        #expect(file.faults.isEmpty)
        #expect(findings(file)[0].hasPrefix("f:2:34: warning: msg is not the last member"))
    }

    @Test func `a file that was cut keeps what came before`() throws {
        let good = #"{"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","method":"m"}}"#
        for cut in 1..<good.utf8.count {
            let file = try file(good, String(good.prefix(cut)), end: "")
            #expect(try bodies(file).count == 1, "\(cut)")
            #expect(findings(file) == ["f:3:\(cut + 1): error: the file ends inside this line"], "\(cut)")
        }
        let whole = try file(good, good, end: "")
        #expect(try bodies(whole).count == 2)
    }

    @Test(arguments: [
        ("", SourceFailure.Kind.damaged, "it is empty"), ("hello\n", .damaged, "it is not JSON"),
        ("{\"log\":{}}\n", .damaged, "it has no \"mcptape\" member"),
        ("{\"mcptape\":2}\n", .newer, "format 2"),
        ("{\"mcptape\":\"x\"}\n", .damaged, "not the number of a format version"),
        (
            "{\"mcptape\":1,\"sessions\":[{\"id\":\"a\"},{\"id\":\"a\"}]}", .damaged,
            "column 37: two sessions have the id a"
        ),
        ("\u{1F}\u{8B}\u{8}", .damaged, "it is not JSON"),
    ])
    func `another file is refused with a reason`(text: String, kind: SourceFailure.Kind, reason: String) {
        do {
            _ = try FileRecording(bytes: Array(text.utf8))
            Issue.record("read")
        } catch {
            #expect(error.kind == kind)
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test func `findings are bounded`() throws {
        let lines = Array(repeating: "x", count: 1100).joined(separator: "\n")
        let file = try file(lines)
        #expect(file.findings.count == FileRecording.findingLimit)
        #expect(file.unlistedFindings == 100)
    }

    @Test func `sessions come newest first and lines find theirs`() throws {
        let sessions = #"{"id":"a","started":"2026-01-01T00:00:00Z"},{"id":"b","started":"2026-01-02"}"#
        let text = """
            {"mcptape":1,"sessions":[\(sessions)]}
            {"session":"b","dir":"c2s","text":"1"}
            {"session":"a","dir":"c2s","text":"2"}
            {"dir":"c2s","text":"3"}
            """
        let file = try FileRecording(bytes: Array(text.utf8))
        #expect(try file.sessions().map(\.description.id.text) == ["b", "a"])
        #expect(try file.entries(of: SessionID("a"), from: 1, limit: 9).count == 1)
        #expect(file.faults.map(\.message) == ["session is missing: the file holds several"])
    }
}
