import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FileLineParserPlainTests {
    private static let plain = [
        #"{"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}"#,
        #"{"seq":20,"t":39517,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"é":"\u0041"}} }"#,
        #"{"seq":7,"t":12,"dir":"s2c","session":"21vzhsa7kn31","msg":[1,"msg",{}]}"#,
        #"{"seq":7,"t":12,"dir":"s2c","session":"21vzhsa7kn31","stream":4294967295,"msg":null}"#,
        #"{"seq":999999999999999999,"t":0,"dir":"c2s","stream":3,"msg":{"msg":1}}"#,
    ]

    private static let other = [
        #"{"seq":01,"t":0,"dir":"c2s","msg":{}}"#, #"{"seq":1,"t":-5,"dir":"c2s","msg":{}}"#,
        #"{"seq":1000000000000000000,"t":0,"dir":"c2s","msg":{}}"#,
        #"{"seq":1,"t":0,"dir":"c2s","msg":{},"x":1}"#, #"{"seq":1,"t":0,"dir":"c2s","msg":}"#,
        #"{"seq":1,"t":0,"dir":"c2s","msg":"#, #"{"seq":1,"t":0,"dir":"x2s","msg":{}}"#,
        #"{"seq":1, "t":0,"dir":"c2s","msg":{}}"#, #"{"seq":1,"t":0,"dir":"c2s","msg":{}}}"#,
        #"{"seq":1,"t":0,"dir":"c2s","session":"a\u0062","msg":{}}"#,
        #"{"seq":1,"t":0,"dir":"c2s","stream":4294967296,"msg":{}}"#,
        #"{"seq":1,"t":0,"dir":"c2s","eol":"","msg":{}}"#, #"{"seq":1,"t":0,"dir":"c2s","msg":{}} "#,
        #"{"seq":1,"t":0,"dir":"c2s","msg":{"a":"\#u{2}"}}"#, "", "{", "}", "{}",
    ]

    private func parser(_ line: [UInt8]) -> FileLineParser {
        FileLineParser(text: line[...], number: 3, isCut: false)
    }

    /// Everything that a line says, but for the way in which it was read.
    private func told(_ content: RecordingFileLine.Content) -> String {
        guard case .message(var message) = content else { return "\(content)" }
        message.isPlain = false
        return "\(message)"
    }

    @Test(arguments: plain) func `a plain line says what its members say`(line: String) throws {
        let parser = parser(Array(line.utf8))
        let message = try #require(parser.plainMessage())
        #expect(message.isPlain)
        #expect(told(.message(message)) == told(parser.contentByMember()))
    }

    @Test(arguments: other) func `any other line is left to the reader of members`(line: String) {
        #expect(parser(Array(line.utf8)).plainMessage() == nil)
    }

    @Test(arguments: 0..<8) func `a line with one wrong byte is read alike in both ways`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = Array(#"{}[]":,\ 0129-.eutmsgdircnl"#.utf8) + [0x09, 0x0D, 0x7F, 0xC3, 0xA9, 0xFF]
        for _ in 0..<2000 {
            var line = Array(Self.plain[random.below(Self.plain.count)].utf8)
            let place = random.below(line.count)
            switch random.below(3) {
            case 0: line[place] = bytes[random.below(bytes.count)]
            case 1: line.insert(bytes[random.below(bytes.count)], at: place)
            default: line.remove(at: place)
            }
            guard let message = parser(line).plainMessage() else { continue }
            let text = String(decoding: line, as: UTF8.self)
            #expect(told(.message(message)) == told(parser(line).contentByMember()), "seed \(seed): \(text)")
        }
    }

    @Test func `an entry of a plain line is the one that its members make`() throws {
        let header = #"{"mcptape":1,"sessions":[{"id":"21vzhsa7kn31","name":"a","transport":"stdio"}]}"#
        let plain = #"{"seq":1,"t":2,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"} }"#
        let spaced = plain.replacing(#""seq":1,"#, with: #""seq": 1,"#)
        let entries = try [plain, spaced].map { line in
            let file = try FileRecording(bytes: Array("\(header)\n\(line)\n".utf8))
            let id = file.header.sessions[0].description.id
            return try file.entries(of: id, from: 0, limit: 9)
        }
        #expect(entries[0].count == 1)
        // The bodies stand at different places of the two files.
        func described(_ entry: RecordingEntry) -> String {
            guard case .message(var message) = entry, case .inline(let body) = message.body else { return "" }
            message.body = .inline(Array(body)[...])
            return "\(message)"
        }
        #expect(entries[0].map(described) == entries[1].map(described))
    }
}
