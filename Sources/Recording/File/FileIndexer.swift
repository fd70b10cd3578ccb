internal import CScan
import MCPSemantics
import Wire

/// Goes through a file once: places, exchanges, session states, findings.
struct FileIndexer {
    let bytes: [UInt8]
    let header: RecordingFileHeader
    private(set) var findings: [RecordingFileFault] = []
    private(set) var unlistedFindings = 0
    var sessions: [Progress]
    private let placeByID: [String: Int]
    /// Where the next line begins.
    private(set) var position: Int
    private var number = 1

    /// What was read of one session so far.
    struct Progress {
        var content: FileSessionContent
        var exchanges = ExchangeTracker()
        var session = SessionTracker()
        var state = SessionState()
        var lastSequence: Int64 = 0
        /// The highest one that a line states.
        var lastStated: Int64 = 0
        var lastTime = Timestamp.zero
        /// HTTP exchanges that were refused: their requests get no other answer.
        var refused: [UInt32: Refusal] = [:]
        var origins = EventOrigins()
        /// Streams that go on with an earlier one.
        var resumed: [UInt32: UInt32] = [:]
        /// Streams of events: in the older era the answer may come on another one.
        var goingOn: Set<UInt32> = []
        /// Streams whose status is neither 200 nor a refusal: the same, when they are whole.
        var accepted: Set<UInt32> = []
        var violations: ViolationFinder
    }

    init(bytes: [UInt8]) throws(SourceFailure) {
        self.bytes = bytes
        let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
        header = try RecordingFileHeader(parsing: bytes[..<end])
        position = min(end + 1, bytes.count)
        sessions = header.sessions.map {
            Progress(
                content: FileSessionContent(summary: $0), violations: ViolationFinder($0.description))
        }
        var places: [String: Int] = [:]
        for (place, session) in header.sessions.enumerated() { places[session.description.id.text] = place }
        placeByID = places
    }

    /// Reads every line.
    mutating func run() {
        while position < bytes.count { readLine() }
        finishRefusals()
    }

    /// Reads the line at `position`, which is not the end.
    mutating func readLine() {
        let start = position
        let lineFeed = Self.lineFeed(in: bytes, from: start)
        let end = lineFeed ?? bytes.count
        position = lineFeed.map { $0 + 1 } ?? bytes.count
        number += 1
        let line = RecordingFileLine(bytes[start..<end], number: number, hasLineFeed: lineFeed != nil)
        read(line)
    }

    static func lineFeed(in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            let place = start + Int(cscan_find(base + start, bytes.count - start, 0x0A))
            return place < bytes.count ? place : nil
        }
    }

    private mutating func read(_ line: RecordingFileLine) {
        switch line.content {
        case .damaged(let fault): find(fault)
        case .other:
            if line.text.contains(where: { $0 > 0x20 }) {
                find(.warning, line, "a type of line that this version does not know; it is kept")
            }
        case .gap(let gap):
            guard let place = session(of: gap.place, line) else { return }
            read(gap, of: place, line)
        case .message(let message):
            guard let place = session(of: message.place, line) else { return }
            read(message, of: place, line)
        }
    }

    private mutating func session(of place: RecordingFileLine.Place, _ line: RecordingFileLine) -> Int? {
        for warning in place.warnings { find(warning) }
        guard let id = place.session else {
            if header.onlySession == nil { find(.error, line, "session is missing: the file holds several") }
            return header.onlySession
        }
        guard let found = placeByID[id] else {
            find(.error, line, "session '\(DisplayText.oneLine(id, limit: 40))' is not in the header")
            return nil
        }
        return found
    }

    /// The entry's sequence number and time in its session, and where it stands.
    private mutating func index(
        _ place: RecordingFileLine.Place, of session: Int, _ line: RecordingFileLine, stream: UInt32 = 0
    ) -> FileIndexLine {
        let last = sessions[session].lastSequence
        var sequence = last + 1
        if let stated = place.sequence {
            // Numbers near the end of their range would leave none for what follows.
            let isInOrder = stated > sessions[session].lastStated && stated < Int64.max / 2
            sessions[session].lastStated = max(stated, sessions[session].lastStated)
            if isInOrder, stated > last {
                sequence = stated
            } else if !isInOrder {
                // Behind a line without a number, one that is too low by that is in order.
                find(.warning, line, "seq \(stated) does not increase; it is read as \(sequence)")
            }
        }
        var time = sessions[session].lastTime
        if let microseconds = place.microseconds {
            let stated = FileTime.timestamp(microseconds: microseconds)
            // On HTTP a head waits for the body that tells whose it is, while others go on.
            if stated < time, stream == 0 { find(.warning, line, "t is before the line above") }
            time = stated
        }
        sessions[session].lastSequence = sequence
        sessions[session].lastTime = max(sessions[session].lastTime, time)
        return FileIndexLine(
            start: line.text.startIndex, end: line.text.endIndex, number: UInt32(clamping: line.number),
            sequence: sequence, time: time, exchange: 0, largeBody: 0)
    }

    private mutating func read(_ gap: RecordingFileLine.FileGap, of session: Int, _ line: RecordingFileLine) {
        let entry = index(gap.place, of: session, line)
        sessions[session].content.lines.append(entry)
        sessions[session].state.gaps += 1
        sessions[session].violations.takeGap()
        sessions[session].state.gapBytes = sessions[session].state.gapBytes &+ gap.gap.bytes
        find(.warning, line, "a gap: the recording lacks \(HumanText.size(gap.gap.bytes)) here")
    }

    private mutating func read(
        _ message: RecordingFileLine.FileMessage, of session: Int, _ line: RecordingFileLine
    ) {
        var entry = index(message.place, of: session, line, stream: message.stream)
        let digest = message.digested()
        entry.keep(message, digest.kind)
        if let size = message.bytes?.count, size > LineFramer.defaultPartSize {
            entry.largeBody = sessions[session].content.largeBodies.count + 1
            sessions[session].content.largeBodies[entry.largeBody] = sessions[session].content.lines.count
        }
        guard let direction = message.lane.direction else {
            sessions[session].state.standardErrorLines += 1
            sessions[session].content.lines.append(entry)
            return
        }
        if digest.kind == .http {
            let record = message.record(digest, sequence: entry.sequence, time: entry.time)
            // A head that the client never saw tells nothing of how it fared.
            if record.fault?.side != .server {
                let note = HTTPNote(record)
                if note?.isAboutExchange == true {
                    entry.exchange = sessions[session].exchanges.waiting(on: record.stream.number) ?? 0
                }
                sessions[session].violations.take(record, note)
                self.note(record, note, of: session)
            }
            sessions[session].content.lines.append(entry)
            return
        }
        sessions[session].state.messages[direction] += 1
        sessions[session].state.bytes[direction] = sessions[session].state.bytes[direction] &+ digest.size
        if digest.kind == .foreign, !message.isPartial, message.fault == nil {
            sessions[session].state.foreignLines[direction] += 1
        }
        if message.fault?.side == .server {
            // What the client never saw answers nothing of it.
            sessions[session].content.lines.append(entry)
            return
        }
        // Looked up apart from the call: within it, all that is known of the session would be copied.
        var stream = message.stream
        if stream != 0 { stream = sessions[session].resumed[stream] ?? stream }
        let observation = sessions[session].exchanges.observe(
            digest, direction: direction, sequence: entry.sequence, time: entry.time, size: digest.size,
            stream: stream)
        noteEvent(message.framing, on: message.stream, of: session)
        for exchange in observation.changed { sessions[session].content.keep(exchange) }
        if digest.kind == .request || digest.kind == .batch {
            let record = message.record(digest, sequence: entry.sequence, time: entry.time)
            sessions[session].violations.take(record, nil)
        }
        for exchange in observation.changed { sessions[session].violations.take(exchange) }
        for found in sessions[session].violations.takeFound() { find(.warning, line, found.text) }
        var answered: Int?
        if direction == .serverToClient, observation.exchange == nil, message.framing == nil {
            let record = message.record(digest, sequence: entry.sequence, time: entry.time)
            answered = answerByHTTP(digest, record, of: session)
        }
        let belongsTo = observation.exchange ?? answered
        entry.exchange = belongsTo ?? 0
        // Not by a function of the session's: it would copy all that is known of it.
        var exchange: Exchange?
        if let belongsTo, sessions[session].content.exchanges.indices.contains(belongsTo - 1) {
            exchange = sessions[session].content.exchanges[belongsTo - 1]
        }
        _ = sessions[session].session.observe(digest, direction: direction, exchange: exchange)
        sessions[session].content.lines.append(entry)
        judge(digest, message, direction, exchange: belongsTo, line)
    }

    // MARK: Findings

    private mutating func judge(
        _ digest: MessageDigest, _ message: RecordingFileLine.FileMessage, _ direction: Direction,
        exchange: Int?,
        _ line: RecordingFileLine
    ) {
        // What a fault made of it is no fault of the file's.
        guard message.fault == nil else { return }
        switch digest.kind {
        // HTTP carries other bodies too: the text of a 202, a page, a document of OAuth.
        case .foreign where !message.isPartial && message.truncated == nil && message.stream == 0:
            find(.warning, line, "the message is not JSON-RPC")
        case .response where exchange == nil:
            find(
                .warning, line,
                "a response to no request of this recording (id \(digest.id?.text ?? "missing"))")
        case .request, .notification:
            guard let method = digest.method, let known = MethodCatalogue[method] else { return }
            if !known.directions.contains(direction) {
                let sender = direction == .clientToServer ? "client" : "server"
                find(.warning, line, "dir is \(direction.word), but no \(sender) sends \(method)")
            }
        case .response, .batch, .foreign, .standardError, .http: break
        }
    }

    private mutating func find(
        _ severity: RecordingFileFault.Severity, _ line: RecordingFileLine, _ message: String
    ) {
        find(RecordingFileFault(severity, line: line.number, message))
    }

    private mutating func find(_ fault: RecordingFileFault) {
        if findings.count < FileRecording.findingLimit {
            findings.append(fault)
        } else {
            unlistedFindings += 1
        }
    }

    // MARK: The result

    /// The sessions with their derived state; what their messages do not tell is as the header says.
    func finished() -> [FileSessionContent] {
        sessions.map { progress in
            var content = progress.content
            let stated = content.summary.state
            var state = progress.state
            state.client = progress.session.client ?? stated.client
            state.server = progress.session.server ?? stated.server
            state.revision = progress.session.revision ?? stated.revision
            state.eras = progress.session.eras.isEmpty ? stated.eras : progress.session.eras
            state.exchanges = progress.exchanges.counts.exchanges
            state.errors = progress.exchanges.counts.errors
            state.toolErrors = progress.exchanges.counts.toolErrors
            state.pending = progress.exchanges.counts.pending
            state.end = stated.end
            state.startFailure = stated.startFailure
            state.lastTime = max(progress.lastTime, stated.end?.time ?? .zero)
            content.summary.state = state
            return content
        }
    }

    /// The place of the first line with that sequence number or a higher one. O(log lines).
    static func firstIndex(in lines: [FileIndexLine], from sequence: Int64) -> Int {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension FileSessionContent {
    func exchange(_ number: Int) -> Exchange? {
        number >= 1 && number <= exchanges.count ? exchanges[number - 1] : nil
    }

    /// Numbers come without a hole, a new one after the last.
    mutating func keep(_ exchange: Exchange) {
        if exchange.number >= 1, exchange.number <= exchanges.count {
            exchanges[exchange.number - 1] = exchange
        } else {
            exchanges.append(exchange)
        }
    }
}
