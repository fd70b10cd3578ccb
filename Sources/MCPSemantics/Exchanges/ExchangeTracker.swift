public import Wire

/// Joins requests with what answers them: response, progress, cancellation; both sides ask.
///
/// Fed with the digest of every message of one session in order. It never guesses: what the wire does not
/// tie to an exchange belongs to none.
public struct ExchangeTracker: Sendable {
    /// Exact counts over the whole session.
    public struct Counts: Sendable, Hashable {
        public var exchanges = 0
        /// Exchanges whose outcome is `error`, and those whose outcome is `toolError`.
        public var errors = 0
        public var toolErrors = 0
        /// Exchanges whose outcome is `pending`, those among them included that are no longer tracked.
        public var pending = 0

        public init() {}
    }

    /// What one message did.
    public struct Observation: Sendable, Equatable {
        /// The exchange that the message belongs to. Nil: none, unknown, or a batch of several messages.
        public var exchange: Int?
        /// Exchanges that are new or changed; a later element replaces an earlier one of the same number.
        public var changed: [Exchange]
    }

    public internal(set) var counts = Counts()
    var table = ExchangeTable()
    /// Whether the session has seen `initialize`, or a message of the modern era: they decide the era of a
    /// request that does not state it.
    var sawInitialize = false
    var sawModern = false
    /// See `takeRepeatedIDs`.
    private var repeatedIDs = 0

    public init() {}

    /// A tracker that numbers on after `counts` and knows none of the exchanges before.
    public init(after counts: Counts) { self.counts = counts }

    /// How many requests wait for an answer that would be recognised; at most `ExchangeTable.waitingLimit`.
    public var open: Int { table.waiting }

    /// How many requests had the id of one in flight, of the same side, since the last call. One that was
    /// cancelled, or whose HTTP exchange broke off, is not in flight.
    public mutating func takeRepeatedIDs() -> Int {
        guard repeatedIDs != 0 else { return 0 }
        defer { repeatedIDs = 0 }
        return repeatedIDs
    }

    /// Whether no exchange is tracked: what comes belongs to none of those before.
    public var isIdle: Bool { table.count == 0 }

    /// The method of the request that a response with this id would answer, and what that is applied to; nil
    /// when no such request waits.
    public func request(
        answeredBy id: RequestID, from direction: Direction, on stream: UInt32 = 0
    ) -> (method: String, name: String?)? {
        guard let place = table.place(of: id, askedBy: direction.opposite, on: stream),
            let exchange = table.exchange(at: place)
        else { return nil }
        return (exchange.method, exchange.name)
    }

    /// What the message does to the exchanges of the session.
    ///
    /// `size` is the message's bytes; members of a batch carry theirs.
    public mutating func observe(
        _ digest: MessageDigest, direction: Direction, sequence: Int64, time: Timestamp, size: Int,
        stream: UInt32 = 0
    ) -> Observation {
        var changed: [Exchange] = []
        let exchange = observe(
            digest, direction: direction, sequence: sequence, time: time, size: size, stream: stream
        ) { changed.append($0) }
        return Observation(exchange: exchange, changed: changed)
    }

    /// The same, handing changed exchanges to `tell` one by one.
    public mutating func observe(
        _ digest: MessageDigest, direction: Direction, sequence: Int64, time: Timestamp, size: Int,
        stream: UInt32 = 0, tell: (Exchange) -> Void
    ) -> Int? {
        let origin = Origin(direction: direction, sequence: sequence, time: time, stream: stream)
        defer { table.keepLimits() }
        guard digest.kind == .batch else { return observe(digest, size: size, origin, tell) }
        var exchange: Int?
        for member in digest.members { exchange = observe(member, size: member.size, origin, tell) }
        return digest.members.count == 1 ? exchange : nil
    }

    /// Where a message stands.
    struct Origin {
        var direction: Direction
        var sequence: Int64
        var time: Timestamp
        /// The HTTP exchange; 0 on stdio.
        var stream: UInt32
    }

    private mutating func observe(
        _ digest: MessageDigest, size: Int, _ origin: Origin, _ tell: (Exchange) -> Void
    ) -> Int? {
        if digest.era == .modern { sawModern = true }
        switch digest.kind {
        case .request: return begin(digest, size: size, origin, tell)
        case .response: return end(digest, size: size, origin, tell)
        case .notification: return attach(digest, origin, tell)
        case .batch, .foreign, .standardError, .http: return nil
        }
    }

    // MARK: Requests

    private mutating func begin(
        _ digest: MessageDigest, size: Int, _ origin: Origin, _ tell: (Exchange) -> Void
    ) -> Int? {
        guard let id = digest.id, let method = digest.method else { return nil }
        if method == "initialize" { sawInitialize = true }
        counts.exchanges += 1
        counts.pending += 1
        var exchange = Exchange(
            number: counts.exchanges, asker: origin.direction, id: id, method: method, name: digest.name,
            era: era(of: digest, origin.direction), requestSequence: origin.sequence,
            requestTime: origin.time, requestSize: size)
        exchange.chain = continueChain(digest, origin.direction, tell)
        if origin.direction == .serverToClient {
            exchange.parent = parent(of: digest, exchange, on: origin.stream)
        }
        var tracked = TrackedExchange(exchange: exchange)
        tracked.stream = origin.stream
        tracked.progressToken = digest.progressToken
        tracked.isPossibleParent = origin.direction == .clientToServer && canBeParent(method)
        if method == "elicitation/create", let elicitation = digest.elicitationID {
            tracked.links = [LinkKey(.elicitation, mintedBy: origin.direction, elicitation)]
        }
        if table.insert(tracked) { repeatedIDs += 1 }
        tell(exchange)
        return exchange.number
    }

    /// What the request states; else what its session speaks. A request of 2026-07-28 must state it, so a
    /// session that has shaken hands means the legacy era by silence.
    private func era(of digest: MessageDigest, _ direction: Direction) -> Era {
        if let era = digest.era { return era }
        return direction == .clientToServer && sawModern && !sawInitialize ? .modern : .legacy
    }

    /// A `ping` starts no work, and a subscription stays open for as long as the client likes: neither is
    /// what a request of the server's is part of, and neither makes the parent unknown.
    private func canBeParent(_ method: String) -> Bool {
        guard let entry = MethodCatalogue[method] else { return true }
        return !entry.isAlwaysAnswerable && !entry.isLongLived
    }

    /// The client exchange in whose stream the request came, else, where there is one stream, the only one in
    /// flight. A server's `ping` is about the connection and has no parent; a
    /// request that names a task has one only in an exchange of that task's chain.
    private func parent(of digest: MessageDigest, _ exchange: Exchange, on stream: UInt32) -> Int? {
        let candidate = stream == 0 ? table.onlyPossibleParent : table.onlyPossibleParent(on: stream)
        guard exchange.method != "ping", let only = candidate else { return nil }
        guard digest.relatedTaskID != nil, let chain = exchange.chain else { return only }
        return only == chain || chainOfWaiting(only) == chain ? only : nil
    }

    private func chainOfWaiting(_ number: Int) -> Int? {
        table.slots.first { $0?.exchange.number == number }??.exchange.chain
    }

    // MARK: Chains

    /// The first exchange's number when the request goes on with an earlier exchange: its next round, or
    /// something about its task. That first exchange then names itself.
    private mutating func continueChain(
        _ digest: MessageDigest, _ direction: Direction, _ tell: (Exchange) -> Void
    ) -> Int? {
        guard let place = placeContinued(by: digest, direction), let earlier = table.exchange(at: place)
        else { return nil }
        if let first = earlier.chain { return first }
        table.update(place) { $0.exchange.chain = earlier.number }
        if let first = table.exchange(at: place) { tell(first) }
        return earlier.number
    }

    private mutating func placeContinued(by digest: MessageDigest, _ direction: Direction) -> Int? {
        if let method = digest.method, method.hasPrefix("tasks/") {
            return digest.taskID.flatMap {
                table.place(of: LinkKey(.task, mintedBy: direction.opposite, $0))
            }
        }
        if let state = digest.requestState {
            return table.place(of: LinkKey(.requestState, mintedBy: direction.opposite, state))
        }
        if let task = digest.relatedTaskID { return placeOfTask(task, saidBy: direction) }
        guard digest.hasInputResponses, let method = digest.method,
            let place = table.onlyPlaceAwaitingInput(asker: direction, method: method, name: digest.name)
        else { return nil }
        table.update(place) { $0.awaitsInput = false }
        return place
    }

    /// Who speaks of a task is mostly who runs it.
    private func placeOfTask(_ task: String, saidBy direction: Direction) -> Int? {
        table.place(of: LinkKey(.task, mintedBy: direction, task))
            ?? table.place(of: LinkKey(.task, mintedBy: direction.opposite, task))
    }

    // MARK: Responses

    private mutating func end(
        _ digest: MessageDigest, size: Int, _ origin: Origin, _ tell: (Exchange) -> Void
    ) -> Int? {
        // An error with the id null answers a request whose id could not be read, not one with that id.
        guard let id = digest.id, !(digest.error != nil && id.text == "null"),
            let place = table.place(of: id, askedBy: origin.direction.opposite, on: origin.stream)
        else { return nil }
        table.update(place) { tracked in
            tracked.exchange.responseSequence = origin.sequence
            tracked.exchange.responseTime = origin.time
            tracked.exchange.responseSize = size
            tracked.exchange.firstEventTime = tracked.exchange.firstEventTime ?? origin.time
            tracked.exchange.resultType = digest.resultType
            tracked.exchange.error = digest.error
            tracked.exchange.outcome =
                tracked.exchange.outcome == .cancelled
                ? .late : digest.error != nil ? .error : digest.isToolError ? .toolError : .ok
        }
        guard let exchange = table.exchange(at: place) else { return nil }
        switch exchange.outcome {
        case .ok, .pending, .cancelled: counts.pending -= 1
        case .late: break
        case .error:
            counts.pending -= 1
            counts.errors += 1
        case .toolError:
            counts.pending -= 1
            counts.toolErrors += 1
        }
        remember(digest, place, exchange, origin.direction)
        tell(exchange)
        return exchange.number
    }

    /// Keeps an answered exchange that later messages can name, and drops any other.
    private mutating func remember(
        _ digest: MessageDigest, _ place: Int, _ exchange: Exchange, _ direction: Direction
    ) {
        let createsTask = digest.taskID != nil && !exchange.method.hasPrefix("tasks/")
        if !createsTask, digest.requestState == nil, digest.resultType != "input_required",
            !table.isNamedLater(place)
        {
            return table.remove(place)
        }
        table.move(place, to: .answered)
        if createsTask, let task = digest.taskID {
            table.add(LinkKey(.task, mintedBy: direction, task), to: place)
        } else {
            // Progress of a task goes on under the token of the request that made it (2025-11-25).
            table.forgetToken(of: place)
        }
        if let state = digest.requestState {
            table.add(LinkKey(.requestState, mintedBy: direction, state), to: place)
        } else if digest.resultType == "input_required" {
            table.update(place) { $0.awaitsInput = true }
        }
        if table.slots[place]?.links.isEmpty == true, table.slots[place]?.awaitsInput == false {
            table.remove(place)
        }
    }

    // MARK: Notifications

    private mutating func attach(
        _ digest: MessageDigest, _ origin: Origin, _ tell: (Exchange) -> Void
    ) -> Int? {
        if digest.method == "notifications/cancelled" { return cancel(digest, origin, tell) }
        let isProgress = digest.method == "notifications/progress"
        guard let place = placeNamed(by: digest, origin) ?? placeOfResponse(holding: digest, origin),
            let before = table.exchange(at: place)
        else { return nil }
        let isFirstEvent = before.firstEventTime == nil && before.asker != origin.direction
        guard isProgress || isFirstEvent else { return before.number }
        table.update(place) { tracked in
            if isFirstEvent { tracked.exchange.firstEventTime = origin.time }
            if isProgress { tracked.exchange.progressCount += 1 }
        }
        if let exchange = table.exchange(at: place) { tell(exchange) }
        return before.number
    }

    private func placeNamed(by digest: MessageDigest, _ origin: Origin) -> Int? {
        let direction = origin.direction
        if digest.method == "notifications/progress" {
            return digest.progressToken.flatMap {
                table.place(ofToken: $0, askedBy: direction.opposite, on: origin.stream)
            }
        }
        if let subscription = digest.subscriptionID {
            return placeOfSubscription(RequestID(subscription), direction, on: origin.stream)
        }
        if let elicitation = digest.elicitationID {
            return table.place(of: LinkKey(.elicitation, mintedBy: direction, elicitation))
        }
        let task = digest.relatedTaskID ?? digest.taskID
        return task.flatMap { placeOfTask($0, saidBy: direction) }
    }

    /// What the server tells in the response to a request is about that request, unless it names another.
    /// Source: MCP 2025-03-26 to 2026-07-28, basic/transports.
    private func placeOfResponse(holding digest: MessageDigest, _ origin: Origin) -> Int? {
        guard origin.stream != 0, origin.direction == .serverToClient, !namesAnExchange(digest) else {
            return nil
        }
        let places = table.waitingPlaces(on: origin.stream)
        return places.count == 1 ? places[0] : nil
    }

    private func namesAnExchange(_ digest: MessageDigest) -> Bool {
        digest.method == "notifications/progress" || digest.subscriptionID != nil
            || digest.elicitationID != nil || digest.relatedTaskID != nil || digest.taskID != nil
    }

    /// The open `subscriptions/listen` of the other side with this id.
    private func placeOfSubscription(
        _ id: RequestID, _ direction: Direction, on stream: UInt32
    ) -> Int? {
        table.place(of: id, askedBy: direction.opposite, on: stream).flatMap {
            table.exchange(at: $0)?.method == "subscriptions/listen" ? $0 : nil
        }
    }

    /// The id is one of the sender's own; only a `subscriptions/listen` may be ended by the other side.
    private mutating func cancel(
        _ digest: MessageDigest, _ origin: Origin, _ tell: (Exchange) -> Void
    ) -> Int? {
        guard let id = digest.cancels,
            let place = table.place(of: id, askedBy: origin.direction)
                ?? placeOfSubscription(id, origin.direction, on: origin.stream),
            let before = table.exchange(at: place)
        else { return nil }
        guard before.outcome == .pending else { return before.number }
        counts.pending -= 1
        table.update(place) { $0.exchange.outcome = .cancelled }
        table.move(place, to: .cancelled)
        if let exchange = table.exchange(at: place) { tell(exchange) }
        return before.number
    }
}
