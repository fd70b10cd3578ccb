public import MCPSemantics
internal import Wire

/// Which answers of a server go wrong, and how.
///
/// Pure: the same rules, seed and requests give the same faults. It is told every message of the client, and
/// asked for every answer of the server. One plan serves one process, whoever its clients are: `nth` counts
/// the requests of all.
public struct FaultPlan: Sendable {
    /// Requests with a fault that are not answered yet, at most. Nobody has that many in flight; a request
    /// beyond gets its answer as it is.
    static let openLimit = 1 << 16

    private var rules: [Armed]
    private var open: [OpenRequest: [Fault]] = [:]

    private struct Armed: Sendable {
        var rule: FaultRule
        /// Requests so far that met the rule's conditions.
        var turn = 0
        /// Answers so far that went wrong by it.
        var count = 0
        var random: FaultRandom
    }

    private struct OpenRequest: Hashable, Sendable {
        var stream: Int
        var id: RequestID
    }

    /// `server`: the name of the server, for rules with `server:`. The same `seed` gives the same chances;
    /// each rule has its own, so that a rule more does not change the others.
    public init(_ rules: [FaultRule], seed: UInt64 = 0, server: String) {
        self.init(rules, seed: seed)
        self.rules.removeAll { !$0.rule.applies(toServer: server) }
    }

    /// The same for several servers: each request says which one it is for.
    public init(_ rules: [FaultRule], seed: UInt64 = 0) {
        self.rules = rules.enumerated().map { place, rule in
            Armed(rule: rule, random: FaultRandom(seed: seed &+ UInt64(place) &* 0xD134_2543_DE82_EF95))
        }
    }

    /// The client sent `message`: one line, or the body of one HTTP request. `stream`: what tells requests
    /// with the same id apart; 0 where there is one stream. `other`: where the answers come instead.
    public mutating func received(
        _ message: ArraySlice<UInt8>, on stream: Int = 0, answeredOn other: Int? = nil,
        for server: String? = nil
    ) {
        guard !rules.isEmpty else { return }
        let digest = MessageReader.digest(of: message, direction: .clientToServer)
        guard digest.kind == .request || digest.kind == .batch else { return }
        let texts: [ArraySlice<UInt8>] =
            digest.kind == .batch
            ? Envelope.scan(message).members.map { Envelope.slice($0, of: message) } : [message]
        for (request, text) in zip(digest.kind == .batch ? digest.members : [digest], texts)
        where request.kind == .request {
            // A digest cuts a long id.
            guard let id = Envelope.scan(text).id else { continue }
            let key = OpenRequest(
                stream: other ?? stream, id: RequestID(UTF8Text.repaired(Envelope.slice(id, of: text))))
            let faults = decide(request, key.id, server)
            open[key] = faults.isEmpty || open.count >= Self.openLimit ? nil : faults
            // A status is of the response to the request's own stream, and then nothing answers it.
            guard other != nil, other != stream, let refusal = faults.first(where: \.action.isStatus) else {
                continue
            }
            open[OpenRequest(stream: stream, id: key.id)] = faults
            open[key] = [Fault(rule: refusal.rule, request: key.id, action: .drop, isCounted: false)]
        }
    }

    private mutating func decide(_ request: MessageDigest, _ id: RequestID, _ server: String?) -> [Fault] {
        var faults: [Fault] = []
        for place in rules.indices where rules[place].rule.matches(request) {
            if let server, !rules[place].rule.applies(toServer: server) { continue }
            rules[place].turn += 1
            guard rules[place].rule.turns.includes(rules[place].turn) else { continue }
            if rules[place].rule.probability < 1 {
                guard rules[place].random.fraction() < rules[place].rule.probability else { continue }
            }
            for action in rules[place].rule.actions {
                var fault = Fault(rule: place, request: id, action: action)
                if case .delay(let delay) = action {
                    fault.action = .delay(.fixed(delay.drawn(from: &rules[place].random)))
                }
                faults.append(fault)
            }
        }
        return faults
    }

    /// What goes wrong with the answers to `requests`, which are answered now. A delay in it is drawn.
    public mutating func faults(answering requests: [RequestID], on stream: Int = 0) -> [Fault] {
        guard !open.isEmpty else { return [] }
        let faults = requests.flatMap { open.removeValue(forKey: OpenRequest(stream: stream, id: $0)) ?? [] }
        for rule in Set(faults.filter(\.isCounted).map(\.rule)) { rules[rule].count += 1 }
        return faults
    }

    /// The same for a message of the server, of which it is not known yet what it answers.
    public mutating func faults(with message: ArraySlice<UInt8>, on stream: Int = 0) -> [Fault] {
        guard !open.isEmpty else { return [] }
        return faults(answering: Self.answered(by: message), on: stream)
    }

    /// The ids of the responses in `message`, whole.
    private static func answered(by message: ArraySlice<UInt8>) -> [RequestID] {
        let envelope = Envelope.scan(message)
        switch envelope.shape {
        case .response:
            guard let id = envelope.id else { return [] }
            return [RequestID(UTF8Text.repaired(Envelope.slice(id, of: message)))]
        case .batch:
            return envelope.members.flatMap { range -> [RequestID] in
                let member = Envelope.slice(range, of: message)
                let inner = Envelope.scan(member)
                guard inner.shape == .response, let id = inner.id else { return [] }
                return [RequestID(UTF8Text.repaired(Envelope.slice(id, of: member)))]
            }
        case .request, .notification, .foreign: return []
        }
    }

    /// The request that `message` of the client cancels.
    public static func cancelled(by message: ArraySlice<UInt8>) -> RequestID? {
        MessageReader.digest(of: message, direction: .clientToServer).cancels
    }

    /// Whether something goes wrong with an answer that is still to come on `stream`.
    public func hasOpen(on stream: Int) -> Bool { open.contains { $0.key.stream == stream } }

    /// Whether a status is to be sent in the place of the response on `stream`.
    public func hasOpenStatus(on stream: Int) -> Bool {
        open.contains { $0.key.stream == stream && $0.value.contains { $0.action.isStatus } }
    }

    /// Nothing comes on `stream` any more.
    public mutating func forget(_ stream: Int) {
        for request in open.keys where request.stream == stream { open[request] = nil }
    }

    /// Everything that is open on `stream`, which is answered as a whole or never.
    public mutating func faults(on stream: Int) -> [Fault] {
        let requests = open.keys.filter { $0.stream == stream }.map(\.id).sorted { $0.text < $1.text }
        return requests.isEmpty ? [] : faults(answering: requests, on: stream)
    }

    /// How often each rule was applied, in the order of the rules.
    public var counts: [FaultCount] { rules.map { FaultCount(rule: $0.rule.text, count: $0.count) } }
}

/// One thing that goes wrong with the answer to one request.
public struct Fault: Sendable, Hashable {
    /// Which rule of the plan says so.
    var rule: Int
    var request: RequestID
    public internal(set) var action: FaultAction
    /// False where the rule was applied elsewhere, of which this follows.
    var isCounted = true
}

/// How often a rule was applied.
public struct FaultCount: Sendable, Hashable {
    /// The rule as it was written.
    public var rule: String
    public var count: Int

    public init(rule: String, count: Int) {
        self.rule = rule
        self.count = count
    }
}
