import Glibc
import MCPSemantics
import Platform
import Recording
import Testing
import Wire

@testable import Store

/// A session in a store is redacted in place: as if it had been recorded so, and what was there is gone.
struct StoreRedactionTests {
    private static let key = Array(repeating: UInt8(5), count: Redactor.keySize)
    private static let word = "ghp_Zx8Zx8Zx8Zx8Zx8Zx8Zx8Zx8Zx8Zx8Zx8Zx8"

    private static var redactor: Redactor {
        var rules = RedactionRules()
        rules.pointers = [
            .init(pointer: "/params/arguments/query", in: .init(tool: "tool_3")),
            .init(pointer: "/result/content/0/text", in: .init(tool: "tool_4")),
            .init(pointer: "/params/uri"),
        ]
        return Redactor(rules: rules, key: key)
    }

    /// So many rounds of traffic, each with `filling` bytes more.
    private static func lines(_ count: Int, filling: Int = 0) -> [(String, Lane)] {
        var traffic = SampleTraffic(seed: 7)
        var lines: [(String, Lane)] = []
        for round in 0..<count {
            for case .message(let message) in traffic.next() {
                guard case .inline(let bytes) = message.body else { continue }
                lines.append((String(decoding: bytes, as: UTF8.self), message.lane))
            }
            let id = 100_000 + round
            let text = String(repeating: "shared words ", count: 60) + word
            let rest = String(repeating: "~", count: filling)
            lines.append(
                (#"{"jsonrpc":"2.0","method":"x","params":{"\#(round)":"\#(rest)"}}"#, .serverToClient))
            lines.append(
                (
                    #"{"jsonrpc":"2.0","id":\#(id),"method":"resources/read","params":{"uri":"\#(word)"}}"#,
                    .clientToServer
                ))
            lines.append((#"{"jsonrpc":"2.0","id":\#(id),"result":{"content":"\#(text)"}}"#, .serverToClient))
        }
        let large = String(repeating: "much ", count: 300_000)
        lines.append(
            (
                #"{"jsonrpc":"2.0","method":"x","params":{"a":"\#(large)","password":"swordfish-9"}}"#,
                .serverToClient
            ))
        let grown = String(repeating: #""a","#, count: 30_000)
        lines.append(
            (#"{"jsonrpc":"2.0","method":"x","params":{"passwords":[\#(grown)"b"]}}"#, .serverToClient))
        lines.append((#"{"jsonrpc":"2.0","method":"y","params":{"end":1}}"#, .clientToServer))
        return lines
    }

    /// Records what the lines tell, with rules or without, and ends the session.
    private static func record(
        _ lines: [(String, Lane)], _ redactor: Redactor?, in store: Store, _ number: Int, ends: Bool = true
    ) throws -> SessionID {
        var description = SessionDescription.test(number)
        description.command = ["server", "--note", word]
        description.redaction = redactor?.rules
        if let redactor {
            let summary = SessionSummary(description: description, state: SessionState())
            description = LaterRedaction(redactor).redacted(summary).description
        }
        var recorder = Recorder(session: description, redactor: redactor)
        let sink = try store.sink(for: description)
        var position: UInt64 = 0
        var events: [RecordedEvent] = []
        func commit() throws {
            position += 1
            let records = SessionRecords(
                description: description, events: events, state: recorder.state,
                checkpoint: recorder.checkpoint())
            try sink.commit(RecordBatch(sessions: [records], position: position, checkpoint: []))
            events = []
        }
        for (line, lane) in lines {
            recorder.observe(.bytes(Array((line + "\n").utf8)[...], on: lane, at: .zero), into: &events)
            if events.count > 400 { try commit() }
        }
        if ends { recorder.observe(.ended(.clientClosed, at: .zero), into: &events) }
        try commit()
        return description.id
    }

    private static func bodies(_ store: Store, _ id: SessionID) throws -> [[UInt8]] {
        try store.allEntries(of: id).compactMap { entry in
            guard case .message(let message) = entry else { return nil }
            switch message.body {
            case .inline(let bytes): return Array(bytes)
            case .omitted: return []
            case .parts(let body, _):
                var bytes: [UInt8] = []
                try store.readParts(of: id, body: body) { bytes += $0 }
                return bytes
            }
        }
    }

    /// Messages without where their bytes are: how a body is cut into parts is no part of what is recorded.
    private static func heads(_ store: Store, _ id: SessionID) throws -> [MessageRecord] {
        try store.allEntries(of: id).compactMap { entry in
            guard case .message(var message) = entry else { return nil }
            message.body = .omitted
            return message
        }
    }

    @Test func `a session is as if it had been recorded with the rules`() throws {
        let lines = Self.lines(150, filling: 32 << 10)
        let place = TemporaryStore()
        let store = try place.open()
        let id = try Self.record(lines, nil, in: store, 1)
        let row = try #require(try store.number(of: id))
        let chapters = "SELECT count(*) FROM chapter WHERE session = \(row)"
        #expect(try store.database.integer(chapters) ?? 0 > 1)
        let report = try #require(try store.redact(id, by: LaterRedaction(Self.redactor)))
        let other = TemporaryStore()
        let expected = try other.open()
        _ = try Self.record(lines, Self.redactor, in: expected, 1)
        let heads = try Self.heads(store, id)
        #expect(try heads == Self.heads(expected, id))
        #expect(report.messages == heads.filter { !$0.redactions.isEmpty }.count && report.isLogEmpty)
        #expect(try Self.bodies(store, id) == Self.bodies(expected, id))
        #expect(try store.allExchanges(of: id) == expected.allExchanges(of: id))
        #expect(try store.session(id)?.description == expected.session(id)?.description)
        #expect(try store.session(id)?.state == expected.session(id)?.state)
        #expect(store.damage.isEmpty)
        let findings = Doctor.examine(place.path, repairs: false).findings
        #expect(findings.allSatisfy { $0.severity == .note || $0.code == "space" }, "\(findings)")
        #expect(try store.redact(id, by: LaterRedaction(Self.redactor))?.messages == 0)
        // It goes as any other.
        #expect(try store.remove(id) != nil)
        #expect(try store.database.integer("SELECT count(*) FROM part") == 0)
        #expect(try store.database.integer("SELECT count(*) FROM block") == 0)
    }

    @Test func `nothing of what was there is left in the store's files, other sessions are as they were`()
        throws
    {
        let lines = Self.lines(30)
        let place = TemporaryStore()
        let store = try place.open()
        let id = try Self.record(lines, nil, in: store, 1)
        let other = try Self.record(lines, nil, in: store, 2)
        let before = try Self.bodies(store, other)
        let row = try #require(try store.number(of: id))
        // Compressed as they are, the blocks say nothing to a search for a word: their own bytes are looked
        // for, behind the first ones, which other blocks begin with too.
        var pieces: [[UInt8]] = []
        for (table, column) in [("block", "content"), ("part", "content"), ("exchange_group", "content")] {
            let query = try store.database.statement("SELECT \(column) FROM \(table) WHERE session = \(row)")
            defer { query.reset() }
            while try query.step() {
                query.withBytes(0) { bytes in
                    for start in stride(from: 200, to: bytes.count - 24, by: 500) {
                        let piece = Array(bytes[start..<start + 24])
                        // A long repetition compresses to the same bytes anywhere.
                        if Set(piece).count > 16 { pieces.append(piece) }
                    }
                }
            }
        }
        #expect(pieces.count > 20)
        #expect(holds(place, Array(Self.word.utf8)), "the exchange rows name it")
        _ = try #require(try store.redact(id, by: LaterRedaction(Self.redactor)))
        _ = try #require(try store.redact(other, by: LaterRedaction(Self.redactor)))
        #expect(!holds(place, Array(Self.word.utf8)))
        let files = contents(place)
        for piece in pieces { #expect(ByteSearch(piece).firstIndex(in: files[...]) == nil) }
        #expect(try Self.bodies(store, other).count == before.count)
    }

    @Test func `heads and framings of HTTP are written anew with their messages`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1))
        let head = HTTPRequestHead(
            connection: 1, peer: "", route: "", method: "POST", target: "/mcp", minorVersion: 1,
            fields: [HTTPField(name: "User-Agent", value: "agent \(Self.word)")], omittedFields: 0)
        let note = HTTPNote.request(head).encodedJSON()
        var records = [
            MessageRecord(
                sequence: 1, time: .zero, lane: .clientToServer, kind: .http, body: .inline(note[...]),
                size: note.count)
        ]
        for sequence in 2...4 {
            let body = Array(#"{"jsonrpc":"2.0","method":"m","params":{"password":"pw"}}"#.utf8)
            var message = MessageRecord(
                sequence: Int64(sequence), time: .zero, lane: .serverToClient, kind: .notification,
                body: .inline(body[...]), size: body.count)
            message.framing = MessageFraming(pieces: [
                Array("data: ".utf8), Array("\n\n: \(Self.word)\n\n".utf8),
            ])
            message.stream = StreamID(UInt32(sequence))
            records.append(message)
        }
        try sink.commit(records.map { .message($0) }, position: 1, ending: true)
        let redaction = LaterRedaction(Self.redactor)
        let id = SessionDescription.test(1).id
        #expect(try store.redact(id, by: redaction)?.messages == 4)
        let expected = records.map { RecordingEntry.message(redaction.redacted($0, exchange: nil)) }
        #expect(try store.allEntries(of: id) == expected)
        #expect(store.damage.isEmpty && !"\(expected)".contains(Self.word))
    }

    @Test func `a session that is recorded is refused, and one that is not there is nothing`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let redaction = LaterRedaction(Self.redactor)
        #expect(try store.redact(SessionID("nothing"), by: redaction) == nil)
        let id = try Self.record(Self.lines(1), nil, in: store, 1)
        mkdir(store.journalsDirectory, 0o700)
        let pointer = store.journalsDirectory + "/" + id.text
        close(open(pointer, O_CREAT | O_WRONLY, 0o600))
        do {
            _ = try store.redact(id, by: redaction)
            Issue.record("it was redacted")
        } catch {
            #expect(error.kind == .unfinished)
        }
        unlink(pointer)
        #expect(try store.redact(id, by: redaction)?.messages ?? 0 > 0)
    }

    @Test func `a damaged block stops it, and it says what to do`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let id = try Self.record(Self.lines(5), nil, in: store, 1)
        try store.database.execute("UPDATE block SET checksum = checksum + 1")
        do {
            _ = try store.redact(id, by: LaterRedaction(Self.redactor))
            Issue.record("it was redacted")
        } catch {
            #expect(error.kind == .damaged)
        }
    }

    private func contents(_ place: TemporaryStore) -> [UInt8] {
        ["index.sqlite", "index.sqlite-wal"].flatMap { name -> [UInt8] in
            var bytes: [UInt8] = []
            try? FileReading(place.path + "/" + name).read { bytes += $0 }
            return bytes
        }
    }

    private func holds(_ place: TemporaryStore, _ word: [UInt8]) -> Bool {
        ByteSearch(word).firstIndex(in: contents(place)[...]) != nil
    }
}
