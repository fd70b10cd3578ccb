public import MCPSemantics
import Wire

/// Writes a portable recording file, `NAME.mcptape.jsonl`: a header, then a line a message, stderr line or
/// gap.
///
/// A line is made of `seq`, `t` (µs since the session began), `dir` or `stderr`, `session` when the file
/// holds several, `batch`, `gap`, `truncated`, `partial`, `eol`, and last the message: `msg` verbatim, else
/// `text`, else `raw_b64`. Of a message whose payload is missing or cut, what else is known of it stands
/// beside: `kind`, `id`, `method`, `name`, `size`, `error`. Source: product.md, Data.
public struct RecordingFileWriter: Sendable {
    /// The format's major version; a reader refuses a higher one.
    public static let version = 1

    /// What the header says.
    public let header: RecordingFileHeader

    /// A writer for a file that holds these sessions.
    public init(header: RecordingFileHeader) { self.header = header }

    /// A writer for a file that holds these sessions.
    ///
    /// `statesHandshakes`: the lines do not hold the handshake (a selection without it, or payloads that were
    /// not captured), so the header carries what both sides said of themselves in full.
    public init(sessions: [SessionSummary], statesHandshakes: Bool = false) {
        header = RecordingFileHeader(sessions: sessions, statesHandshakes: statesHandshakes)
    }

    /// The first line, with its line feed.
    public func headerLine() -> [UInt8] { header.encoded() + [0x0A] }

    /// The line of an entry whose bytes are at hand, with its line feed.
    ///
    /// `exchange` is the one that the message belongs to: an answer without payload tells by it how it ended.
    /// A body in parts is written by `write`; here its bytes would be missing.
    public func line(for entry: RecordingEntry, of session: SessionID, exchange: Exchange? = nil) -> [UInt8] {
        var line = begun(entry, of: session, exchange: exchange)
        if case .message(let message) = entry, case .inline(let bytes) = message.body {
            line.beginBody(FileBodyForm.of(bytes), isNote: message.kind == .http)
            line.addBody(bytes)
            line.endBody()
        }
        return line.closed()
    }

    /// Writes the line of an entry piece by piece.
    ///
    /// The parts of a large body are read from `source`, twice, because the body's form must be known before
    /// its first byte is written. Holds no more than a part at a time.
    public func write(
        _ entry: RecordingEntry, of session: SessionID, exchange: Exchange? = nil,
        from source: any RecordingSource,
        to emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        guard case .message(let message) = entry, case .parts(let body, _) = message.body else {
            return try emit(self.line(for: entry, of: session, exchange: exchange)[...])
        }
        var scan = FileBodyScan()
        try source.readParts(of: session, body: body) { scan.push($0) }
        var line = begun(entry, of: session, exchange: exchange)
        line.beginBody(scan.form)
        try source.readParts(of: session, body: body) { part in
            line.addBody(part)
            try emit(line.bytes[...])
            line.bytes.removeAll(keepingCapacity: true)
        }
        line.endBody()
        try emit(line.closed()[...])
    }

    private func begun(_ entry: RecordingEntry, of session: SessionID, exchange: Exchange?) -> FileLineText {
        var line = FileLineText()
        let sessionText = header.sessions.count > 1 ? session.text : nil
        switch entry {
        case .gap(let record): line.add(record, session: sessionText)
        case .message(let message): line.add(message, session: sessionText, exchange: exchange)
        }
        return line
    }
}

/// The text of one line while it is written.
struct FileLineText {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    private var isFirst = true
    private var form = FileBodyForm.json
    private var escaper = FileTextEscaper()
    private var encoder = Base64Encoder()

    /// The members of a message's line but for its body.
    mutating func add(_ message: MessageRecord, session: String?, exchange: Exchange?) {
        member("seq", String(message.sequence))
        member("t", String(FileTime.microseconds(of: message.time)))
        if let direction = message.lane.direction { string("dir", direction.word) }
        if let session { string("session", session) }
        if message.lane == .standardError { member("stderr", "true") }
        if message.kind == .batch { member("batch", "true") }
        if message.stream != .stdio { member("stream", String(message.stream.number)) }
        if let framing = message.framing { add(framing) }
        if message.truncated != nil || message.body == .omitted { addHead(of: message, exchange: exchange) }
        if let truncated = message.truncated {
            let digest = truncated.sha256.map { hexadecimal($0) }.joined()
            member("truncated", "{\"size\":\(message.size),\"sha256\":\"\(digest)\"}")
        }
        if !message.redactions.isEmpty { add(message.redactions) }
        if let fault = message.fault {
            string("fault", fault.text)
            if let side = fault.side.fileWord { string("fault_side", side) }
        }
        if message.isPartial { member("partial", "true") }
        if !message.hasLineFeed { string("eol", "") }
    }

    mutating func add(_ framing: MessageFraming) {
        let texts = framing.pieces.compactMap { String(validating: $0, as: UTF8.self) }
        let isText = texts.count == framing.pieces.count
        var json = JSONWriter()
        json.strings(isText ? texts : framing.pieces.map { Base64.encoded($0) })
        member(isText ? "sse" : "sse_b64", json.text)
    }

    /// A pair for each place: where, and by which rule.
    mutating func add(_ redactions: [Redaction]) {
        var json = JSONWriter()
        json.array { list in
            for redaction in redactions { list.strings([redaction.pointer, redaction.rule]) }
        }
        member("redacted", json.text)
    }

    /// What the bytes would tell if they were there.
    private mutating func addHead(of message: MessageRecord, exchange: Exchange?) {
        if message.lane != .standardError { string("kind", message.kind.word) }
        // Long ids are cut when they are read (`MessageDigest.textLimit`) and then are no JSON any more.
        if let id = message.id, JSONText.isValid(Array(id.text.utf8)[...]) { member("id", id.text) }
        if let method = message.method { string("method", method) }
        if let name = message.name { string("name", name) }
        if message.truncated == nil { member("size", String(message.size)) }
        guard message.kind == .response, let exchange, exchange.responseSequence == message.sequence else {
            return
        }
        if let error = exchange.error {
            var json = JSONWriter()
            json.object { json in
                if JSONText.isValid(Array(error.code.utf8)[...]) {
                    json.member("code", raw: error.code.utf8)
                } else {
                    json.member("code", error.code)
                }
                json.member("message", error.message)
            }
            member("error", json.text)
        } else if exchange.outcome == .toolError {
            member("tool_error", "true")
        }
    }

    /// A gap's line: `t` is where it begins.
    mutating func add(_ record: GapRecord, session: String?) {
        let gap = record.gap
        member("seq", String(record.sequence))
        member("t", String(FileTime.microseconds(of: gap.from)))
        if let session { string("session", session) }
        var json = JSONWriter()
        json.object { json in
            json.member("to", FileTime.microseconds(of: gap.to))
            json.member("reason", gap.reason.fileWord)
            json.member("c2s", gap.clientToServer)
            json.member("s2c", gap.serverToClient)
            json.member("stderr", gap.standardError)
            json.member("c2s_lines", gap.clientToServerLines)
            json.member("s2c_lines", gap.serverToClientLines)
            if !gap.cutLanes.isEmpty { json.member("cut") { $0.strings(gap.cutLanes.map(\.fileWord)) } }
        }
        member("gap", json.text)
    }

    /// Begins the last member.
    mutating func beginBody(_ form: FileBodyForm, isNote: Bool = false) {
        self.form = form
        key(isNote ? "http" : form.rawValue)
        if form != .json { bytes.append(0x22) }
    }

    mutating func addBody(_ part: ArraySlice<UInt8>) {
        switch form {
        case .json: bytes += part
        case .text: escaper.push(part, into: &bytes)
        case .base64: encoder.push(part, into: &bytes)
        }
    }

    mutating func endBody() {
        escaper.finish(into: &bytes)
        encoder.finish(into: &bytes)
        if form != .json { bytes.append(0x22) }
    }

    /// A member as it stands in another line.
    mutating func copy(_ entry: JSONTree.Member, as value: ArraySlice<UInt8>? = nil) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes += entry.keyText
        bytes.append(UInt8(ascii: ":"))
        bytes += value ?? entry.value.text
    }

    /// The line so far with its brace and line feed.
    func closed() -> [UInt8] { bytes + [UInt8(ascii: "}"), 0x0A] }

    private mutating func key(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes += Array("\"\(name)\":".utf8)
    }

    private mutating func member(_ name: String, _ json: String) {
        key(name)
        bytes += FileTextEscaper.lineSafe(json.utf8)
    }

    private mutating func string(_ name: String, _ value: String) {
        key(name)
        bytes.append(0x22)
        var escaper = FileTextEscaper()
        escaper.push(Array(value.utf8)[...], into: &bytes)
        escaper.finish(into: &bytes)
        bytes.append(0x22)
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}

/// Times of the file: whole microseconds, rounded down, so that reading and writing again gives the same
/// text.
enum FileTime {
    static func microseconds(of time: Timestamp) -> Int64 {
        let quotient = time.nanoseconds / 1000
        return time.nanoseconds % 1000 < 0 ? quotient - 1 : quotient
    }

    /// Clamped: a file may say anything, and the time between any two has to be a number too.
    static func timestamp(microseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: min(max(microseconds, -limit), limit) * 1000)
    }

    /// 73 years, in microseconds: a quarter of what nanoseconds can hold.
    private static let limit = Int64.max / 4000
}

extension Gap.Reason {
    /// The word in a file.
    var fileWord: String {
        switch self {
        case .journalFull: "journal_full"
        case .noSpace: "no_space"
        case .journalUnavailable: "journal_unavailable"
        case .damaged: "damaged"
        }
    }

    /// Nil for a reason that a later version knows.
    init?(fileWord: String) {
        switch fileWord {
        case "journal_full": self = .journalFull
        case "no_space": self = .noSpace
        case "journal_unavailable": self = .journalUnavailable
        case "damaged": self = .damaged
        default: return nil
        }
    }
}

extension Lane {
    /// The word in a file.
    var fileWord: String { direction?.word ?? "stderr" }

    init?(fileWord: String) {
        guard fileWord != "stderr" else {
            self = .standardError
            return
        }
        guard let direction = Direction(word: fileWord), let lane = Lane(rawValue: direction.rawValue) else {
            return nil
        }
        self = lane
    }
}
