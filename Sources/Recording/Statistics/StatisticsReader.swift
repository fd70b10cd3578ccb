internal import MCPSemantics
internal import Wire

/// Reads sessions once and counts what is asked for.
public struct StatisticsReader {
    public private(set) var statistics: Statistics
    /// The same operations by another grouping; nil where none is asked for.
    public private(set) var otherwise: Statistics?
    public private(set) var context = ContextCost()
    /// Of every session that was read, in that order.
    public private(set) var activities: [SessionActivity] = []
    /// Answers to `tools/list` over so many bytes are not read: no host puts that before a model.
    static let listSizeLimit = 16 << 20

    private let filter: Filter
    private let now: Int64

    /// `now` is wall clock, nanoseconds since 1970, for `since:`.
    public init(_ statistics: Statistics, otherwise: Statistics? = nil, filter: Filter, now: Int64) {
        self.statistics = statistics
        self.otherwise = otherwise
        self.filter = filter
        self.now = now
    }

    /// Counts a session's operations of which an exchange matches the filter.
    public mutating func read(_ session: SessionSummary, of source: any RecordingSource) throws {
        try read(Run.Part(session), of: source)
    }

    /// The same for what a run has of a session.
    public mutating func read(_ part: Run.Part, of source: any RecordingSource) throws {
        let session = part.session
        guard filter.mayMatch(session: session, now: now) else { return }
        var assembler = OperationAssembler()
        var activity = SessionActivity(part)
        var cancellations: [Int: Timestamp]?
        let numbers = part.stretch?.exchanges ?? 1..<Int.max
        var from = numbers.lowerBound
        while from < numbers.upperBound {
            let page = try source.exchanges(of: session.description.id, from: from, limit: 1024)
            for exchange in page where exchange.number < numbers.upperBound {
                let payload = ExchangePayload(exchange, session.description.id, source)
                let isMatch = try payload.matches(
                    filter, FilterSubject(exchange: exchange, session: session, now: now))
                let input =
                    exchange.resultType == "input_required"
                    ? Wait(inputRequiredBy: try payload.response(upTo: StatisticsReader.listSizeLimit)) : nil
                let end = try end(of: exchange, session, source, &cancellations)
                activity.observe(exchange, end: end)
                assembler.push(exchange, end: end, input: input, isMatch: isMatch)
                if isMatch { try addContext(exchange, payload, session) }
                take(assembler.take(), session, &activity)
            }
            guard let last = page.last else { break }
            from = last.number + 1
        }
        take(assembler.finish(), session, &activity)
        activities.append(activity)
    }

    private mutating func take(
        _ operations: [Operation], _ session: SessionSummary, _ activity: inout SessionActivity
    ) {
        for operation in operations {
            activity.add(operation)
            guard operation.isMatch else { continue }
            statistics.add(operation, of: session)
            otherwise?.add(operation, of: session)
        }
    }

    private mutating func addContext(
        _ exchange: Exchange, _ payload: ExchangePayload, _ session: SessionSummary
    ) throws {
        guard exchange.asker == .clientToServer else { return }
        switch exchange.method {
        case "tools/list":
            guard exchange.responseSequence != nil, exchange.outcome != .error else { return }
            let message = try payload.response(upTo: StatisticsReader.listSizeLimit)
            context.add(list: message, of: session.description.name)
        case "tools/call":
            guard let name = exchange.name else { return }
            // A tool that hangs was called too; later rounds are the same call.
            if exchange.chain == nil || exchange.chain == exchange.number {
                context.add(call: name, of: session.description.name)
            }
            guard exchange.responseSequence != nil, exchange.resultType != "input_required" else { return }
            context.add(result: exchange.responseSize, of: name, session.description.name)
        default: return
        }
    }

    /// When an exchange without an answer stopped to be in flight: when it was cancelled, as far as that is
    /// recorded, else with the session's newest event.
    private func end(
        of exchange: Exchange, _ session: SessionSummary, _ source: any RecordingSource,
        _ cancellations: inout [Int: Timestamp]?
    ) throws -> Timestamp {
        guard exchange.outcome == .cancelled else { return session.state.lastTime }
        let times =
            try cancellations ?? source.cancellations(of: session, from: exchange.requestSequence)
        cancellations = times
        return times[exchange.number] ?? exchange.firstEventTime ?? exchange.requestTime
    }
}
