import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RecordingFileWriterRoundTripTests {
    private func write(_ sessions: [(summary: SessionSummary, entries: [RecordingEntry])]) -> [UInt8] {
        let writer = RecordingFileWriter(sessions: sessions.map(\.summary))
        return sessions.reduce(into: writer.headerLine()) { bytes, session in
            for entry in session.entries {
                bytes += writer.line(for: entry, of: session.summary.description.id)
            }
        }
    }

    /// Times of the file are whole microseconds.
    private func rounded(_ entry: RecordingEntry) -> RecordingEntry {
        func rounded(_ time: Timestamp) -> Timestamp {
            Timestamp(nanoseconds: time.nanoseconds / 1000 * 1000)
        }
        switch entry {
        case .message(var message):
            message.time = rounded(message.time)
            message.exchange = nil
            return .message(message)
        case .gap(var record):
            record.gap.from = rounded(record.gap.from)
            record.gap.to = rounded(record.gap.to)
            record.gap.serverToClient = max(0, record.gap.serverToClient)
            return .gap(record)
        }
    }

    private func entries(_ file: FileRecording, _ id: SessionID) throws -> [RecordingEntry] {
        var all: [RecordingEntry] = []
        while true {
            let page = try file.entries(of: id, from: (all.last?.sequence ?? 0) + 1, limit: 7)
            if page.isEmpty { return all }
            all += page
        }
    }

    @Test(arguments: 0..<60)
    func `what is written is read, and written again it is the same`(seed: UInt64) throws {
        var generated = GeneratedSessions(seed: seed)
        let sessions = (0...(Int(seed) % 3)).map { generated.session($0) }
        let bytes = write(sessions)
        let file = try FileRecording(bytes: bytes)
        #expect(file.faults.isEmpty, "\(file.faults)")
        var again = RecordingFileWriter(sessions: file.header.sessions).headerLine()
        #expect(again == file.header.encoded() + [0x0A])
        for session in sessions {
            let id = session.summary.description.id
            let read = try entries(file, id)
            #expect(read.map { rounded($0) } == session.entries.map { rounded($0) })
            for entry in read { again += RecordingFileWriter(header: file.header).line(for: entry, of: id) }
            let description = try #require(try file.session(id)).description
            #expect(description == session.summary.description)
        }
        #expect(again == bytes)
    }

    @Test(arguments: 0..<20)
    func `chunks of any size give the same lines`(seed: UInt64) throws {
        var generated = GeneratedSessions(seed: seed)
        let bytes = write([generated.session(0)])
        var reader = RecordingFileReader()
        var text: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = seed == 0 ? 1 : 1 + generated.random.below(seed % 2 == 0 ? 4 : 400)
            for item in try reader.push(rest.prefix(size)) { text += self.text(item) }
            rest = rest.dropFirst(size)
        }
        #expect(try reader.finish() == nil)
        #expect(text == bytes)
    }

    private func text(_ item: RecordingFileReader.Item) -> [UInt8] {
        switch item {
        case .header(let header): header.encoded() + [0x0A]
        case .line(let line): Array(line.text) + (line.hasLineFeed ? [0x0A] : [])
        }
    }

    @Test func `no bytes trap the reader`() throws {
        var generated = GeneratedSessions(seed: 99)
        let bytes = write([generated.session(0), generated.session(1)])
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0...generated.random.below(4) {
                let place = generated.random.below(damaged.count)
                switch generated.random.below(3) {
                case 0: damaged[place] = UInt8(truncatingIfNeeded: generated.random.next())
                case 1: damaged.removeSubrange(place..<min(damaged.count, place + generated.random.below(9)))
                default: damaged.insert(contentsOf: Array("{\"seq\":-1,\"t\":1e400}".utf8), at: place)
                }
            }
            guard let file = try? FileRecording(bytes: damaged) else { continue }
            for session in try file.sessions() { _ = try entries(file, session.description.id) }
        }
    }

    @Test func `a large body comes in parts and is written from them`() throws {
        let sample = SampleSessions.session("a", "x", start: 0)
        let large = Array(("{\"a\":\"" + String(repeating: "é", count: 530_000) + "\"}").utf8)
        for bytes in [
            large, large + [0xFF], Array(("\u{FEFF}" + String(repeating: "x\n", count: 530_000)).utf8),
        ] {
            let message = MessageRecord(
                sequence: 1, time: .zero, lane: .clientToServer, kind: .foreign, body: .inline(bytes[...]),
                size: bytes.count)
            let written = write([(sample, [.message(message)])])
            let file = try FileRecording(bytes: written)
            let entry = try #require(try file.entries(of: SessionID("a"), from: 1, limit: 1).first)
            guard case .message(let read) = entry, case .parts(let body, let count) = read.body else {
                Issue.record("not in parts")
                continue
            }
            var joined: [UInt8] = []
            var parts = 0
            try file.readParts(of: SessionID("a"), body: body) { part in
                joined += part
                parts += 1
            }
            #expect(joined == bytes)
            #expect(parts == count)
            let writer = RecordingFileWriter(header: file.header)
            var again = writer.headerLine()
            try writer.write(entry, of: SessionID("a"), from: file) { again += $0 }
            #expect(again == written)
        }
    }
}
