import MCPSemantics
import Testing

@testable import Recording

/// A session that is read piece by piece says what the whole file says of its first messages.
struct GrowingSessionTests {
    private static let plain = """
        c {"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}
        s {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}
        c {"jsonrpc":"2.0","method":"notifications/initialized"}
        c {"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"t","_meta":{"progressToken":7}}}
        s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}
        s {"jsonrpc":"2.0","id":1,"method":"roots/list"}
        c {"jsonrpc":"2.0","id":1,"result":{"roots":[]}}
        s {"jsonrpc":"2.0","id":"a","result":{}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"u"}}
        s {"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"no"}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/list"}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        """

    /// Lines of a file: `c ` and `s ` before what a side sent, anything else is a line as it is.
    private static func file(_ transcript: String, sessions: Int = 1) -> [UInt8] {
        let headers = (0..<sessions).map { number in
            #"{"id":"21vzhsa7kn3\#(number)","name":"n","transport":"stdio","capture":"payloads","#
                + #""started":"2026-11-27T00:00:00.000000000Z"}"#
        }
        var text = #"{"mcptape":1,"sessions":[\#(headers.joined(separator: ","))]}"# + "\n"
        for (place, line) in transcript.split(separator: "\n").enumerated() {
            let direction = line.hasPrefix("c ") ? "c2s" : "s2c"
            let isMessage = line.hasPrefix("c ") || line.hasPrefix("s ")
            text +=
                isMessage
                ? #"{"seq":\#(place + 1),"t":\#(place),"dir":"\#(direction)","msg":\#(line.dropFirst(2))}"#
                : String(line)
            text += "\n"
        }
        return Array(text.utf8)
    }

    @Test func `the outline names methods and the era`() throws {
        let outline = try #require(try GrowingSession(bytes: Self.file(Self.plain))).outline
        #expect(outline.requests.map(\.method) == ["initialize", "tools/call", "tools/list"])
        #expect(outline.requests.map(\.count) == [1, 2, 1])
        #expect(outline.notifications.map(\.method) == ["notifications/initialized"])
        #expect(outline.showsLegacy && !outline.showsModern)
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"\#(key)":"2026-07-28"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"\#(escaped)":"2026-07-28"}}}"#,
    ])
    func `a request that states the modern era shows it, however its key is written`(request: String) throws {
        let outline = try #require(try GrowingSession(bytes: Self.file("c " + request))).outline
        #expect(outline.showsModern && !outline.showsLegacy)
        let other = request.replacing("params", with: "parans")
        #expect(try #require(try GrowingSession(bytes: Self.file("c " + other))).outline.showsModern == false)
    }

    private static let key = "io.modelcontextprotocol/protocolVersion"
    private static let escaped = #"\u0069o.modelcontextprotocol\/protocolVersion"#

    @Test func `a handshake shows its era when it was answered with a result`() throws {
        let refused = Self.plain.replacing(#""result":{"proto"#, with: #""error":{"proto"#)
        let outline = try #require(try GrowingSession(bytes: Self.file(refused))).outline
        #expect(!outline.showsLegacy && !outline.showsModern)
        let modern = Self.plain.replacing("\"initialize\"", with: "\"server/discover\"")
        let other = try #require(try GrowingSession(bytes: Self.file(modern))).outline
        #expect(!other.showsLegacy && other.showsModern)
    }

    @Test(arguments: [1, 2, 3, 100]) func `what is read is what the whole file says`(lines: Int) throws {
        let bytes = Self.file(
            Self.plain + "\n" + #"{"seq":90,"t":90,"stderr":true,"text":"bye"}"#
                + "\n" + Self.plain.replacing(":2,", with: ":9,").replacing("\"a\"", with: "\"b\""))
        let whole = try FileRecording(bytes: bytes)
        let id = try #require(whole.sessions().first).description.id
        var session = try #require(try GrowingSession(bytes: bytes))
        var entries: [RecordingEntry] = []
        var exchanges: [Exchange] = []
        while !session.isAtEnd {
            let piece = session.read(atLeast: lines)
            #expect(piece.entries.count >= min(lines, 25 - entries.count))
            entries += piece.entries
            exchanges += piece.exchanges
        }
        #expect(entries == (try whole.entries(of: id, from: .min, limit: 1000)))
        #expect(exchanges.map(\.number) == Array(1...10))
        #expect(exchanges == (try whole.exchanges(of: id, from: 1, limit: 100)))
    }

    @Test func `a piece ends where nothing is open and the client speaks`() throws {
        var session = try #require(try GrowingSession(bytes: Self.file(Self.plain)))
        #expect(session.read(atLeast: 1).entries.count == 2)
        #expect(session.read(atLeast: 1).entries.count == 1)
        #expect(session.read(atLeast: 1).entries.count == 5)
        #expect(session.read(atLeast: 3).entries.count == 4)
        #expect(session.isAtEnd)
    }

    @Test(arguments: [
        // No message of JSON-RPC, damaged, or not as the recorder writes it.
        #"c {"no":"message"}"#, #"c {"jsonrpc":"2.0","id":3,"method":"#, "no JSON", #"{"new":"kind"}"#,
        #"{"t":1,"seq":2,"dir":"c2s","msg":{"jsonrpc":"2.0","method":"x"}}"#,
        #"{"seq":99,"t":99,"gap":{"to":99,"s2c":100}}"#,
        #"{"seq":99,"t":99,"dir":"c2s","session":"21vzhsa7kn30","msg":{"jsonrpc":"2.0","method":"x"}}"#,
        #"{"seq":99,"t":99,"dir":"c2s","stream":1,"msg":{"jsonrpc":"2.0","method":"x"}}"#,
        #"{"seq":99,"t":99,"dir":"c2s","kind":"request","method":"x","id":5,"size":10}"#,
        #"c [{"jsonrpc":"2.0","method":"x"}]"#, #"s [{"jsonrpc":"2.0","method":"x"}]"#,
        // An answer or progress to nothing that is open, or to what cannot be told apart.
        #"s {"jsonrpc":"2.0","id":1,"result":{}}"#, #"c {"jsonrpc":"2.0","id":1,"result":{}}"#,
        #"s {"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#,
        #"s {"jsonrpc":"2.0","error":{"code":1,"message":""}}"#,
        #"c {"jsonrpc":"2.0","id":null,"method":"x"}"#, #"c {"jsonrpc":"2.0","id":"é","method":"x"}"#,
        #"s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7}}"#,
        #"s {"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
        // What reaches further than its request.
        #"c {"jsonrpc":"2.0","id":3,"method":"subscriptions/listen"}"#,
        #"s {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}"#,
        #"c {"jsonrpc":"2.0","id":3,"method":"x","params":"[redacted:secret:0123456789ab]"}"#,
        #"c {"jsonrpc":"2.0","id":3,"method":"x","params":[7303000000000056]}"#,
        #"c {"jsonrpc":"2.0","id":3,"method":"caf\u00e9"}"#,
    ])
    func `one line of these and the file is read as a whole`(line: String) throws {
        #expect(try GrowingSession(bytes: Self.file(Self.plain + "\n" + line)) == nil)
        #expect(try GrowingSession(bytes: Self.file(Self.plain)) != nil)
    }

    @Test func `so it is with two sessions, an id that is taken, and more than can be kept apart`() throws {
        #expect(try GrowingSession(bytes: Self.file(Self.plain, sessions: 2)) == nil)
        let request = #"c {"jsonrpc":"2.0","id":3,"method":"x"}"#
        #expect(try GrowingSession(bytes: Self.file(request)) != nil)
        #expect(try GrowingSession(bytes: Self.file(request + "\n" + request)) == nil)
        func requests(_ count: Int, _ method: (Int) -> String) -> String {
            (1...count).map { #"c {"jsonrpc":"2.0","id":\#($0),"method":"\#(method($0))"}"# }
                .joined(separator: "\n")
        }
        let limit = FileSurvey.openLimit
        #expect(try GrowingSession(bytes: Self.file(requests(limit) { _ in "x" })) != nil)
        #expect(try GrowingSession(bytes: Self.file(requests(limit + 1) { _ in "x" })) == nil)
        let notes = (0...FileSurvey.methodLimit).map { #"c {"jsonrpc":"2.0","method":"n\#($0)"}"# }
        #expect(try GrowingSession(bytes: Self.file(notes.joined(separator: "\n"))) == nil)
        #expect(try GrowingSession(bytes: Self.file(notes.dropLast().joined(separator: "\n"))) != nil)
    }

    @Test func `a file that is cut in a line is read as a whole, and none is no recording`() throws {
        let bytes = Self.file(Self.plain)
        #expect(try GrowingSession(bytes: Array(bytes.dropLast(1))) != nil)
        #expect(try GrowingSession(bytes: Array(bytes.dropLast(2))) == nil)
        #expect(throws: SourceFailure.self) { try GrowingSession(bytes: []) }
    }
}
