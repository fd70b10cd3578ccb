import Wire

/// The exchanges that may still change, found by id, by progress token and by link.
///
/// Bounded by the limits below; over one, the oldest eighth of that kind is dropped at once, so that
/// dropping costs a newcomer little. A dropped exchange stays as it was last told.
struct ExchangeTable: Sendable {
    /// Requests without an answer. No peer has thousands in flight on one session, and each is written to
    /// every checkpoint, some 100 bytes.
    static let waitingLimit = 16_384
    /// Cancelled or displaced requests: most are never answered, so they would pile up.
    static let lingeringLimit = 1024
    /// Answered exchanges whose task or request state somebody may come back to.
    static let answeredLimit = 1024
    /// Bytes of text of all tracked exchanges: ids and names of up to 4 KiB each could otherwise hold 256
    /// MiB.
    static let textLimit = 4 << 20

    private(set) var slots: [TrackedExchange?] = []
    private var free: [Int] = []
    private var byID: [AskedID: Int] = [:]
    private var byToken: [AskedToken: Int] = [:]
    private var byLink: [LinkKey: Int] = [:]
    /// Those that may still be answered, by the HTTP exchange that carries the request, oldest first.
    private var byStream: [UInt32: [Int]] = [:]
    private var textSize = 0
    private(set) var waiting = 0
    private var lingering = 0
    private var answered = 0
    /// How many possible parents wait, and the sum of their numbers, which is the number of the only one.
    private var possibleParents = 0
    private var possibleParentsSum = 0

    /// How many exchanges are tracked.
    var count: Int { waiting + lingering + answered }

    /// The number of the only client exchange in flight; nil when there is none or several.
    var onlyPossibleParent: Int? { possibleParents == 1 ? possibleParentsSum : nil }

    /// The same among the exchanges of one stream.
    func onlyPossibleParent(on stream: UInt32) -> Int? {
        let found = (byStream[stream] ?? []).compactMap { slots[$0] }.filter {
            $0.standing == .waiting && $0.isPossibleParent
        }
        return found.count == 1 ? found[0].exchange.number : nil
    }

    /// Where the client's exchanges are that wait for their answer on `stream`, oldest first. Those belong to
    /// them whose id another stream's request has taken: their answer comes on their own.
    func waitingPlaces(on stream: UInt32) -> [Int] {
        (byStream[stream] ?? []).filter { place in
            guard let exchange = slots[place]?.exchange else { return false }
            return exchange.asker == .clientToServer && exchange.outcome == .pending
        }
    }

    // MARK: Finding

    /// The request with that id. Two clients of one session may have given the same id to requests on two
    /// streams: then the one on `stream` is meant.
    func place(of id: RequestID, askedBy asker: Direction, on stream: UInt32 = 0) -> Int? {
        newestPlace(on: stream) { slots[$0]?.exchange.id == id && slots[$0]?.exchange.asker == asker }
            ?? byID[AskedID(asker: asker, id: id)]
    }

    /// The same for a progress token.
    func place(ofToken token: String, askedBy asker: Direction, on stream: UInt32 = 0) -> Int? {
        newestPlace(on: stream) { slots[$0]?.progressToken == token && slots[$0]?.exchange.asker == asker }
            ?? byToken[AskedToken(asker: asker, token: token)]
    }

    private func newestPlace(on stream: UInt32, where matches: (Int) -> Bool) -> Int? {
        guard stream != 0, let places = byStream[stream] else { return nil }
        return places.last(where: matches)
    }

    func place(of link: LinkKey) -> Int? { byLink[link] }

    /// The only exchange that awaits the client's input for this request without a request state; nil when
    /// there is none or several.
    func onlyPlaceAwaitingInput(asker: Direction, method: String, name: String?) -> Int? {
        var found: Int?
        for place in slots.indices where slots[place]?.awaitsInput == true {
            guard let exchange = slots[place]?.exchange, exchange.asker == asker, exchange.method == method,
                exchange.name == name
            else { continue }
            if found != nil { return nil }
            found = place
        }
        return found
    }

    /// Whether later messages can come back to the exchange after its answer.
    func isNamedLater(_ place: Int) -> Bool {
        slots[place].map { !$0.links.isEmpty || $0.awaitsInput } ?? false
    }

    /// The exchange at `place`, which came from this table.
    func exchange(at place: Int) -> Exchange? { slots[place]?.exchange }

    // MARK: Changing

    /// Changes an exchange in place; its id, standing, token and links have functions of their own.
    mutating func update(_ place: Int, _ change: (inout TrackedExchange) -> Void) {
        guard var tracked = slots[place].take() else { return }
        textSize -= tracked.textSize
        change(&tracked)
        textSize += tracked.textSize
        slots[place] = tracked
    }

    /// Tracks a new exchange. An older one with the same open id loses it; answers whether that was in
    /// flight.
    @discardableResult
    mutating func insert(_ tracked: TrackedExchange) -> Bool {
        let key = AskedID(asker: tracked.exchange.asker, id: tracked.exchange.id)
        var isRepeated = false
        if tracked.ownsID, let older = byID[key] {
            isRepeated = slots[older]?.standing == .waiting && slots[older]?.isLost == false
            move(older, to: .displaced)
        }
        let place = put(tracked)
        if tracked.ownsID { byID[key] = place }
        if tracked.stream != 0, tracked.standing != .answered {
            byStream[tracked.stream, default: []].append(place)
        }
        if let token = tracked.progressToken { register(token, at: place) }
        for link in tracked.links { byLink[link] = place }
        return isRepeated
    }

    /// What was asked on `stream`, by either side, and has no answer.
    func pendingPlaces(on stream: UInt32) -> [Int] {
        (byStream[stream] ?? []).filter { slots[$0]?.exchange.outcome == .pending }
    }

    /// Gives an exchange another standing.
    mutating func move(_ place: Int, to standing: TrackedExchange.Standing) {
        // Fields are read where they are: copying an exchange costs more than all of this.
        guard let former = slots[place]?.standing, former != standing, let stream = slots[place]?.stream
        else {
            return
        }
        count(at: place, by: -1)
        if slots[place]?.ownsID == true && !(standing == .waiting || standing == .cancelled) {
            releaseID(at: place)
        }
        slots[place]?.standing = standing
        if standing == .answered { leave(stream, place) }
        count(at: place, by: 1)
    }

    /// Makes `link` lead to the exchange, and no longer to an older one.
    mutating func add(_ link: LinkKey, to place: Int) {
        if let older = byLink.updateValue(place, forKey: link) {
            slots[older]?.links.removeAll { $0 == link }
        }
        slots[place]?.links.append(link)
    }

    /// Progress with the exchange's token no longer leads to it.
    mutating func forgetToken(of place: Int) {
        guard let token = slots[place]?.progressToken, let asker = slots[place]?.exchange.asker else {
            return
        }
        textSize -= token.utf8.count
        slots[place]?.progressToken = nil
        let key = AskedToken(asker: asker, token: token)
        guard byToken[key] == place else { return }
        byToken[key] = slots[place]?.shadowsToken == true ? newestPlace(withToken: key) : nil
    }

    /// Stops to track an exchange.
    mutating func remove(_ place: Int) {
        guard let tracked = slots[place].take() else { return }
        free.append(place)
        textSize -= tracked.textSize
        count(tracked, by: -1)
        if tracked.ownsID {
            release(AskedID(asker: tracked.exchange.asker, id: tracked.exchange.id), at: place)
        }
        leave(tracked.stream, place)
        for link in tracked.links where byLink[link] == place { byLink[link] = nil }
        guard let token = tracked.progressToken else { return }
        let key = AskedToken(asker: tracked.exchange.asker, token: token)
        guard byToken[key] == place else { return }
        byToken[key] = tracked.shadowsToken ? newestPlace(withToken: key) : nil
    }

    /// Drops the oldest of every kind that is over its limit. Places are not valid beyond this.
    mutating func keepLimits() {
        if waiting > ExchangeTable.waitingLimit {
            dropOldest(ExchangeTable.waitingLimit / 8) { $0 == .waiting }
        }
        if lingering > ExchangeTable.lingeringLimit {
            dropOldest(ExchangeTable.lingeringLimit / 8) { $0 == .cancelled || $0 == .displaced }
        }
        if answered > ExchangeTable.answeredLimit {
            dropOldest(ExchangeTable.answeredLimit / 8) { $0 == .answered }
        }
        if textSize > ExchangeTable.textLimit { dropOldest(max(1, count / 8)) { _ in true } }
    }

    // MARK: Private parts

    /// A request that was displaced, and cancelled then, no longer has it.
    private mutating func releaseID(at place: Int) {
        guard let asker = slots[place]?.exchange.asker, let id = slots[place]?.exchange.id else { return }
        release(AskedID(asker: asker, id: id), at: place)
    }

    private mutating func release(_ key: AskedID, at place: Int) {
        if byID[key] == place { byID[key] = nil }
    }

    private mutating func leave(_ stream: UInt32, _ place: Int) {
        guard stream != 0, let places = byStream[stream] else { return }
        // One request in a stream is the rule.
        if places.count == 1 {
            if places[0] == place { byStream[stream] = nil }
        } else {
            byStream[stream]?.removeAll { $0 == place }
        }
    }

    private mutating func put(_ tracked: TrackedExchange) -> Int {
        textSize += tracked.textSize
        let place = free.popLast() ?? slots.count
        if place < slots.count {
            slots[place] = tracked
        } else {
            slots.append(tracked)
        }
        count(tracked, by: 1)
        return place
    }

    private mutating func register(_ token: String, at place: Int) {
        guard let tracked = slots[place] else { return }
        let key = AskedToken(asker: tracked.exchange.asker, token: token)
        if let older = byToken.updateValue(place, forKey: key), older != place {
            slots[place]?.shadowsToken = true
        }
    }

    /// O(tracked exchanges), but only for a peer that gives one token to several open requests.
    private func newestPlace(withToken key: AskedToken) -> Int? {
        var newest: Int?
        var number = 0
        for place in slots.indices {
            guard let tracked = slots[place], tracked.progressToken == key.token,
                tracked.exchange.asker == key.asker, tracked.exchange.number > number
            else { continue }
            newest = place
            number = tracked.exchange.number
        }
        return newest
    }

    private mutating func count(at place: Int, by step: Int) {
        if let tracked = slots[place] { count(tracked, by: step) }
    }

    private mutating func count(_ tracked: TrackedExchange, by step: Int) {
        switch tracked.standing {
        case .waiting:
            waiting += step
            if tracked.isPossibleParent {
                possibleParents += step
                possibleParentsSum &+= step * tracked.exchange.number
            }
        case .cancelled, .displaced: lingering += step
        case .answered: answered += step
        }
    }

    private mutating func dropOldest(_ count: Int, where matches: (TrackedExchange.Standing) -> Bool) {
        var candidates: [(number: Int, place: Int)] = []
        for place in slots.indices {
            if let tracked = slots[place], matches(tracked.standing) {
                candidates.append((tracked.exchange.number, place))
            }
        }
        candidates.sort { $0.number < $1.number }
        for candidate in candidates.prefix(count) { remove(candidate.place) }
    }
}
