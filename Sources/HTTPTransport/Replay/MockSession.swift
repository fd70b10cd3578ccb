internal import MCPSemantics
internal import Recording
internal import Replay
internal import Wire

/// One client of a recording that is served on HTTP: its place in the recording, and its streams.
///
/// Messages of the server go to *carriers*: one for each POST, which ends with its answers, and carrier 0 for
/// what belongs to no request (the GET stream). A carrier outlives its connection: what it was to carry waits
/// in the log for a client that comes back with `Last-Event-ID`.
struct MockSession: Sendable {
    var engine: ReplayEngine
    /// Its `Mcp-Session-Id`; nil of a client that has none.
    let id: String?
    /// Revision 2026-07-28: no ids of events, no resumption, and a client that goes away has cancelled.
    let isModern: Bool
    /// What tells it from others where it has no id.
    var identity: String?
    /// HTTP+SSE of 2024-11-05: everything goes over the one stream.
    let isOneStream: Bool
    private var carriers: [Int: Carrier] = [0: Carrier()]
    private var carrierOfRequest: [RequestID: Int] = [:]
    private var nextCarrier = 1
    private var log: [Logged] = []
    /// Events of carrier 0 that some stream has carried.
    private var carried = 0
    private var delayed = DelayedMessages()
    /// The real server behind the recording; nil: there is none.
    var real: MockRealServer?

    private var logSize = 0

    /// Events that a client may ask for again, and messages that wait for a stream: at most so many, and so
    /// many bytes; the newest in any case.
    static let logLimit = 4096
    static let logSizeLimit = 16 << 20

    private struct Carrier: Sendable {
        /// The HTTP stream that it is on now; nil: none.
        var stream: Int?
        /// Requests that it is to answer; empty of carrier 0.
        var remaining: Set<RequestID> = []
        /// Messages before the form of the answer is chosen.
        var held: [ReplayMessage]?
        var form = HTTPReplay.Form.recorded
        var events = 0
        /// Set where one JSON body answers it once it is complete: the answers that are there.
        var body: [ReplayMessage]?
        /// Of the answer's head.
        var fields: [MockField] = []
        /// Nothing of the answer's head was sent.
        var isUnanswered: Bool { held != nil || body != nil }
    }

    private struct Logged: Sendable {
        var carrier: Int
        var number: Int
        var text: [UInt8]
    }

    init(_ engine: ReplayEngine, id: String?, isModern: Bool, isOneStream: Bool = false) {
        self.engine = engine
        self.id = id
        self.isModern = isModern
        self.isOneStream = isOneStream
    }

    /// The HTTP stream that carries what belongs to no request; nil: there is none.
    var listeningStream: Int? { carriers[0]?.stream }

    /// Somebody waits on a stream of its.
    var isInUse: Bool { carriers.values.contains { $0.stream != nil } }

    // MARK: Requests of the client

    /// The client sent a message on HTTP stream `stream`.
    mutating func received(
        _ message: ClientMessage, on stream: Int, _ form: HTTPReplay.Form, fields: [MockField],
        at time: Timestamp
    ) -> [MockEffect] {
        let requests = message.requests
        guard !requests.isEmpty, !isOneStream else {
            let accepted = MockEffect.answer(stream, status: 202)
            return [accepted] + deliver(engine.received(message, at: time), at: time)
        }
        let number = nextCarrier
        nextCarrier += 1
        carriers[number] = Carrier(
            stream: stream, remaining: Set(requests), held: [], form: form, fields: fields)
        for id in requests { carrierOfRequest[id] = number }
        let others = deliver(engine.received(message, at: time), at: time)
        // The first message tells the form; where none will come, there is nothing to wait for.
        let waits = requests.contains { engine.isPending($0) || delayed.holds($0) }
        if waits, carriers[number]?.held?.isEmpty == true { return others }
        return begin(number) + others
    }

    /// When something is to be sent that waits for its time.
    var nextDue: Timestamp? {
        guard let due = engine.nextDue else { return delayed.next }
        return min(due, delayed.next ?? due)
    }

    /// Time went on: sends what is due.
    mutating func advance(to time: Timestamp) -> [MockEffect] {
        var effects: [MockEffect] = []
        for message in delayed.take(at: time) { effects += deliver(message) }
        if engine.nextDue != nil { effects += deliver(engine.advance(to: time), at: time) }
        return effects + beginHeld()
    }

    /// Begins the answers for which something is there now.
    mutating func beginHeld() -> [MockEffect] {
        let held = carriers.filter { $0.value.held?.isEmpty == false }.keys.sorted()
        return held.flatMap { begin($0) }
    }

    /// A request of this id waits for its answer.
    func isAsked(_ id: RequestID) -> Bool { carrierOfRequest[id] != nil }

    /// Chooses how a POST is answered, by what there is for it.
    private mutating func begin(_ number: Int) -> [MockEffect] {
        guard var carrier = carriers[number], let held = carrier.held else { return [] }
        guard let stream = carrier.stream else {
            // Its client went before it had a head, so it cannot ask for the rest.
            carriers[number] = nil
            return []
        }
        let form = carrier.form
        carrier.held = nil
        let isAlone = held.count == 1 && carrier.remaining.isEmpty
        let wantsBody = form == .json || form == .recorded && isAlone && held[0].isEvent != true
        guard wantsBody else {
            carriers[number] = carrier
            return [.open(stream, fields: carrier.fields)] + held.flatMap { write($0, to: number) }
                + endIfAnswered(number)
        }
        carrier.body = held.filter { !$0.answers.isEmpty }
        carriers[number] = carrier
        if isAlone { return answerIfComplete(number) }
        // A body holds the answer alone: what came before it goes the way of what belongs to no request.
        return held.filter { $0.answers.isEmpty }.flatMap { write($0, to: 0) } + answerIfComplete(number)
    }

    /// Sends a body once every request of it is answered: several answers are a batch.
    private mutating func answerIfComplete(_ number: Int) -> [MockEffect] {
        guard let carrier = carriers[number], carrier.remaining.isEmpty, let answers = carrier.body,
            var body = answers.first?.bytes
        else { return [] }
        carriers[number] = nil
        guard let stream = carrier.stream else { return [] }
        if answers.count > 1 {
            let joined = answers.flatMap { Self.members(of: $0.bytes) }.joined(separator: [0x2C])
            body = ([UInt8(ascii: "[")] + joined + [UInt8(ascii: "]")])[...]
        }
        let json = MockField(name: "Content-Type", value: "application/json")
        let status = answers[0].status ?? (isModern ? MockSession.status(of: body) : 200)
        return [.answer(stream, status: status, fields: [json] + carrier.fields, body: body)]
    }

    /// Of a batch that the recording answers in part, that part is one array.
    private static func members(of answer: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        guard answer.first == UInt8(ascii: "[") else { return [answer] }
        return Envelope.scan(answer).members.map { Envelope.slice($0, of: answer) }
    }

    /// What a server of revision 2026-07-28 answers an error with.
    /// Source: MCP 2026-07-28, basic/transports/streamable-http, Protocol errors.
    static func status(of answer: ArraySlice<UInt8>) -> Int {
        guard Envelope.scan(answer).error != nil else { return 200 }
        let code = MessageReader.digest(of: answer, direction: .serverToClient).error?.code
        switch code.flatMap({ Int($0) }) ?? 0 {
        case -32601: return 404
        case -32602, -32700, -32600, -32022 ... -32020: return 400
        default: return 200
        }
    }

    // MARK: Messages of the server

    /// Puts what the engine sends on the streams.
    mutating func deliver(_ actions: [ReplayAction], at time: Timestamp) -> [MockEffect] {
        var effects: [MockEffect] = []
        for action in actions {
            switch action {
            case .missed: effects.append(.missed)
            case .diverged: break
            case .forward(let message):
                guard let outputs = real?.forward(message, for: &engine, at: time) else { break }
                effects += deliver(outputs)
            case .send(let message):
                if !delayed.keep(message, at: time) { effects += deliver(message) }
            }
        }
        return effects
    }

    /// Puts what comes of the real server on the streams.
    mutating func deliver(_ messages: [ReplayMessage]) -> [MockEffect] { messages.flatMap { deliver($0) } }

    private mutating func deliver(_ message: ReplayMessage) -> [MockEffect] {
        var number = 0
        if case .request(let id) = message.route { number = carrierOfRequest[id] ?? 0 }
        for id in message.answers {
            carriers[number]?.remaining.remove(id)
            carrierOfRequest[id] = nil
        }
        guard carriers[number] != nil else { return [] }
        if carriers[number]?.held != nil {
            carriers[number]?.held?.append(message)
            return []
        }
        if carriers[number]?.body != nil {
            guard !message.answers.isEmpty else { return write(message, to: 0) }
            carriers[number]?.body?.append(message)
            return answerIfComplete(number)
        }
        return write(message, to: number) + endIfAnswered(number)
    }

    private mutating func endIfAnswered(_ number: Int) -> [MockEffect] {
        guard number != 0, let carrier = carriers[number], carrier.remaining.isEmpty else { return [] }
        carriers[number] = nil
        return carrier.stream.map { [.end($0)] } ?? []
    }

    private mutating func write(_ message: ReplayMessage, to number: Int) -> [MockEffect] {
        guard var carrier = carriers[number] else { return [] }
        carrier.events += 1
        let id = isModern || isOneStream ? nil : "\(number)-\(carrier.events)"
        let text = MockSession.event(message.bytes, id: id)
        carriers[number] = carrier
        if id != nil { keep(Logged(carrier: number, number: carrier.events, text: text)) }
        if number == 0, carrier.stream != nil { carried = carrier.events }
        return carrier.stream.map { [.text($0, text)] } ?? []
    }

    private mutating func keep(_ event: Logged) {
        log.append(event)
        logSize += event.text.count
        var excess = 0
        while log.count - excess > MockSession.logLimit
            || logSize > MockSession.logSizeLimit && log.count - excess > 1
        {
            logSize -= log[excess].text.count
            excess += 1
        }
        log.removeFirst(excess)
    }

    /// An event of an event stream; a line of data for each line of the message.
    static func event(_ message: ArraySlice<UInt8>, id: String?) -> [UInt8] {
        var text: [UInt8] = []
        if let id { text += "id: \(id)\n".utf8 }
        text += "event: message\n".utf8
        for line in message.split(separator: 0x0A, omittingEmptySubsequences: false) {
            text += "data: ".utf8
            text += line
            text.append(0x0A)
        }
        text.append(0x0A)
        return text
    }

    // MARK: Streams of the client

    /// Opens the stream for what belongs to no request; nil when it is open already.
    mutating func listen(on stream: Int, fields: [MockField]) -> [MockEffect]? {
        guard carriers[0]?.stream == nil else { return nil }
        carriers[0]?.stream = stream
        let waiting = logged(of: 0, after: carried, to: stream)
        carried = carriers[0]?.events ?? 0
        return [.open(stream, fields: fields)] + waiting
    }

    /// Goes on where the client lost a stream. What it was to get comes first; a stream that has ended ends.
    mutating func resume(after event: String, on stream: Int) -> [MockEffect]? {
        let parts = event.split(separator: "-")
        guard parts.count == 2, let number = Int(parts[0]), let last = Int(parts[1]) else { return nil }
        // A body is no stream: nobody was told an event of it.
        guard carriers[number]?.isUnanswered != true else { return nil }
        let missing = logged(of: number, after: last, to: stream)
        guard carriers[number] != nil else {
            return log.contains { $0.carrier == number }
                ? [.open(stream, fields: [])] + missing + [.end(stream)] : nil
        }
        var effects: [MockEffect] = []
        // The client knows better whether the old connection lives.
        if let old = carriers[number]?.stream { effects.append(.end(old)) }
        carriers[number]?.stream = stream
        if number == 0 { carried = carriers[0]?.events ?? 0 }
        return effects + [.open(stream, fields: [])] + missing
    }

    private func logged(of number: Int, after last: Int, to stream: Int) -> [MockEffect] {
        log.filter { $0.carrier == number && $0.number > last }.map { .text(stream, $0.text) }
    }

    /// HTTP stream `stream` is gone. In revision 2026-07-28 its requests are cancelled.
    mutating func closed(_ stream: Int, at time: Timestamp) -> [MockEffect] {
        guard let number = carriers.first(where: { $0.value.stream == stream })?.key else { return [] }
        carriers[number]?.stream = nil
        guard isModern, number != 0 else { return [] }
        let requests = carriers.removeValue(forKey: number)?.remaining ?? []
        var effects: [MockEffect] = []
        for id in requests {
            carrierOfRequest[id] = nil
            effects += deliver(engine.abandoned(id, at: time), at: time)
        }
        return effects
    }

    /// The session is over: every stream ends.
    mutating func end(at time: Timestamp) -> [MockEffect] {
        let open = carriers.values.filter { $0.stream != nil }
        carriers = [:]
        engine.clientClosed(at: time)
        return open.compactMap { carrier in
            carrier.stream.map { carrier.isUnanswered ? .answer($0, status: 404) : .end($0) }
        }
    }
}
