internal import MCPSemantics
public import Recording
internal import Wire

/// Writes the viewer's page with recordings inside: one file that opens from a disk and asks nobody.
///
/// What is said lies in pieces, each compressed by itself, so that the page unpacks what it shows; the first
/// answers of the API are in it as they are.
public struct PageExport {
    /// What was written.
    public struct Report: Sendable, Equatable {
        /// Bytes of the file.
        public var size = 0
        /// Messages whose payload was left out, and its bytes.
        public var cutMessages = 0
        public var cutBytes = 0
    }

    /// Exchanges in a piece.
    static let exchangesInPiece = 2048

    private let source: any RecordingSource
    private let sessions: [SessionSummary]
    private let api: RecordingAPI
    private let compress: (_ bytes: [UInt8]) -> [UInt8]?
    private let version: String
    private let slow: Int64
    private let isPart: Bool
    private let now: Int64
    private let limit: Int

    /// - Parameters:
    ///   - sessions: what is exported, oldest first.
    ///   - now: wall clock, nanoseconds since 1970.
    ///   - version: the program's.
    ///   - slow: from how long on an exchange is slow. Nanoseconds.
    ///   - isPart: what is exported was chosen from more, and its exchanges are numbered anew.
    ///   - limit: bytes of the file at most; payloads are left out to stay below.
    ///   - compress: makes gzip.
    public init(
        _ sessions: [SessionSummary], of source: any RecordingSource, now: Int64, version: String,
        slow: Int64,
        isPart: Bool, limit: Int, compress: @escaping (_ bytes: [UInt8]) -> [UInt8]?
    ) throws(SourceFailure) {
        self.source = source
        self.sessions = sessions
        self.compress = compress
        self.version = version
        self.slow = slow
        self.isPart = isPart
        self.now = now
        self.limit = limit
        api = RecordingAPI(RecordingGroup(sessions, of: source), now: now)
    }

    /// Hands the file to `emit`, piece by piece, and says what it holds.
    ///
    /// It is larger than the limit only where even what it holds without any payload is.
    public func write(_ emit: (ArraySlice<UInt8>) throws -> Void) throws -> Report {
        let document: PageDocument
        do throws(ScriptBundle.Failure) {
            document = try PageDocument(PageFiles.texts)
        } catch {
            throw SourceFailure(.io, error.message)
        }
        var answers = JSONWriter()
        try self.answers(&answers)
        var output = ExportPieces(limit: limit, compress: compress)
        // The index comes last: its size is known but for what tells where the pieces are.
        output.reserve(document.tail.count + output.packed(answers.bytes).count + 4096)
        try output.emit(document.head, emit)
        var places: [[UInt8]] = []
        for summary in sessions { places.append(try write(summary, to: &output, emit)) }
        var index = JSONWriter()
        index.object { json in
            json.member("format", 1)
            json.member("version", version)
            json.member("written", CivilTime(nanosecondsSince1970: now).text())
            json.member("slow_us", slow / 1000)
            if isPart { json.member("is_part", true) }
            json.cut(output.report, limit: limit)
            json.member("sessions") { json in
                json.array { json in for place in places { json.raw(place) } }
            }
            json.member("answers", raw: answers.bytes)
        }
        try output.piece("index", output.packed(index.bytes), emit)
        try output.emit(document.tail, emit)
        return output.report
    }

    /// What the API says without a filter, by path.
    private func answers(_ json: inout JSONWriter) throws {
        var paths = [["sessions"], ["runs"]]
        for session in sessions {
            let path = ["sessions", session.description.id.text]
            paths += [path] + ["stats", "density", "violations"].map { path + [$0] }
        }
        for run in try Run.grouped(sessions, of: source) {
            paths += [["runs", run.id], ["runs", run.id, "stats"]]
        }
        try json.object { json in
            for path in paths {
                let answer = api.answer(APIRequest(path: path, query: ["limit": "1000"]))
                guard answer.status == 200 else {
                    throw SourceFailure(.io, String(decoding: answer.body, as: UTF8.self))
                }
                json.member(path.joined(separator: "/"), raw: answer.body)
            }
        }
    }

    /// Writes what one session holds; answers where its pieces are.
    private func write(
        _ summary: SessionSummary, to output: inout ExportPieces, _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws -> [UInt8] {
        let id = summary.description.id
        var exchanges: [(first: Int, piece: Int)] = []
        var from = 1
        while true {
            let page = try source.exchanges(of: id, from: from, limit: PageExport.exchangesInPiece)
            guard let first = page.first, let last = page.last else { break }
            var json = JSONWriter()
            json.array { json in for exchange in page { json.exchange(exchange, of: id) } }
            exchanges.append((first.number, try output.piece(output.packed(json.bytes), emit)))
            from = last.number + 1
        }
        var entries = EntryPieces(of: summary, in: source)
        let reader = ConversationReader(summary, of: source, now: now)
        while let (entry, _) = try reader.next() { try entries.add(entry, to: &output, emit) }
        try entries.flush(to: &output, emit)
        var json = JSONWriter()
        json.object { json in
            json.member("session", id.text)
            json.places("exchanges", exchanges.map { ($0.first, $0.piece) })
            json.places("entries", entries.places)
            json.places("large", entries.large)
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func cut(_ report: PageExport.Report, limit: Int) {
        guard report.cutMessages > 0 else { return }
        member("cut") { json in
            json.object { json in
                json.member("limit", limit)
                json.member("messages", report.cutMessages)
                json.member("bytes", report.cutBytes)
            }
        }
    }

    /// Pairs: the first number in a piece, and the piece.
    fileprivate mutating func places(_ name: String, _ places: [(Int, Int)]) {
        member(name) { json in
            json.array { json in
                for (first, piece) in places {
                    json.array { json in
                        json.int(first)
                        json.int(piece)
                    }
                }
            }
        }
    }
}
