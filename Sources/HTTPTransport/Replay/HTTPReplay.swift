internal import MCPSemantics
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Replay

/// A recording in the server's place, on HTTP: Streamable HTTP of every revision, HTTP+SSE when asked.
public final class HTTPReplay: Sendable {
    /// Where it listens; with the port that the system chose for port 0.
    public let address: ListenAddress
    /// Where each server is asked, in the order in which they were given.
    public let paths: [String]
    let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    let hub: NIOLoopBound<MockHub>
    private let realServers: RealServers?

    /// How a request with an answer alone is answered.
    public enum Form: String, Sendable, CaseIterable {
        /// As it was recorded; a recording of stdio as JSON.
        case recorded
        case json
        /// As an event stream.
        case sse
    }

    /// How it is served.
    public struct Options: Sendable {
        public var address: ListenAddress
        public var policy = ListenerPolicy()
        public var form = Form.recorded
        /// Clients of the legacy era get no session id.
        public var isStateless = false
        /// Clients that name no session share one place in the recording.
        public var isShared = false
        /// A GET without a session opens a session of HTTP+SSE (2024-11-05).
        public var offersSSE = false
        /// Session ids are the same in every run with the same seed; nil: nobody can guess them.
        public var seed: UInt64?
        /// Clients at one time, at most; beyond it the longest idle one ends.
        public var sessionLimit = 10_000
        /// Nanoseconds without a connection after which `Events.idle` is told, once a client has come; nil:
        /// never.
        public var idleTime: Int64?
        /// A client of the other era gets answers in its own, where that is exact.
        public var translatesEra = false
        /// How fast recorded messages come.
        public var timing = ReplayTiming.none
        /// Which answers go wrong.
        public var faults: FaultPlan?
        /// What answers where the recording does not, with `MatchRules.Misses.forward`.
        public var realServers: RealServers?

        public init(address: ListenAddress) { self.address = address }
    }

    /// A recorded server.
    public struct Server: Sendable {
        /// The first part of its paths, where there are several.
        public var name: String
        public var script: ReplayScript

        public init(name: String, script: ReplayScript) {
            self.name = name
            self.script = script
        }
    }

    /// What is told while it is served, on the loop.
    public struct Events: Sendable {
        /// After each request without a match: what was found so far.
        public var missed: @Sendable (ReplayReport) -> Void = { _ in }
        /// Nobody has been connected for `Options.idleTime`.
        public var idle: @Sendable () -> Void = {}
        /// A fault ended the server.
        public var killed: @Sendable () -> Void = {}

        public init() {}
    }

    /// Begins to listen and to answer as `servers`: one at every path, several each at `/name/…`. `key` is
    /// the one that the recording was redacted with, where it is known.
    ///
    /// - Precondition: there is at least one server; with `Options.faults` or `Options.realServers`, one.
    public init(
        _ servers: [Server], rules: MatchRules = MatchRules(), key: [UInt8]? = nil, _ options: Options,
        events: Events = Events()
    ) throws(HTTPFailure) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let mint = SessionIDs.minting(options.seed)
            let hub = try loop.submit {
                let mocks = servers.map { server in
                    let mock = MockServer(server.script, rules: rules, key: key, options: options, mint: mint)
                    return (server.name, mock)
                }
                return NIOLoopBound(MockHub(mocks, options, on: loop, events: events), eventLoop: loop)
            }.wait()
            listener = try HTTPProxy.listen(on: options.address, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(MockConnection(hub.value))
                }
            }
            self.hub = hub
            realServers = options.realServers
            self.group = group
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(
                .listen, "cannot listen on \(options.address): \(ConnectionTrouble.text(error))")
        }
        address = HTTPProxy.bound(options.address, listener)
        paths = MockRoutes(servers.map(\.name)).paths
    }

    /// What was found so far. Not after `stop`.
    public var report: ReplayReport { onLoop { $0.report } }

    private func onLoop(_ body: @escaping @Sendable (MockHub) -> ReplayReport) -> ReplayReport {
        do {
            return try group.next().submit { [hub] in body(hub.value) }.wait()
        } catch {
            preconditionFailure("the loop runs until stop")
        }
    }

    /// Ends: closes every connection, and keeps what the real servers said last. Answers what was found.
    public func stop() -> ReplayReport {
        try? listener.close().wait()
        var report = onLoop { $0.end() }
        if let added = realServers?.finish() {
            report = onLoop {
                $0.noteAdded(added)
                return $0.report
            }
        }
        try? group.syncShutdownGracefully()
        if case .unix(let path) = address { SocketFile.remove(path) }
        return report
    }
}

/// Ids of sessions.
private enum SessionIDs {
    static func minting(_ seed: UInt64?) -> @Sendable () -> String {
        let count = NIOLockedValueBox<UInt64>(0)
        return {
            if let seed {
                let number = count.withLockedValue { count -> UInt64 in
                    count += 1
                    return count
                }
                return "mcptape-\(seed)-\(number)"
            }
            var random = SystemRandomNumberGenerator()
            return (0..<2).map { _ in
                let digits = String(random.next(), radix: 16)
                return String(repeating: "0", count: 16 - digits.utf8.count) + digits
            }.joined()
        }
    }
}
