internal import MCPSemantics
internal import Recording
internal import Wire

/// Answers the page's questions about recordings; docs/api.md describes them.
///
/// Lists are pages: the answer says where the next begins, and nothing is held between two questions.
struct RecordingAPI {
    let source: any RecordingSource
    let now: Int64
    /// All runs, newest first, where they are known.
    private let knownRuns: (() throws -> [Run])?

    /// - Parameters:
    ///   - now: wall clock, nanoseconds since 1970, for `since:`.
    ///   - runs: all runs, newest first, where they are known; else they are found among all sessions.
    init(
        _ source: any RecordingSource, now: Int64, runs: (() throws -> [Run])? = nil
    ) {
        self.source = source
        self.now = now
        knownRuns = runs
    }

    /// Rows of a page, unless the question says otherwise.
    static let defaultLimit = 200
    /// Rows of a page at most: more do not fit on a screen, and the answer is made whole before it is sent.
    static let limit = 1000
    /// Rows that one question with a filter looks at, in whatever session: then it answers with what it
    /// found, however little, so that a page shows progress and no question takes long.
    static let scanLimit = 20_000
    /// The same of sessions, which cost more to read, and how many are read at one time.
    static let sessionScanLimit = 1000
    static let sessionPage = 200

    /// What `request` asks for, or why there is no answer.
    func answer(_ request: APIRequest) -> PageAnswer {
        do {
            switch request.path.count {
            case 1 where request.path == ["sessions"]: return try sessions(request)
            case 1 where request.path == ["runs"]: return try runs(request)
            case 2 where request.path[0] == "sessions": return try session(request.path[1])
            case 2 where request.path[0] == "runs": return try run(request.path[1])
            case 3 where request.path[0] == "runs" && request.path[2] == "stats":
                return try statistics(ofRun: request.path[1], request)
            case 3 where request.path[0] == "sessions":
                let session = try existing(request.path[1])
                switch request.path[2] {
                case "exchanges": return try exchanges(of: session, request)
                case "entries": return try entries(of: session, request)
                case "stats": return try statistics(of: session, request)
                case "violations": return try violations(of: session, request)
                case "density": return try density(of: session, request)
                default: break
                }
            case 4 where request.path[0] == "sessions" && request.path[2] == "messages":
                return try message(request.path[3], of: try existing(request.path[1]))
            default: break
            }
            return .failure(404, "there is no such address here; see docs/api.md")
        } catch let failure as APIFailure {
            return failure.answer
        } catch let failure as SourceFailure {
            return APIFailure(failure).answer
        } catch {
            return .failure(500, "the recording cannot be read: \(error)")
        }
    }

    // MARK: Questions

    /// Sessions, newest first. A filter looks at `sessionScanLimit` of them at most, and into no further one
    /// once it looked at `scanLimit` of their rows.
    private func sessions(_ request: APIRequest) throws -> PageAnswer {
        let filter = try filter(request)
        let limit = try limit(request)
        var last = try request.query["before"].map { word in
            ListPlace(word, isThere: try source.session(SessionID(word)) != nil)
        }
        var rows: [SessionSummary] = []
        var scanned = 0
        var isAtEnd = false
        var matching = SessionFilter(filter, in: source, now: now)
        // One more than the answer holds tells whether more follow.
        while rows.count <= limit, scanned < RecordingAPI.sessionScanLimit, !isAtEnd,
            matching.looked < RecordingAPI.scanLimit
        {
            let page = try source.sessions(
                before: last.map { SessionID($0.id) }, started: last?.start,
                limit: filter.isEmpty ? limit + 1 : RecordingAPI.sessionPage)
            isAtEnd = page.isEmpty
            for session in page {
                scanned += 1
                last = ListPlace(behind: session)
                if try matching.matches(session) { rows.append(session) }
                if rows.count > limit || matching.looked >= RecordingAPI.scanLimit { break }
            }
        }
        let next = rows.count > limit ? ListPlace(behind: rows[limit - 1]) : isAtEnd ? nil : last
        return PageAnswer.object { json in
            json.member("sessions") { json in
                json.array { json in for row in rows.prefix(limit) { json.session(row) } }
            }
            json.next(next?.text)
        }
    }

    private func session(_ id: String) throws -> PageAnswer {
        let summary = try existing(id)
        var json = JSONWriter()
        json.session(summary, diagnosis: try source.diagnoses(of: summary).first)
        var head = JSONWriter()
        head.object { json in
            json.handshake("client", summary.state.client)
            json.handshake("server", summary.state.server)
        }
        // Two more members in the object that --json has.
        let last = try source.lastSequence(of: summary.description.id) ?? 0
        return .json(
            json.bytes.dropLast() + Array(",\"last_seq\":\(last),\"head\":".utf8) + head.bytes
                + [UInt8(ascii: "}")])
    }

    /// The exact bytes of one message.
    private func message(_ word: String, of summary: SessionSummary) throws -> PageAnswer {
        guard let sequence = Int64(word), sequence > 0 else {
            throw APIFailure(400, "a message has a number from 1; this is \(word)")
        }
        let id = summary.description.id
        let entry = try source.entries(of: id, from: sequence, limit: 1).first
        guard case .message(let message)? = entry, message.sequence == sequence else {
            throw APIFailure(404, "session \(id.text) has no message \(sequence)")
        }
        guard message.size <= RecordingAPI.messageLimit || message.truncated != nil else {
            throw APIFailure(
                413,
                "message \(sequence) has \(message.size) bytes, more than the page takes;"
                    + " mcptape show \(id.text) --raw writes it")
        }
        guard let bytes = try source.bytes(of: message, in: id) else {
            throw APIFailure(404, "the bytes of message \(sequence) were not recorded (--capture)")
        }
        return PageAnswer(200, contentType: "application/octet-stream", body: Array(bytes))
    }

    /// Bytes of a message that a page is given: what a browser's tab can hold and show.
    static let messageLimit = 64 << 20

    // MARK: What questions have in common

    /// Newest first.
    func allRuns() throws -> [Run] {
        if let knownRuns { return try knownRuns() }
        return try Run.newestFirst(try source.sessions(), of: source)
    }

    func existing(_ id: String) throws -> SessionSummary {
        guard let summary = try source.session(SessionID(id)) else {
            throw APIFailure(404, "there is no session \(id)")
        }
        return summary
    }

    func filter(_ request: APIRequest) throws -> Filter {
        guard let words = request.query["filter"] else { return .everything }
        do {
            return try Filter(parsing: words)
        } catch {
            throw APIFailure(error)
        }
    }

    func limit(_ request: APIRequest) throws -> Int {
        try number("limit", of: request, 1...RecordingAPI.limit) ?? RecordingAPI.defaultLimit
    }

    func number(_ name: String, of request: APIRequest, _ range: ClosedRange<Int>) throws -> Int? {
        guard let word = request.query[name] else { return nil }
        guard let number = Int(word), range.contains(number) else {
            throw APIFailure(
                400, "\(name) is a number from \(range.lowerBound) to \(range.upperBound); this is \(word)")
        }
        return number
    }
}
