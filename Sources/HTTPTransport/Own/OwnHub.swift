internal import NIOCore

/// What all connections of one listener with answers of ours share. Used on its loop alone.
final class OwnHub {
    var policy: OwnPolicy
    let limits: OwnLimits
    let handler: OwnHandler
    let loop: any EventLoop
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: OwnConnection] = [:]
    private var whenEmpty: EventLoopPromise<Void>?

    init(policy: OwnPolicy, limits: OwnLimits, loop: any EventLoop, handler: @escaping OwnHandler) {
        self.policy = policy
        self.limits = limits
        self.loop = loop
        self.handler = handler
    }

    /// False: there are as many as there may be.
    func add(_ connection: OwnConnection) -> Bool {
        guard connections.count < limits.connections else { return false }
        connections[ObjectIdentifier(connection)] = connection
        if isDraining { connection.endWhenAnswered() }
        return true
    }

    func remove(_ connection: OwnConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { whenEmpty?.succeed() }
    }

    /// Ends idle connections now, the others with their answers, and all of them after the drain time.
    func drain(telling promise: EventLoopPromise<Void>) {
        isDraining = true
        whenEmpty = promise
        for connection in connections.values { connection.endWhenAnswered() }
        guard !connections.isEmpty else { return promise.succeed() }
        loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.drainTime)) {
            for connection in self.connections.values { connection.close() }
        }
    }
}
