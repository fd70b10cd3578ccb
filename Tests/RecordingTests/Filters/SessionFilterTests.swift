import MCPSemantics
import Recording
import Testing
import Wire

struct SessionFilterTests {
    private let file: FileRecording

    init() throws {
        let lines = [
            #"{"mcptape":1,"sessions":[{"id":"aaaa","name":"x"}]}"#,
            #"{"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}}"#,
            #"{"seq":2,"t":9,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{}}}"#,
            #"{"seq":3,"t":10,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"ping"}}"#,
        ]
        file = try FileRecording(bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Whether the session matches, and how much was looked at.
    private func look(_ words: String) throws -> (Bool, Int) {
        var filter = SessionFilter(try Filter(parsing: words), in: file, now: 0)
        let session = try #require(try file.sessions().first)
        return (try filter.matches(session), filter.looked)
    }

    @Test func `one message that matches is enough, and what the session decides costs nothing`() throws {
        #expect(try look("tool:a") == (true, 1))
        #expect(try look("method:ping") == (true, 3))
        #expect(try look("tool:b") == (false, 3))
        #expect(try look("server:x") == (true, 0))
        #expect(try look("server:y tool:a") == (false, 0))
        #expect(try look("") == (true, 0))
    }
}
