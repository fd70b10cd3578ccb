internal import NIOCore
internal import NIOPosix

/// A listener whose answers are ours: for people, probes and scrapers. Its loop is its own, so nothing that
/// is asked here delays traffic.
public final class OwnListener: Sendable {
    /// Where it listens; with the port that the system chose for port 0.
    public let address: ListenAddress
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let hub: NIOLoopBound<OwnHub>

    /// Begins to answer.
    public init(
        _ address: ListenAddress, policy: OwnPolicy, limits: OwnLimits = OwnLimits(),
        handler: @escaping OwnHandler
    ) throws(HTTPFailure) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let hub = try loop.submit {
                NIOLoopBound(
                    OwnHub(policy: policy, limits: limits, loop: loop, handler: handler), eventLoop: loop)
            }.wait()
            listener = try HTTPProxy.listen(on: address, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(OwnConnection(hub.value))
                }
            }
            self.hub = hub
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(.listen, "cannot listen on \(address): \(ConnectionTrouble.text(error))")
        }
        self.group = group
        self.address = HTTPProxy.bound(address, listener)
    }

    /// Other names beside the loopback ones and beside addresses, lower case.
    public func allow(hosts: Set<String>) {
        group.next().execute { [hub] in hub.value.policy.allowedHosts = hosts }
    }

    /// Stops: answers that are under way are still given.
    public func close() {
        try? listener.close().wait()
        let loop = group.next()
        let promise = loop.makePromise(of: Void.self)
        loop.execute { [hub] in hub.value.drain(telling: promise) }
        try? promise.futureResult.wait()
        try? group.syncShutdownGracefully()
        if case .unix(let path) = address { SocketFile.remove(path) }
    }
}
