import MCPSemantics
import Wire

/// The recorder of a listener as bytes.
///
/// *Shape*: a head that every version reads (a magic number, how many sessions there were), then the version
/// of the rest, its length, and the rest, sealed where messages are redacted. The sessions' own recorders are
/// not in it: each has a checkpoint of its own, written when the session changes.
extension HTTPRecorder {
    private static let magic: [UInt8] = Array("mhtt".utf8)
    /// Raised with every change of what stands after the head.
    private static let version = 5
    /// No listener comes near this; counting on from it cannot overflow.
    private static let countLimit = 1 << 48

    /// Everything that decides what later events put on record, but for the sessions' own checkpoints.
    public func checkpoint() -> [UInt8] {
        var writer = StateWriter()
        writer.bytes(HTTPRecorder.magic)
        writer.int(sessionCount)
        writer.int(HTTPRecorder.version)
        var rest = StateWriter()
        rest.int(lastTime.nanoseconds)
        rest.optional(change) { $0.bytes($1.encodedJSON()) }
        rest.array(sessions.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            entry.value.save(to: &state)
        }
        rest.array(streams.all.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            entry.value.save(to: &state)
        }
        rest.array(connections.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            state.int(entry.value)
        }
        // Written only while there are some, so that what has none reads as ever.
        let marked = streams.all.filter { $0.value.fault != nil }.sorted { $0.key < $1.key }
        if !marked.isEmpty {
            rest.array(marked) { state, entry in
                state.int(entry.key)
                state.bytes(entry.value.fault?.encoded ?? [])
            }
        }
        writer.bytes(redactor?.sealed(rest.bytes) ?? rest.bytes)
        return writer.bytes
    }

    /// Bytes that wait for the rest of their message or part.
    var unfinishedBytes: Int { streams.unfinishedBytes }

    /// A recorder that goes on where `checkpoint` was made; `session` gives what is known of a session.
    ///
    /// What cannot be read is lost and everything else goes on: streams that were open, or which session a
    /// client had. No session id is given twice, as long as the head can be read.
    public init(
        listener: SessionDescription, redactor: Redactor? = nil, resuming checkpoint: [UInt8],
        maskedTarget: @escaping @Sendable (String) -> String = { $0 },
        decoding: @escaping ContentDecoding = { _ in nil },
        session: (SessionID) -> JournalCoverage?
    ) {
        self.init(
            listener: listener, redactor: redactor, maskedTarget: maskedTarget, decoding: decoding)
        var reader = StateReader(checkpoint)
        guard (try? reader.bytes()) == HTTPRecorder.magic,
            let count = try? reader.count(limit: HTTPRecorder.countLimit)
        else { return }
        sessionCount = count
        guard (try? reader.int(Int.self)) == HTTPRecorder.version, let sealed = try? reader.bytes(),
            let rest = redactor.map({ $0.opened(sealed) }) ?? sealed
        else { return }
        do throws(StateReader.Failure) {
            try restore(StateReader(rest), session)
        } catch {
            sessions = [:]
            streams = OpenStreams()
            keys = [:]
            connections = [:]
        }
    }

    private mutating func restore(
        _ state: StateReader, _ coverage: (SessionID) -> JournalCoverage?
    ) throws(StateReader.Failure) {
        var state = state
        lastTime = Timestamp(nanoseconds: try state.int())
        let saved = try state.optional { state throws(StateReader.Failure) in try state.bytes() }
        if let change = saved.flatMap({ ListenerChange(json: $0[...]) }) { apply(change) }
        var known: [(number: Int, saved: HTTPSession.Saved)] = []
        for _ in 0..<(try state.count(limit: HTTPRecorder.sessionLimit)) {
            known.append((try state.count(limit: sessionCount), try HTTPSession.Saved(from: &state)))
        }
        var open: [(id: UInt32, stream: HTTPStream)] = []
        for _ in 0..<(try state.count(limit: Int(Int32.max))) {
            open.append((try state.int(), try HTTPStream(from: &state, redactor, decoding: decoding)))
        }
        // Before its first event only its stream tells that a session is one of HTTP+SSE.
        let begun = Set(open.compactMap { $0.stream.isSession ? $0.stream.session : nil })
        for (number, saved) in known { restore(saved, number, isBegun: begun.contains(number), coverage) }
        for (id, stream) in open {
            // A stream belongs to a session of the list, or to none yet.
            if let number = stream.session {
                guard sessions[number] != nil else { throw .malformed }
                sessions[number]?.streams += 1
            }
            streams.put(stream, id)
        }
        for _ in 0..<(try state.count(limit: HTTPRecorder.connectionLimit)) {
            let connection = try state.int(UInt64.self)
            connections[connection] = try state.int(Int.self)
        }
        if !state.isAtEnd { try restoreMarks(&state) }
        guard state.isAtEnd else { throw .malformed }
    }

    private mutating func restore(
        _ saved: HTTPSession.Saved, _ number: Int, isBegun: Bool,
        _ coverage: (SessionID) -> JournalCoverage?
    ) {
        var description = self.description(of: number, name: saved.name, from: saved.zero)
        description.isEventSession = isBegun || saved.keys.contains { $0.isEndpoint }
        var session = HTTPSession(
            description, redactor: redactor, zero: saved.zero, isByIdentity: saved.isByIdentity)
        let known = coverage(description.id)
        session.recorder = Recorder(
            session: description, redactor: redactor, resuming: known?.checkpoint ?? [],
            after: known?.newest ?? Recorder.Numbers())
        session.lastTime = saved.lastTime
        session.ending = saved.ending
        for (id, stream) in saved.origins { session.origins.insert(id, on: stream) }
        session.keys = Set(saved.keys)
        sessions[number] = session
        for key in saved.keys { keys[key] = number }
    }

    private mutating func restoreMarks(_ state: inout StateReader) throws(StateReader.Failure) {
        for _ in 0..<(try state.count(limit: Int(Int32.max))) {
            let id = try state.int(UInt32.self)
            guard let mark = FaultMark(encoded: try state.bytes()[...]) else { throw .malformed }
            streams.change(id) { $0.fault = mark }
        }
    }
}

extension HTTPSession {
    /// What a listener's checkpoint holds of a session.
    fileprivate struct Saved {
        var name: String
        var zero: Timestamp
        var lastTime: Timestamp
        var isByIdentity: Bool
        var ending: SessionEnd.Reason?
        var origins: [(id: String, stream: UInt32)]
        var keys: [SessionKey]

        init(from state: inout StateReader) throws(StateReader.Failure) {
            name = try state.string()
            zero = Timestamp(nanoseconds: try state.int())
            lastTime = Timestamp(nanoseconds: try state.int())
            isByIdentity = try state.bool()
            ending = try state.text().flatMap { SessionEnd.Reason(rawValue: $0) }
            origins = try state.array(limit: EventOrigins.limit) { state throws(StateReader.Failure) in
                (try state.string(), try state.int())
            }
            keys = try state.array(limit: 1 << 16, SessionKey.init(from:))
        }
    }

    fileprivate func save(to state: inout StateWriter) {
        state.string(recorder.session.name)
        state.int(zero.nanoseconds)
        state.int(lastTime.nanoseconds)
        state.bool(isByIdentity)
        state.optional(ending) { $0.string($1.rawValue) }
        state.array(origins.ids) { state, id in
            state.string(id)
            state.int(origins[id] ?? 0)
        }
        state.array(keys) { $1.save(to: &$0) }
    }
}

extension SessionKey {
    fileprivate func save(to state: inout StateWriter) {
        switch self {
        case .id(let route, let text): SessionKey.save(0, route, text, to: &state)
        case .endpoint(let route, let text): SessionKey.save(1, route, text, to: &state)
        case .identity(let route, let text): SessionKey.save(2, route, text, to: &state)
        }
    }

    private static func save(_ kind: UInt8, _ route: String, _ text: String, to state: inout StateWriter) {
        state.int(kind)
        state.string(route)
        state.string(text)
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        let kind = try state.int(UInt8.self)
        let route = try state.string()
        let text = try state.string()
        switch kind {
        case 0: self = .id(route: route, text)
        case 1: self = .endpoint(route: route, text)
        case 2: self = .identity(route: route, text)
        default: throw .malformed
        }
    }
}
