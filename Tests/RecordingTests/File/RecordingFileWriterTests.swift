import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RecordingFileWriterTests {
    /// One line of each form and marker, as reviewers see them.
    private var example: [UInt8] {
        var session = SampleSessions.session("7k2fq0m3x9ab", "time", start: 0)
        session.description.command = ["uvx", "mcp-server-time", "--token", "[masked]"]
        session.description.maskedArguments = [3]
        session.description.tags = [.init(key: "ci", value: "yes")]
        session.description.host = HostProcess(processID: 7, startTicks: 99, name: "host")
        session.description.workingDirectory = "/work"
        session.description.recorderVersion = "0.1.0"
        session.state.end = SessionEnd(
            reason: .clientClosed, exit: .code(0), time: Timestamp(nanoseconds: 9_000_000))
        session.state.client = Handshake(speaker: .clientToServer)
        session.state.client?.peer = PeerInfo(name: "client", version: "1")
        session.state.revision = "2025-11-25"
        let writer = RecordingFileWriter(sessions: [session])
        return entries.reduce(into: writer.headerLine()) { bytes, entry in
            bytes += writer.line(for: entry, of: session.description.id)
        }
    }

    private var entries: [RecordingEntry] {
        let request =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"now","#
            + #""arguments":{"zone":"Europe/Zürich"}}}"#
        var batch = message(2, .clientToServer, Array(#"[{"jsonrpc":"2.0","method":"a"}]"#.utf8))
        batch.kind = .batch
        var last = message(8, .serverToClient, Array("{\"jsonrpc\":\"2.0\",\"id\":1,".utf8))
        last.hasLineFeed = false
        last.isPartial = true
        var truncated = message(
            6, .serverToClient, Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"bb".utf8))
        truncated.kind = .response
        truncated.id = RequestID("1")
        truncated.size = 300_000_000
        truncated.truncated = .init(sha256: (0..<32).map { UInt8($0) })
        var omitted = message(7, .clientToServer, [])
        omitted.kind = .request
        omitted.body = .omitted
        omitted.id = RequestID("\"x\u{2028}\"")
        omitted.method = "tools/call"
        omitted.name = "a \"tool\""
        omitted.size = 77
        var gap = Gap(
            from: Timestamp(nanoseconds: 5_000_999), to: Timestamp(nanoseconds: 6_000_000), reason: .noSpace)
        gap.serverToClient = 1024
        gap.cutLanes = [.serverToClient]
        return [
            .message(message(1, .clientToServer, Array(request.utf8))), .message(batch),
            .message(message(3, .standardError, Array("\u{1B}[31mready\u{2028}\u{FEFF}\t\"é\"\r".utf8))),
            .message(message(4, .serverToClient, [0xFF, 0, 0x41])),
            .gap(GapRecord(sequence: 5, gap: gap)), .message(truncated), .message(omitted), .message(last),
        ]
    }

    private func message(_ sequence: Int64, _ lane: Lane, _ bytes: [UInt8]) -> MessageRecord {
        MessageRecord(
            sequence: sequence, time: Timestamp(nanoseconds: sequence * 1_000_500), lane: lane,
            kind: lane == .standardError ? .standardError : .foreign, body: .inline(bytes[...]),
            size: bytes.count)
    }

    @Test func `every form and marker is written as the example shows`() {
        Golden.expect(example, in: "example.mcptape.jsonl")
    }

    @Test func `the example reads back without a fault, to the same text`() throws {
        let file = try FileRecording(bytes: Golden.bytes("example.mcptape.jsonl"))
        #expect(file.faults.isEmpty)
        let id = SessionID("7k2fq0m3x9ab")
        let writer = RecordingFileWriter(header: RecordingFileHeader(sessions: file.header.sessions))
        let again = try file.entries(of: id, from: 1, limit: 99).reduce(into: writer.headerLine()) {
            $0 += writer.line(for: $1, of: id)
        }
        #expect(String(decoding: again, as: UTF8.self) == String(decoding: example, as: UTF8.self))
    }

    @Test func `an answer without payload tells how it ended`() throws {
        let session = SampleSessions.session("a", "x", start: 0)
        let writer = RecordingFileWriter(sessions: [session])
        var request = message(1, .clientToServer, [])
        (request.kind, request.body, request.id, request.method) = (
            .request, .omitted, RequestID("1"), "tools/call"
        )
        var answer = message(2, .serverToClient, [])
        (answer.kind, answer.body, answer.id) = (.response, .omitted, RequestID("1"))
        var exchange = Exchange(
            number: 1, asker: .clientToServer, id: RequestID("1"), method: "tools/call", era: .legacy,
            requestSequence: 1, requestTime: .zero, requestSize: 0)
        exchange.responseSequence = 2
        for (outcome, error) in [
            (Exchange.Outcome.toolError, nil), (.error, ResponseError(code: "-32602", message: "no")),
            (.ok, nil),
        ] {
            exchange.outcome = outcome
            exchange.error = error
            let bytes =
                writer.headerLine() + writer.line(for: .message(request), of: SessionID("a"))
                + writer.line(for: .message(answer), of: SessionID("a"), exchange: exchange)
            let read = try FileRecording(bytes: bytes).exchanges(of: SessionID("a"), from: 1, limit: 1)
            #expect(read.first?.outcome == outcome)
            #expect(read.first?.error == error)
        }
    }

    @Test func `a selection without the handshake carries it in the header`() throws {
        var session = SampleSessions.session("a", "x", start: 0)
        session.state.eras = [.modern]
        session.state.server = Handshake(speaker: .serverToClient)
        session.state.server?.instructions = "be kind\u{2028}"
        session.state.server?.capabilities = #"{"tools":{}}"#
        session.state.server?.peer = PeerInfo(name: "s", version: "1")
        let bytes = RecordingFileWriter(sessions: [session], statesHandshakes: true).headerLine()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(#""server":{"name":"s","version":"1","speaker":"s2c","#))
        let read = try #require(try FileRecording(bytes: bytes).sessions().first)
        #expect(read.state.server == session.state.server)
        #expect(read.state.eras == [.modern])
    }

    @Test func `a server that never ran is described`() throws {
        var session = SampleSessions.session("a", "x", start: 0)
        session.state.startFailure = StartFailure(
            errno: 2, command: "npx", searchedPath: "/bin", workingDirectory: "/work")
        session.headLostBefore = 7
        let bytes = RecordingFileWriter(sessions: [session]).headerLine()
        let read = try #require(try FileRecording(bytes: bytes).sessions().first)
        #expect(read.state.startFailure == session.state.startFailure)
        #expect(read.headLostBefore == 7)
    }
}
