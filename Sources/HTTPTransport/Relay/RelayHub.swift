internal import NIOCore
internal import NIOSSL
internal import Recording

/// What all connections of a listener share. Used on the relay's loop alone.
final class RelayHub {
    let routes: RouteTable
    let policy: ListenerPolicy
    let limits: RelayLimits
    let tap: any HTTPTap
    let masking: any HTTPHeadMasking
    let injections: [HeaderInjection]
    /// `http` or `https`, as clients see us.
    let clientScheme: String
    let rewritesResource: Bool
    let connector: UpstreamConnector
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: RelayConnection] = [:]
    private var lastConnection: UInt64 = 0
    private var lastStream: UInt32 = 0
    private var whenEmpty: (() -> Void)?

    init(_ options: HTTPProxyOptions, tap: any HTTPTap, connector: UpstreamConnector) {
        routes = options.routes
        policy = options.policy
        limits = options.limits
        masking = options.masking
        injections = options.routes.routes.map { HeaderInjection(options.headers[$0.name] ?? []) }
        clientScheme = options.serverTLS == nil ? "http" : "https"
        rewritesResource = options.rewritesResource
        self.tap = tap
        self.connector = connector
    }

    /// How a connection that has just come is treated.
    enum Admission { case relayed, overLimit, closed }

    /// What becomes of the connection that comes next.
    var admission: Admission {
        if isDraining || connections.count >= limits.connections + RelayLimits.refusedConnections {
            return .closed
        }
        return connections.count >= limits.connections ? .overLimit : .relayed
    }

    func add(_ connection: RelayConnection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: RelayConnection) {
        connections.removeValue(forKey: ObjectIdentifier(connection))
        if connections.isEmpty, let done = whenEmpty {
            whenEmpty = nil
            done()
        }
    }

    func nextConnection() -> UInt64 {
        lastConnection += 1
        return lastConnection
    }

    /// 1, 2, 3 …; 0 is the stream of stdio.
    func nextStream() -> StreamID {
        lastStream = lastStream == .max ? 1 : lastStream + 1
        return StreamID(lastStream)
    }

    // MARK: Ending

    /// Idle connections end now, the others with their exchange; `done` is called when there is none.
    func drain(_ done: @escaping () -> Void) {
        isDraining = true
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { done() } else { whenEmpty = done }
    }

    /// Ends what has not ended by itself.
    func closeAll() {
        for connection in connections.values { connection.abandon() }
    }
}
