internal import MCPSemantics
internal import Recording
internal import Telemetry
internal import Wire

/// Makes the spans of a session's exchanges from its messages, read in order.
final class SpanCollector {
    /// Events of one span at most. Source: OpenTelemetry, trace sdk, Span Limits.
    static let eventLimit = 128

    /// The exchange that the next request may open.
    private(set) var nextExchange: Int

    /// What is known of the session, which may grow.
    var rules: SpanRules
    private let source: any RecordingSource
    private var open: [Int: OpenSpan] = [:]
    private var page: ArraySlice<Exchange> = []
    /// Where exchanges belong that others refer to, or whose messages are told.
    private var places: [Int: TracePlace] = [:]
    private var sent = SentContexts()
    /// The newest gap: what was asked before it and has no answer may have had one.
    private var lastGap: Int64 = 0

    private var id: SessionID { rules.session.description.id }

    init(_ rules: SpanRules, of source: any RecordingSource, from exchange: Int) {
        self.rules = rules
        self.source = source
        nextExchange = exchange
    }

    /// An exchange without an end so far.
    private struct OpenSpan {
        var exchange: Exchange
        /// Whose end may be the exchange's.
        var stream: StreamID
        var facts: RequestFacts
        var place: TracePlace
        /// Of the first record that is needed to tell all of this again.
        var sequence: Int64
        var events: [OTLPSpan.Event] = []
        var droppedEvents = 0

        mutating func add(_ event: OTLPSpan.Event) {
            if events.count < SpanCollector.eventLimit { events.append(event) } else { droppedEvents += 1 }
        }
    }

    /// Which span an exchange is, and below which.
    private struct TracePlace {
        var identity: SpanIdentity
        var parent: [UInt8] = []
        var context: TraceContext?
        var isKept = true
        var links: [OTLPSpan.Link] = []

        /// Of an exchange that nothing else refers to.
        init(of exchange: Exchange, _ session: SessionID) {
            identity = SpanIdentity(of: exchange.number, in: session, traceOf: exchange.number)
        }

        /// The server was told that it is `own`: so it is. Where the client states no parent it is a root.
        mutating func become(_ own: TraceContext, parent stated: TraceContext?, _ sampler: TraceSampler) {
            identity = own.parent
            guard stated == nil else { return }
            parent = []
            context = nil
            isKept = sampler.keeps(identity.trace, parent: nil)
        }
    }

    /// The open exchange with the lowest number whose request is not before `sequence`, and where what is on
    /// record of it begins.
    func oldestOpen(from sequence: Int64) -> (number: Int, sequence: Int64)? {
        open.values.lazy.filter { $0.exchange.requestSequence >= sequence }
            .min { $0.exchange.number < $1.exchange.number }
            .map { ($0.exchange.number, $0.sequence) }
    }

    /// The span of an exchange that messages told of lately.
    func identity(ofRecent exchange: Int) -> SpanIdentity? { places[exchange]?.identity }

    // MARK: Messages

    /// Takes the next message in and answers the spans that end with it.
    func take(_ message: MessageRecord) throws -> [OTLPSpan] {
        switch message.kind {
        case .request: try begin(with: message)
        case .batch:
            try begin(with: message)
            return try end(withBatch: message)
        case .response:
            if let number = message.exchange { return try end(number, with: message) }
        case .notification:
            guard let number = message.exchange else { break }
            if message.method == "notifications/progress" { try progress(of: number, message) }
            if message.method == "notifications/cancelled" { return try cancel(number, at: message) }
        case .http:
            if message.lane == .clientToServer, let body = try bytes(of: message) {
                sent.take(body, at: message.sequence)
            }
            return try end(withStreamOf: message)
        case .foreign, .standardError: break
        }
        return []
    }

    /// Takes in that the recording lacks something: whatever is open.
    func take(_ record: GapRecord) {
        lastGap = record.sequence
        let time = rules.instant(record.gap.to)
        for number in open.keys { open[number]?.add(.init(time: time, name: "mcptape.gap", attributes: [])) }
    }

    /// Spans of all that was never answered, and of what no record of its own ended: a request that was
    /// refused in a recording of an older version, one that was cancelled in a batch.
    func unanswered(at time: Timestamp) throws -> [OTLPSpan] {
        var spans: [OTLPSpan] = []
        var from = 1
        while true {
            let page = try source.exchanges(of: id, from: from, limit: 1024)
            guard let last = page.last else { break }
            from = last.number + 1
            for exchange in page {
                let isPending = exchange.outcome == .pending
                guard var span = try open[exchange.number] ?? (isPending ? read(exchange) : nil) else {
                    continue
                }
                span.exchange = exchange
                let end = exchange.responseTime ?? time
                if let made = make(span, until: end, answer: nil) { spans.append(made) }
            }
        }
        open = [:]
        return spans
    }

    private func begin(with message: MessageRecord) throws {
        let body = try bytes(of: message)
        let beginning = sent.beginning(of: message.sequence)
        var begun: [Exchange] = []
        while let exchange = try nextOpened(through: message.sequence) {
            nextExchange = exchange.number + 1
            if exchange.requestSequence == message.sequence { begun.append(exchange) }
        }
        let own = sent.contexts(of: message, body, ids: Self.clientIDs(of: begun))
        for exchange in begun {
            var span = OpenSpan(
                exchange: exchange, stream: message.stream, facts: facts(of: exchange, body, own),
                place: TracePlace(of: exchange, id), sequence: beginning)
            span.place = try place(of: exchange, span.facts)
            remember(span.place, of: exchange.number)
            if open.count >= SessionTelemetry.openLimit, let oldest = open.keys.min() { open[oldest] = nil }
            open[exchange.number] = span
            guard exchange.asker == .serverToClient, let parent = exchange.parent else { continue }
            open[parent]?.add(event(of: exchange))
        }
    }

    private static func clientIDs(of exchanges: [Exchange]) -> [RequestID] {
        exchanges.filter { $0.asker == .clientToServer }.map(\.id)
    }

    /// The next exchange in the order of requests, when its request is not after `sequence`.
    private func nextOpened(through sequence: Int64) throws -> Exchange? {
        if page.isEmpty { page = try source.exchanges(of: id, from: nextExchange, limit: 256)[...] }
        guard let first = page.first, first.requestSequence <= sequence else { return nil }
        return page.popFirst()
    }

    private func event(of exchange: Exchange) -> OTLPSpan.Event {
        OTLPSpan.Event(
            time: rules.instant(exchange.requestTime), name: exchange.method,
            attributes: [
                .init("mcp.method.name", .string(exchange.method)),
                .init("jsonrpc.request.id", .string(SpanRules.text(of: exchange.id))),
                .init("mcptape.exchange", .int(Int64(exchange.number))),
            ])
    }

    private func progress(of number: Int, _ message: MessageRecord) throws {
        guard let known = open[number] else { return }
        var event = OTLPSpan.Event(
            time: rules.instant(message.time), name: "notifications/progress", attributes: [])
        if known.events.count < Self.eventLimit, let body = try bytes(of: message),
            let params = JSONTree(body)?.root["params"]
        {
            for key in ["progress", "total"] {
                guard let value = params[key]?.doubleValue else { continue }
                event.attributes.append(.init("mcptape.progress.\(key)", .double(value)))
            }
            if rules.options.content, let text = params["message"]?.stringValue {
                event.attributes.append(.init("mcptape.progress.message", .string(text)))
            }
        }
        open[number]?.add(event)
    }

    /// A late answer counts as cancelled, when it was cancelled.
    private func cancel(_ number: Int, at message: MessageRecord) throws -> [OTLPSpan] {
        guard var span = open[number] else { return [] }
        span.exchange = try newest(span.exchange)
        switch span.exchange.outcome {
        case .cancelled, .late: break
        case .pending, .ok, .error, .toolError: return []
        }
        open[number] = nil
        return make(span, until: message.time, answer: nil).map { [$0] } ?? []
    }

    private func end(_ number: Int, with message: MessageRecord) throws -> [OTLPSpan] {
        var found = open.removeValue(forKey: number)
        if found == nil, let exchange = try exchange(number), exchange.responseSequence == message.sequence,
            exchange.outcome != .late
        {
            found = try read(exchange)
        }
        guard var span = found else { return [] }
        span.exchange = try newest(span.exchange)
        let answer = rules.options.content ? try bytes(of: message) : nil
        let time = span.exchange.responseTime ?? message.time
        return make(span, until: time, answer: answer).map { [$0] } ?? []
    }

    /// The end of an HTTP exchange ends what was asked in it: its client cancelled that by it, or it failed.
    private func end(withStreamOf note: MessageRecord) throws -> [OTLPSpan] {
        guard case .inline(let bytes) = note.body, bytes.starts(with: #"{"closed""#.utf8) else { return [] }
        var spans: [OTLPSpan] = []
        for number in open.keys.filter({ open[$0]?.stream == note.stream }).sorted() {
            guard var span = open[number], span.exchange.asker == .clientToServer else { continue }
            span.exchange = try newest(span.exchange)
            guard span.exchange.outcome == .error else {
                spans += try cancel(number, at: note)
                continue
            }
            // An answer that comes later, on another stream, ends it there.
            guard (span.exchange.responseSequence ?? .max) <= note.sequence else { continue }
            open[number] = nil
            let time = span.exchange.responseTime ?? note.time
            if let made = make(span, until: time, answer: nil) { spans.append(made) }
        }
        return spans
    }

    private func end(withBatch message: MessageRecord) throws -> [OTLPSpan] {
        var spans: [OTLPSpan] = []
        let asked: Direction = message.lane == .clientToServer ? .serverToClient : .clientToServer
        for number in open.keys.sorted() {
            guard let known = open[number], known.exchange.asker == asked else { continue }
            let exchange = try newest(known.exchange)
            open[number]?.exchange = exchange
            guard exchange.responseSequence == message.sequence else { continue }
            spans += try end(number, with: message)
        }
        return spans
    }

    // MARK: Spans

    private func make(_ open: OpenSpan, until time: Timestamp, answer: ArraySlice<UInt8>?) -> OTLPSpan? {
        guard open.place.isKept else { return nil }
        let exchange = open.exchange
        let isUnknown = exchange.outcome == .pending && exchange.requestSequence < lastGap
        let failure = isUnknown ? nil : SpanRules.failure(of: exchange)
        var span = OTLPSpan(
            open.place.identity, name: SpanRules.name(of: exchange), kind: SpanRules.kind(of: exchange),
            start: rules.instant(exchange.requestTime), end: rules.instant(max(time, exchange.requestTime)))
        span.parent = open.place.parent
        let isRemote = open.facts.context != nil
        // Whether the parent is remote is known: bit 8.
        span.flags = UInt32(open.place.context?.flags ?? 1) | 0x100 | (isRemote ? 0x200 : 0)
        span.traceState = open.place.context?.state ?? ""
        span.attributes = rules.attributes(of: exchange, open.facts, failure: failure?.type)
        if let answer, exchange.method == "tools/call",
            let result = JSONTree(answer)?.root.answer(to: exchange.id)?["result"]
        {
            span.attributes.append(.init("gen_ai.tool.call.result", .string(result.textString)))
        }
        span.droppedAttributes = rules.options.limits.apply(to: &span.attributes)
        span.events = open.events
        span.droppedEvents = open.droppedEvents
        span.links = open.place.links
        span.failure = failure?.description
        return span
    }

    private func place(of exchange: Exchange, _ facts: RequestFacts) throws -> TracePlace {
        var place = TracePlace(of: exchange, id)
        if let chain = exchange.chain, chain < exchange.number, let first = try self.place(ofKnown: chain) {
            place.identity.trace = first.identity.trace
            place.context = first.context
            place.isKept = first.isKept
            place.links.append(
                OTLPSpan.Link(
                    first.identity, attributes: [.init("mcptape.link", .string("first_round"))]))
        }
        if let number = exchange.parent, number < exchange.number,
            let parent = try self.place(ofKnown: number)
        {
            if facts.context == nil {
                place.identity.trace = parent.identity.trace
                place.parent = parent.identity.span
                place.context = parent.context
                place.isKept = parent.isKept
            } else {
                place.links.append(
                    OTLPSpan.Link(
                        parent.identity, attributes: [.init("mcptape.link", .string("asked_during"))]))
            }
        }
        if let context = facts.context {
            place.identity.trace = context.parent.trace
            place.parent = context.parent.span
            place.context = context
        }
        if facts.context != nil || (place.links.isEmpty && place.parent.isEmpty) {
            place.isKept = rules.options.sampler.keeps(place.identity.trace, parent: facts.context)
        }
        if let own = facts.own { place.become(own, parent: facts.context, rules.options.sampler) }
        return place
    }

    private func place(ofKnown number: Int) throws -> TracePlace? {
        if let known = places[number] { return known }
        guard let exchange = try exchange(number) else { return nil }
        return try read(exchange)?.place
    }

    private func remember(_ place: TracePlace, of exchange: Int) {
        if places.count >= SessionTelemetry.openLimit { places.removeAll(keepingCapacity: true) }
        places[exchange] = place
    }

    // MARK: Reading

    /// An exchange whose request was read before, or by another process.
    private func read(_ exchange: Exchange) throws -> OpenSpan? {
        let sequence = exchange.requestSequence
        var (sent, message, body) = try request(at: sequence, withBefore: 2)
        var ids: [RequestID]?
        if message?.kind == .batch, sent.beginning(of: sequence) < sequence {
            (sent, message, body) = try request(at: sequence, withBefore: TracePosition.batchLimit + 1)
            let first = max(1, exchange.number - TracePosition.batchLimit)
            let near = try source.exchanges(of: id, from: first, limit: 2 * TracePosition.batchLimit)
            ids = Self.clientIDs(of: near.filter { $0.requestSequence == sequence })
        }
        let facts = facts(of: exchange, body, message.map { sent.contexts(of: $0, body, ids: ids) } ?? [:])
        let place = try place(of: exchange, facts)
        remember(place, of: exchange.number)
        return OpenSpan(
            exchange: exchange, stream: message?.stream ?? .stdio, facts: facts, place: place,
            sequence: sent.beginning(of: sequence))
    }

    /// The message at `sequence`, and what `count` records before it tell of spans that were put into it.
    private func request(
        at sequence: Int64, withBefore count: Int
    ) throws -> (SentContexts, MessageRecord?, ArraySlice<UInt8>?) {
        let first = max(1, sequence - Int64(count))
        var sent = SentContexts()
        for entry in try source.entries(of: id, from: first, limit: Int(sequence - first) + 1) {
            guard case .message(let message) = entry, message.sequence <= sequence else { continue }
            if message.sequence == sequence { return (sent, message, try bytes(of: message)) }
            guard message.kind == .http, message.lane == .clientToServer else { continue }
            if let body = try bytes(of: message) { sent.take(body, at: message.sequence) }
        }
        return (sent, nil, nil)
    }

    private func facts(
        of exchange: Exchange, _ body: ArraySlice<UInt8>?, _ own: [String: SentContexts.Context]
    ) -> RequestFacts {
        var facts = RequestFacts()
        if let body { facts = RequestFacts(body, of: exchange, withContent: rules.options.content) }
        guard exchange.asker == .clientToServer, let told = own[exchange.id.text] else { return facts }
        facts.own = TraceContext(traceParent: told.sent, state: nil)
        // Without payloads the edit alone tells of the client's span.
        if body == nil {
            facts.context = told.stated.flatMap { TraceContext(traceParent: $0, state: nil) }
        }
        return facts
    }

    /// What is recorded of the exchange by now.
    private func newest(_ exchange: Exchange) throws -> Exchange {
        guard exchange.outcome == .pending else { return exchange }
        return try self.exchange(exchange.number) ?? exchange
    }

    private func exchange(_ number: Int) throws -> Exchange? {
        try source.exchanges(of: id, from: number, limit: 1).first { $0.number == number }
    }

    /// The whole of a message; nil where it was not recorded or is beyond what a collector would take.
    func bytes(of message: MessageRecord) throws -> ArraySlice<UInt8>? {
        guard message.size <= RequestFacts.messageLimit else { return nil }
        return try source.bytes(of: message, in: id)
    }
}
