import MCPSemantics
import Recording
import Wire

/// What an HTTP listener tells is survived in any order, and what goes on record depends neither on how
/// bodies are cut nor on interruptions; and what was recorded reads back from a file.
///
/// The input is a list of events, each of four bytes and a payload: kind, stream, length, and choices.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPRecorder(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    var whole = Recording()
    var cut = Recording()
    var streams = Streams()
    while rest.count >= 4 {
        let head = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        let payload = rest.prefix(Int(head[2]))
        rest = rest.dropFirst(payload.count)
        whole.time += 1_000_000_000
        cut.time = whole.time
        let stream = streams.stream(of: head[1] & 7, isNew: head[0] % 10 == 0)
        guard let event = event(head, payload, stream, at: Timestamp(nanoseconds: whole.time)) else {
            continue
        }
        whole.observe(event)
        if event.kind == .bytes, head[3] & 1 == 1 {
            let step = Int(head[3] >> 4) + 1
            var pieces = payload
            while !pieces.isEmpty {
                var piece = event
                piece.payload = pieces.prefix(step)
                cut.observe(piece)
                pieces = pieces.dropFirst(step)
            }
        } else {
            cut.observe(event)
        }
        if head[3] & 2 == 2 { cut.reload() }
    }
    whole.finish()
    cut.finish()
    require(whole.sessions.keys.sorted() == cut.sessions.keys.sorted(), "cuts changed the sessions")
    for (id, session) in whole.sessions {
        guard let other = cut.sessions[id] else { continue }
        require(session.messages == other.messages, "cuts changed the records")
        require(session.exchanges == other.exchanges, "cuts changed the exchanges")
        require(session.state == other.state, "cuts changed the state")
        session.readBack()
    }
    return 0
}

private let sessionIDs = ["", "a", "b"]
private let methods = ["POST", "GET", "DELETE", "OPTIONS"]
private let targets = ["/mcp", "/sse", "/m?session_id=1", "/m?session_id=2"]
private let statuses = [200, 202, 400, 404, 500, 100, 405, 200]
private let types = ["text/event-stream", "application/json", "", "text/plain"]

/// Up to eight streams at a time; no number is given twice, as no listener does.
private struct Streams {
    private var numbers = [UInt32](repeating: 0, count: 8)
    private var last: UInt32 = 0

    mutating func stream(of slot: UInt8, isNew: Bool) -> StreamID {
        if isNew || numbers[Int(slot)] == 0 {
            last += 1
            numbers[Int(slot)] = last
        }
        return StreamID(numbers[Int(slot)])
    }
}

private func event(
    _ head: [UInt8], _ payload: ArraySlice<UInt8>, _ stream: StreamID, at time: Timestamp
) -> TransportEvent? {
    let choice = Int(head[3])
    let lane: Lane = head[1] & 8 == 0 ? .clientToServer : .serverToClient
    switch head[0] % 10 {
    case 0: return request(stream, choice, payload, at: time)
    case 1: return response(stream, choice, payload, at: time)
    case 2, 3, 4: return .bytes(payload, on: lane, stream: stream, at: time)
    case 5: return .laneEnded(lane, stream: stream, at: time)
    case 6:
        let closer = StreamClosure.Closer.allCases[choice % StreamClosure.Closer.allCases.count]
        let reason = StreamClosure.Reason.allCases[(choice >> 2) % StreamClosure.Reason.allCases.count]
        return .streamClosed(StreamClosure(closer, reason), stream: stream, at: time)
    case 7: return .bodyOmitted(choice, on: lane, stream: stream, at: time)
    case 8:
        return .trailers([HTTPField(name: "T", value: "v")], on: lane, stream: stream, at: time)
    default:
        guard choice > 250 else { return nil }
        var gap = Gap(from: .zero, to: time, reason: .journalFull)
        gap.serverToClient = choice
        return .gap(gap, at: time)
    }
}

private func request(
    _ stream: StreamID, _ choice: Int, _ payload: ArraySlice<UInt8>, at time: Timestamp
) -> TransportEvent {
    var fields = [HTTPField(name: "User-Agent", value: "x")]
    let session = sessionIDs[choice % sessionIDs.count]
    if !session.isEmpty { fields.append(HTTPField(name: "Mcp-Session-Id", value: session)) }
    if choice & 4 != 0 { fields.append(HTTPField(name: "MCP-Protocol-Version", value: "2025-11-25")) }
    if !payload.isEmpty {
        fields.append(
            HTTPField(name: "Last-Event-ID", value: String(decoding: payload.prefix(4), as: UTF8.self)))
    }
    return .requestHead(
        HTTPRequestHead(
            connection: UInt64(choice & 3), peer: "127.0.0.1:\(choice & 3)", route: "",
            method: methods[(choice >> 3) & 3], target: targets[(choice >> 5) & 3], fields: fields),
        stream: stream, at: time)
}

private func response(
    _ stream: StreamID, _ choice: Int, _ payload: ArraySlice<UInt8>, at time: Timestamp
) -> TransportEvent {
    var fields = [HTTPField(name: "Content-Type", value: types[choice & 3])]
    if let first = payload.first {
        fields.append(HTTPField(name: "Mcp-Session-Id", value: sessionIDs[Int(first) % 2 + 1]))
    }
    return .responseHead(
        HTTPResponseHead(status: statuses[(choice >> 2) & 7], reason: "", fields: fields), stream: stream,
        at: time)
}

/// What a listener put on record.
private struct Recording {
    struct Session {
        var description: SessionDescription
        var state = SessionState()
        var messages: [RecordedEvent] = []
        var exchanges: [Int: Exchange] = [:]
        var checkpoint: [UInt8] = []

        /// A file of the session holds the same messages and exchanges.
        func readBack() {
            let summary = SessionSummary(description: description, state: state)
            let writer = RecordingFileWriter(sessions: [summary])
            var bytes = writer.headerLine()
            var entries: [RecordingEntry] = []
            for event in messages {
                let entry: RecordingEntry
                switch event {
                case .message(let message): entry = .message(message)
                case .gap(let gap): entry = .gap(gap)
                case .part, .exchange: continue
                }
                entries.append(entry)
                bytes += writer.line(for: entry, of: description.id)
            }
            guard let file = try? FileRecording(bytes: bytes),
                let read = try? file.entries(of: description.id, from: 1, limit: entries.count + 1)
            else { fatalError("a file cannot be read") }
            require(read.count == entries.count, "a file holds more or less")
        }
    }

    var time: Int64 = 0
    private(set) var sessions: [String: Session] = [:]
    private var recorder = HTTPRecorder(listener: Recording.listener)

    private static let listener = SessionDescription(
        id: SessionID("abcdefghjkmn"), name: "api", transport: .http)

    mutating func observe(_ event: TransportEvent) { recorder.observe(event) }

    private mutating func takeRecords() {
        for records in recorder.takeRecords() {
            let id = records.description.id.text
            var session = sessions[id] ?? Session(description: records.description)
            for event in records.events {
                if case .exchange(let exchange) = event {
                    session.exchanges[exchange.number] = exchange
                } else {
                    session.messages.append(event)
                }
            }
            session.state = records.state
            session.checkpoint = records.checkpoint
            sessions[id] = session
        }
    }

    mutating func finish() {
        observe(.ended(.signalled, at: Timestamp(nanoseconds: time + 1)))
        takeRecords()
    }

    mutating func reload() {
        takeRecords()
        let sessions = sessions
        recorder = HTTPRecorder(listener: Recording.listener, resuming: recorder.checkpoint()) {
            sessions[$0.text].map { JournalCoverage(position: 0, checkpoint: $0.checkpoint) }
        }
    }
}
