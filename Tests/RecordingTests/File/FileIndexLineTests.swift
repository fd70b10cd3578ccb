import MCPSemantics
import Testing

@testable import Recording

/// What a page of entries tells without a second look at a message is what the message says.
struct FileIndexLineTests {
    private static let odd = [
        #"{"mcptape":1,"sessions":[{"id":"21vzhsa7kn31","name":"odd","transport":"stdio","#
            + #""capture":"payloads","started":"2026-11-27T00:00:00.000000000Z","redaction":[]}]}"#,
        message("c2s", #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#),
        message("c2s", #"{"jsonrpc":"2.0","id":"1","method":"own/method","params":{}}"#),
        message("s2c", #"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#),
        message("s2c", #"{"jsonrpc":"2.0","id":"1","error":{"code":-1,"message":"no"}}"#),
        message("c2s", #"{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#),
        message("s2c", #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}"#),
        message("s2c", #"{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}}"#),
        message("s2c", #"{"jsonrpc":"2.0","id":77,"result":{}}"#),
        message("c2s", #"[{"jsonrpc":"2.0","id":8,"method":"ping"}]"#),
        message("s2c", #"[{"jsonrpc":"2.0","id":8,"result":{}}]"#),
        message("s2c", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}"#),
        message("s2c", #"{"no":"rpc"}"#),
        message("c2s", #"{"jsonrpc":"2.0","id":9,"method":"a","method":"b","id":10}"#),
        message("s2c", #"{"jsonrpc":"2.0","id":10,"result":{}}"#),
        message("c2s", #"{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"never"}}"#),
    ]

    private static func message(_ direction: String, _ text: String) -> String {
        #"{"seq":0,"t":0,"dir":"\#(direction)","msg":\#(text)}"#
    }

    @Test func `odd messages`() throws {
        var text = ""
        for (number, line) in Self.odd.enumerated() {
            text += line.replacing(#""seq":0"#, with: #""seq":\#(number)"#) + "\n"
        }
        try expectSame(FileRecording(bytes: Array(text.utf8)), messages: Self.odd.count - 1)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `generated sessions`(seed: UInt64) throws {
        var generated = GeneratedSessions(seed: seed)
        for position in 0..<20 {
            let session = generated.session(position)
            let writer = RecordingFileWriter(header: RecordingFileHeader(sessions: [session.summary]))
            var bytes = writer.headerLine()
            for entry in session.entries {
                bytes += writer.line(for: entry, of: session.summary.description.id)
            }
            try expectSame(FileRecording(bytes: bytes))
        }
    }

    private func expectSame(_ file: FileRecording, messages: Int? = nil) throws {
        var count = 0
        for session in try file.sessions() {
            for entry in try file.entries(of: session.description.id, from: 0, limit: .max) {
                guard case .message(let record) = entry, let direction = record.lane.direction,
                    record.truncated == nil, case .inline(let body) = record.body
                else { continue }
                count += 1
                let digest = MessageReader.digest(of: body, direction: direction)
                #expect(record.kind == digest.kind)
                #expect(record.id == digest.id)
                #expect(record.method == digest.method)
                #expect(record.name == digest.name)
                #expect(record.size == body.count)
            }
        }
        if let messages { #expect(count == messages) }
    }
}
