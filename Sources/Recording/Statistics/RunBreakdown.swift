public import MCPSemantics
internal import Wire

/// Where the time of a run went: parts that sum to the whole.
///
/// Each instant from the start of the first session to the newest event of any belongs to the first of these
/// that holds: a server works on an operation of the client's (several servers share it in equal parts); a
/// person, a model, or anything else of the client's is waited for; a session starts up; nothing of it, which
/// is outside MCP. `docs/statistics.md` says it at length.
public struct RunBreakdown: Sendable, Equatable {
    /// Nanoseconds; without `silence`.
    public var total: Int64 = 0
    public var outside: Int64 = 0
    /// By server name, in the order of names.
    public var servers: [Share] = []
    public var person: Int64 = 0
    public var model: Int64 = 0
    public var client: Int64 = 0
    public var startUp: Int64 = 0
    /// Stretches of `Run.silence` and more in which nothing was in flight: how many, and nanoseconds. They
    /// are between two stretches of work, and no part of either.
    public var silences = 0
    public var silence: Int64 = 0
    /// The slowest operation of a client, start-up aside.
    public var longest: SlowOperation?
    /// Pauses of at most so many nanoseconds within a server's work were counted as work; 0: none were.
    public var bridged: Int64 = 0
    /// Whether the sessions are of one boot, so that their times are of one clock; else they are laid side by
    /// side by the wall clock.
    public var isOnOneClock = true

    /// A server's part, nanoseconds.
    public struct Share: Sendable, Hashable {
        public var name: String
        public var time: Int64

        public init(name: String, time: Int64) {
            self.name = name
            self.time = time
        }
    }

    /// Nanoseconds in any server.
    public var inServers: Int64 { servers.reduce(0) { $0 + $1.time } }

    /// Lays sessions side by side. O(stretches log stretches).
    public init(_ activities: [SessionActivity]) {
        let boots = Set(activities.map(\.boot))
        isOnOneClock = activities.count < 2 || (boots.count == 1 && boots.first != .some(nil))
        let names = Set(activities.map(\.name)).sorted()
        var sweep = Sweep(names: names)
        for activity in activities {
            let origin = isOnOneClock ? activity.startBoottime : activity.startRealtime
            sweep.add(activity, from: origin)
            bridged = max(bridged, activity.bridged)
            if let slow = activity.longest, slow.duration > longest?.duration ?? -1 { longest = slow }
        }
        sweep.run(into: &self)
        servers = zip(names, sweep.shares).map { Share(name: $0, time: $1) }
        total = outside + inServers + person + model + client + startUp
    }
}

/// Passes once over all beginnings and ends, in the order of time.
private struct Sweep {
    private struct Edge {
        var time: Int64
        /// A server's place in `shares`, or one of those behind.
        var lane: Int
        var step: Int
    }

    private let lanes: Int
    private var edges: [Edge] = []
    private(set) var shares: [Int64]
    private let names: [String]

    init(names: [String]) {
        self.names = names
        shares = Array(repeating: 0, count: names.count)
        // Servers, person, model, client, start-up, and the session itself, which is only its two ends.
        lanes = names.count + Wait.allCases.count + 2
    }

    mutating func add(_ activity: SessionActivity, from origin: Int64) {
        let lane = names.firstIndex(of: activity.name) ?? 0
        for span in activity.work.merged { add(span, lane, origin) }
        for wait in Wait.allCases {
            for span in activity.waits[wait]?.merged ?? [] { add(span, names.count + wait.rawValue, origin) }
        }
        add(activity.startUp, lanes - 2, origin)
        add(TimeSpan(from: activity.begin, to: activity.end), lanes - 1, origin)
    }

    private mutating func add(_ span: TimeSpan, _ lane: Int, _ origin: Int64) {
        guard span.length > 0 else { return }
        edges.append(Edge(time: origin &+ span.from, lane: lane, step: 1))
        edges.append(Edge(time: origin &+ span.to, lane: lane, step: -1))
    }

    mutating func run(into result: inout RunBreakdown) {
        edges.sort { $0.time < $1.time }
        var active = Array(repeating: 0, count: lanes)
        var quiet: Int64 = 0
        var now = edges.first?.time ?? 0
        for edge in edges {
            let length = edge.time - now
            if length > 0 {
                if active[..<(lanes - 1)].allSatisfy({ $0 == 0 }) {
                    // A session's end within a silence does not cut it.
                    quiet += length
                } else {
                    settle(&quiet, &result)
                    attribute(length, active, &result)
                }
            }
            now = edge.time
            active[edge.lane] += edge.step
        }
        settle(&quiet, &result)
    }

    private func settle(_ quiet: inout Int64, _ result: inout RunBreakdown) {
        if quiet >= Run.silence {
            result.silences += 1
            result.silence += quiet
        } else {
            result.outside += quiet
        }
        quiet = 0
    }

    private mutating func attribute(_ length: Int64, _ active: [Int], _ result: inout RunBreakdown) {
        let working = names.indices.filter { active[$0] > 0 }
        if !working.isEmpty {
            let part = length / Int64(working.count)
            for place in working { shares[place] += part }
            shares[working[0]] += length - part * Int64(working.count)
            return
        }
        switch Wait.allCases.first(where: { active[names.count + $0.rawValue] > 0 }) {
        case .person: result.person += length
        case .model: result.model += length
        case .client: result.client += length
        case nil: result.startUp += length
        }
    }
}

/// What of a session's time a break-down needs; nanoseconds since the session began.
public struct SessionActivity: Sendable {
    let name: String
    let session: SessionID
    let boot: String?
    let startBoottime: Int64
    let startRealtime: Int64
    private(set) var work = TimeSpans()
    private(set) var waits: [Wait: TimeSpans] = [:]
    /// From the session's begin to the answer to the last of the handshakes that the client begins with.
    private(set) var startUp = TimeSpan(from: 0, to: 0)
    /// The first and the last moment of it that the run has.
    let begin: Int64
    private(set) var end: Int64
    private(set) var longest: SlowOperation?
    private var handshake = 0
    private var isStarted: Bool

    public init(_ session: SessionSummary) { self.init(Run.Part(session)) }

    /// Only what a run has of a session.
    public init(_ part: Run.Part) {
        let session = part.session
        name = session.description.name
        self.session = session.description.id
        boot = session.description.bootID
        startBoottime = session.description.startBoottime
        startRealtime = session.description.startRealtime
        begin = part.span.from
        end = max(begin, part.span.to)
        // Only what has the session's begin has its start-up.
        isStarted = !part.isFirst
    }

    var bridged: Int64 { ([work] + Array(waits.values)).map(\.bridged).max() ?? 0 }

    /// Sees each exchange before the operation that it is part of; `end` as in `OperationAssembler.push`.
    public mutating func observe(_ exchange: Exchange, end: Timestamp) {
        guard !isStarted, exchange.asker == .clientToServer else { return }
        if MethodCatalogue[exchange.method]?.isHandshake == true {
            handshake = exchange.number
            startUp.to = max(startUp.to, (exchange.responseTime ?? end).nanoseconds)
        } else if exchange.method != "ping" {
            if handshake == 0 { startUp.to = exchange.requestTime.nanoseconds }
            isStarted = true
        }
    }

    /// Adds an operation of either side.
    public mutating func add(_ operation: Operation) {
        guard operation.first.asker == .clientToServer, operation.first.number > handshake,
            !operation.first.isLongLived
        else { return }
        for span in operation.work { work.add(span) }
        for waiting in operation.waits { waits[waiting.wait, default: TimeSpans()].add(waiting.span) }
        end = max(end, operation.flights.map(\.to).max() ?? 0)
        if let duration = operation.duration, duration > longest?.duration ?? -1 {
            longest = SlowOperation(operation, session: session, server: name)
        }
    }
}
