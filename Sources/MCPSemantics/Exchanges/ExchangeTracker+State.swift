public import Wire

/// The tracker as bytes, for a checkpoint. Whoever stores them puts a version before them.
extension ExchangeTracker {
    /// Writes everything that decides what later messages do.
    public func save(to state: inout StateWriter) {
        state.int(counts.exchanges)
        state.int(counts.errors)
        state.int(counts.toolErrors)
        state.int(counts.pending)
        state.bool(sawInitialize)
        state.bool(sawModern)
        let tracked = table.slots.compactMap { $0 }.sorted { $0.exchange.number < $1.exchange.number }
        state.array(tracked) { $1.save(to: &$0) }
    }

    /// Goes on where the tracker stood that wrote `state`.
    public init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init()
        counts.exchanges = try state.count(limit: StateReader.countLimit)
        counts.errors = try state.count(limit: counts.exchanges)
        counts.toolErrors = try state.count(limit: counts.exchanges)
        counts.pending = try state.count(limit: counts.exchanges)
        sawInitialize = try state.bool()
        sawModern = try state.bool()
        let limit =
            ExchangeTable.waitingLimit + ExchangeTable.lingeringLimit + ExchangeTable.answeredLimit
        var newest = 0
        for tracked in try state.array(limit: limit, TrackedExchange.init(from:)) {
            // In ascending order, so that links and tokens end at the exchange at which they were.
            guard tracked.exchange.number > newest, tracked.exchange.number <= counts.exchanges
            else { throw .malformed }
            newest = tracked.exchange.number
            table.insert(tracked)
        }
    }
}

extension TrackedExchange {
    private static let lostBit: UInt8 = 0x40

    fileprivate func save(to state: inout StateWriter) {
        exchange.save(to: &state)
        // Before there was a second bit, a checkpoint with it cannot be read: it is as rare as a crash then.
        state.int(standing.rawValue | (isLost ? TrackedExchange.lostBit : 0))
        state.int(stream)
        state.bool(isPossibleParent)
        state.optional(progressToken) { $0.string($1) }
        state.array(links) { state, link in
            state.int(link.kind.rawValue)
            state.int(link.minter.rawValue)
            state.int(link.fingerprint.low)
            state.int(link.fingerprint.high)
        }
        state.bool(awaitsInput)
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        exchange = try Exchange(from: &state)
        let bits = try state.int(UInt8.self)
        guard let standing = Standing(rawValue: bits & ~TrackedExchange.lostBit) else { throw .malformed }
        self.standing = standing
        isLost = bits & TrackedExchange.lostBit != 0
        stream = try state.int()
        isPossibleParent = try state.bool()
        progressToken = try state.text()
        // Twice three: an exchange mints at most one of each kind, and each may have been minted again.
        links = try state.array(limit: 6) { state throws(StateReader.Failure) in
            LinkKey(
                kind: try state.value(LinkKey.Kind.init(rawValue:)),
                minter: try state.value(Direction.init(rawValue:)),
                fingerprint: Fingerprint(low: try state.int(), high: try state.int()))
        }
        awaitsInput = try state.bool()
    }
}

extension Exchange {
    fileprivate func save(to state: inout StateWriter) {
        state.int(number)
        state.int(asker.rawValue)
        state.string(id.text)
        state.string(method)
        state.optional(name) { $0.string($1) }
        state.int(era.rawValue)
        state.int(requestSequence)
        state.optional(responseSequence) { $0.int($1) }
        state.int(requestTime.nanoseconds)
        state.optional(firstEventTime) { $0.int($1.nanoseconds) }
        state.optional(responseTime) { $0.int($1.nanoseconds) }
        state.int(requestSize)
        state.int(responseSize)
        state.int(outcome.rawValue)
        state.optional(error) {
            $0.string($1.code)
            $0.string($1.message)
        }
        state.optional(resultType) { $0.string($1) }
        state.int(progressCount)
        state.optional(parent) { $0.int($1) }
        state.optional(httpStatus) { $0.int($1) }
        state.optional(chain) { $0.int($1) }
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        let number = try state.int(Int.self)
        let asker = try state.value(Direction.init(rawValue:))
        let id = RequestID(try state.string())
        let method = try state.string()
        let name = try state.text()
        let era = try state.value(Era.init(rawValue:))
        let requestSequence = try state.int(Int64.self)
        let responseSequence = try state.optional { state throws(StateReader.Failure) in
            try state.int(Int64.self)
        }
        let requestTime = Timestamp(nanoseconds: try state.int())
        let firstEventTime = try state.time()
        let responseTime = try state.time()
        self.init(
            number: number, asker: asker, id: id, method: method, name: name, era: era,
            requestSequence: requestSequence, requestTime: requestTime,
            requestSize: try state.count(limit: StateReader.countLimit))
        self.responseSequence = responseSequence
        self.firstEventTime = firstEventTime
        self.responseTime = responseTime
        responseSize = try state.count(limit: StateReader.countLimit)
        outcome = try state.value(Outcome.init(rawValue:))
        error = try state.optional { state throws(StateReader.Failure) in
            ResponseError(code: try state.string(), message: try state.string())
        }
        resultType = try state.text()
        progressCount = try state.count(limit: StateReader.countLimit)
        parent = try state.optional { state throws(StateReader.Failure) in try state.int(Int.self) }
        httpStatus = try state.optional { state throws(StateReader.Failure) in try state.int(Int.self) }
        chain = try state.optional { state throws(StateReader.Failure) in try state.int(Int.self) }
    }
}
