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
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let hub: NIOLoopBound<MockHub>

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
        /// How fast recorded messages come.
        public var timing = ReplayTiming.none

        public init(address: ListenAddress) { self.address = address }
    }

    /// Begins to listen and to answer. `key` is the one that the recording was redacted with, where it is
    /// known; `missed` is told after each request without a match, on the loop.
    public init(
        _ script: ReplayScript, rules: MatchRules = MatchRules(), key: [UInt8]? = nil, _ options: Options,
        missed: @escaping @Sendable ([ReplayReport]) -> Void = { _ in }
    ) throws(HTTPFailure) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let server = MockServer(
                script, rules: rules, key: key, options: options, mint: SessionIDs.minting(options.seed))
            let hub = try loop.submit {
                NIOLoopBound(
                    MockHub(server, policy: options.policy, on: loop, missed: missed), eventLoop: loop)
            }.wait()
            listener = try HTTPProxy.listen(on: options.address, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(MockConnection(hub.value))
                }
            }
            self.hub = hub
            self.group = group
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(
                .listen, "cannot listen on \(options.address): \(ConnectionTrouble.text(error))")
        }
        address = HTTPProxy.bound(options.address, listener)
    }

    /// Ends: closes every connection. Answers what each session found.
    public func stop() -> [ReplayReport] {
        try? listener.close().wait()
        let reports = (try? group.next().submit { [hub] in hub.value.end() }.wait()) ?? []
        try? group.syncShutdownGracefully()
        if case .unix(let path) = address { SocketFile.remove(path) }
        return reports
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
