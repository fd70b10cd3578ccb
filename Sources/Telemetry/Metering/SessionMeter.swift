public import MCPSemantics
public import Recording
import Wire

/// Makes metrics of one session's records, each of them exactly once.
///
/// It knows which exchanges are open, so an exchange that is told again counts only for what became of it
/// since. Its `checkpoint` belongs into the transaction that keeps the records: then any cut of the same
/// traffic into batches, and a crash between any two, gives the same metrics.
public struct SessionMeter: Sendable {
    /// The session's row is new: it counts as begun with its first records.
    var isFresh = true
    /// The highest exchange number that was told.
    var newest = 0
    var open: [Int: OpenOperation] = [:]
    /// Operations that wait for their next round, by the number of their first exchange.
    var rounds: [Int: OpenRound] = [:]
    /// A list of names went by whose text was not at hand: see `MeteredChanges.advertise`.
    var missedList = false
    /// The recording lacks something, which may be a request.
    var hasGap = false
    /// The numbers of what was open when the newest gap began: whether it was answered is not known.
    var uncertain: Set<Int> = []
    /// The session's end was counted, or was on record before this meter took the session up.
    private var hasEnded = false
    /// The time of the newest message: what an exchange without a time of its own ended at.
    var lastTime: Timestamp = .zero
    private var recent = (method: "", label: MetricCatalogue.other)
    /// The newest request that went by; nil where its text is not at hand.
    var request: PassingRequest?
    /// What the newest records tell of the next request.
    var sent = SentContexts()

    /// Exchanges that are open at most. The tracker itself follows fewer, so what is dropped here as
    /// abandoned cannot be answered any more.
    static let openLimit = 32_768
    /// Operations between two rounds: as many as the tracker can join.
    static let roundLimit = 2048

    /// What an exchange's end is measured against.
    struct OpenOperation: Sendable, Equatable {
        var asker: Direction
        var time: Timestamp
        var method: String
        var name: String
        var chain: Int
        var hasFirstEvent = false
        var isCancelled = false
        var trace = OperationTrace.unknown
    }

    struct OpenRound: Sendable, Equatable {
        var method: String
        var name: String
        var start: Timestamp
        var answered: Timestamp
        /// The newest round.
        var exchange: Int
        /// Of the first round.
        var trace: OperationTrace
    }

    /// A meter for a session that begins.
    public init() {}

    /// A meter for a session that another program recorded until it stood at `state`: what it told is not
    /// counted, nor how the exchanges end that were open then.
    public init(after state: SessionState) {
        isFresh = false
        newest = state.exchanges
        lastTime = state.lastTime
        missedList = true
        hasGap = true
    }

    /// Goes on with a session that stood at `state` when its checkpoint was made: an end is counted once.
    public mutating func resume(at state: SessionState) { hasEnded = state.end != nil }

    /// The methods of the client's operations that are not answered yet, and how many there are of each.
    public var operationsInFlight: [String: Int] {
        open.values.reduce(into: [:]) { counts, operation in
            guard operation.asker == .clientToServer, !operation.isCancelled else { return }
            counts[operation.method, default: 0] += 1
        }
    }

    /// Takes the session's next records in; what they add to the metrics.
    public mutating func observe(_ records: SessionRecords) -> MeteredChanges {
        var changes = start(records)
        let events = records.events
        for place in events.indices {
            switch events[place] {
            case .part: continue
            case .gap(let gap): count(gap, &changes)
            case .message(let message): count(message, of: records.description, &changes)
            case .exchange(let exchange): take(exchange, in: events, at: place, &changes)
            }
        }
        finish(records, &changes)
        return changes
    }

    // MARK: The same in steps, for who goes through the events anyway

    /// Before the first event of a batch.
    public mutating func start(_ records: SessionRecords) -> MeteredChanges {
        let description = records.description
        var changes = MeteredChanges(description)
        if isFresh {
            isFresh = false
            changes.others.add(
                1, to: "mcptape_sessions_total",
                [description.name, MetricCatalogue.label(ofTransport: description)])
        }
        // Without payloads no list of names is ever at hand.
        if description.capture == .metadata { missedList = true }
        return changes
    }

    /// An exchange, told at `place` of the batch's events.
    public mutating func take(
        _ exchange: Exchange, in events: [RecordedEvent], at place: Int, _ changes: inout MeteredChanges
    ) {
        let number = exchange.number
        if number > newest {
            newest = number
            begin(exchange, &changes)
            // Its first telling, mostly.
            if exchange.outcome == .pending, exchange.firstEventTime == nil { return }
        }
        guard var operation = open.removeValue(forKey: number) else { return }
        if operation.asker == .clientToServer, !operation.hasFirstEvent,
            let first = exchange.firstEventTime
        {
            operation.hasFirstEvent = true
            changes.firstEvents.observe(
                first.since(operation.time), operation.method, Example(number, operation.trace, at: first))
        }
        if exchange.error != nil { countAsError(exchange, in: events, place, &changes) }
        switch exchange.outcome {
        case .pending:
            open[number] = operation
            return
        case .ok, .error, .toolError:
            end(operation, exchange, &changes)
            noteNames(of: exchange, in: events, place, &changes)
        case .cancelled, .late: cancel(operation, exchange, &changes)
        }
        guard !uncertain.isEmpty else { return }
        uncertain.remove(number)
        if rounds[operation.chain] == nil { uncertain.remove(operation.chain) }
    }

    /// After the last event of a batch.
    public mutating func finish(_ records: SessionRecords, _ changes: inout MeteredChanges) {
        changes.count(.duplicateID, records.violations.duplicateIDs)
        changes.count(.headerMismatch, records.violations.headerMismatches)
        // A batch may follow the one that had the end: each one's state tells of it.
        guard let end = records.state.end, !hasEnded else { return }
        hasEnded = true
        for number in open.keys.sorted() { abandon(number, at: end.time, &changes) }
        for number in rounds.keys.sorted() { abandonRound(number, at: end.time, &changes) }
        changes.count(end, records.state, of: records.description)
    }

    // MARK: Exchanges

    private mutating func begin(_ exchange: Exchange, _ changes: inout MeteredChanges) {
        let isClients = exchange.asker == .clientToServer
        let chain = exchange.chain ?? exchange.number
        // The names of a server's methods say what was waited for, and are no labels.
        var operation = OpenOperation(
            asker: exchange.asker, time: exchange.requestTime,
            method: isClients ? label(ofMethod: exchange.method) : exchange.method,
            name: isClients ? OperationKey.name(exchange.name, of: exchange.method) : "", chain: chain)
        if isClients { operation.trace = trace(of: exchange, chain, &changes) }
        if isClients, chain != exchange.number, let round = rounds[chain] {
            changes.observe(.inputRound, exchange.requestTime.since(round.answered))
        }
        open[exchange.number] = operation
        if open.count > SessionMeter.openLimit { dropOldest(at: exchange.requestTime, &changes) }
    }

    /// An answer came, whatever it says.
    private mutating func end(
        _ operation: OpenOperation, _ exchange: Exchange, _ changes: inout MeteredChanges
    ) {
        let time = exchange.responseTime ?? lastTime
        guard operation.asker == .clientToServer else {
            return changes.observe(SessionMeter.wait(for: operation.method), time.since(operation.time))
        }
        // Mostly no operation waits for a round, and each look into a dictionary costs as much as the rest.
        let earlier = rounds.isEmpty ? nil : rounds[operation.chain]
        let start = earlier?.start ?? operation.time
        if exchange.outcome == .ok, exchange.resultType == "input_required" {
            rounds[operation.chain] = OpenRound(
                method: operation.method, name: operation.name, start: start, answered: time,
                exchange: exchange.number,
                trace: earlier?.trace.joined(by: operation.trace) ?? operation.trace)
            if rounds.count > SessionMeter.roundLimit { dropOldestRound(at: time, &changes) }
            return
        }
        if !rounds.isEmpty { rounds[operation.chain] = nil }
        if missedList, exchange.outcome == .ok, !operation.name.isEmpty { vouch(for: operation, &changes) }
        let key = OperationKey(
            method: operation.method, name: operation.name, errorType: OperationKey.errorType(of: exchange))
        changes.observe(key, time.since(start), Example(exchange.number, operation.trace, at: time))
    }

    /// The newest method mostly is the one before.
    private mutating func label(ofMethod method: String) -> String {
        if method != recent.method { recent = (method, OperationKey.label(ofMethod: method)) }
        return recent.label
    }

    private mutating func cancel(
        _ operation: OpenOperation, _ exchange: Exchange, _ changes: inout MeteredChanges
    ) {
        let isClients = operation.asker == .clientToServer
        if isClients, !operation.isCancelled {
            let start = rounds.removeValue(forKey: operation.chain)?.start ?? operation.time
            let key = OperationKey(
                method: operation.method, name: operation.name, left: "cancelled")
            changes.observe(
                key, lastTime.since(start), Example(exchange.number, operation.trace, at: lastTime))
            if !key.errorType.isEmpty { changes.cancelled += 1 }
        }
        guard exchange.outcome == .late else {
            var operation = operation
            operation.isCancelled = true
            open[exchange.number] = operation
            return
        }
        if isClients { changes.late += 1 }
    }

    private static func wait(for method: String) -> MeteredChanges.Wait {
        switch method {
        case "sampling/createMessage": .sampling
        case "elicitation/create": .elicitation
        case "roots/list": .roots
        case "ping": .ping
        default: .other
        }
    }

    // MARK: What never ends

    private mutating func abandon(_ number: Int, at time: Timestamp, _ changes: inout MeteredChanges) {
        guard let operation = open.removeValue(forKey: number), operation.asker == .clientToServer,
            !operation.isCancelled
        else { return }
        let start = rounds.removeValue(forKey: operation.chain)?.start ?? operation.time
        guard !uncertain.contains(number) else { return }
        let key = OperationKey(method: operation.method, name: operation.name, left: "abandoned")
        changes.observe(key, time.since(start), Example(number, operation.trace, at: time))
        if !key.errorType.isEmpty { changes.abandoned += 1 }
    }

    private mutating func abandonRound(_ number: Int, at time: Timestamp, _ changes: inout MeteredChanges) {
        guard let round = rounds.removeValue(forKey: number), !uncertain.contains(number) else { return }
        let key = OperationKey(method: round.method, name: round.name, errorType: "abandoned")
        changes.observe(key, time.since(round.start), Example(round.exchange, round.trace, at: time))
        changes.abandoned += 1
    }

    /// Drops an eighth at once, so that a peer that never answers costs little.
    private mutating func dropOldest(at time: Timestamp, _ changes: inout MeteredChanges) {
        for number in open.keys.sorted().prefix(SessionMeter.openLimit / 8) {
            abandon(number, at: time, &changes)
        }
    }

    private mutating func dropOldestRound(at time: Timestamp, _ changes: inout MeteredChanges) {
        for number in rounds.keys.sorted().prefix(SessionMeter.roundLimit / 8) {
            abandonRound(number, at: time, &changes)
        }
    }
}
