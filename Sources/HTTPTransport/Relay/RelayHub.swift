internal import NIOCore
internal import NIOSSL
internal import Recording

/// What all connections of a listener share. Used on the relay's loop alone.
final class RelayHub {
    private(set) var routes: RouteTable
    /// One for each route, in their order.
    private(set) var targets: [RelayTarget] = []
    private(set) var policy: ListenerPolicy
    private(set) var masking: any HTTPHeadMasking
    /// Nil: clients speak plain HTTP. For connections that come.
    private(set) var serverTLS: NIOSSLContext?
    let limits: RelayLimits
    let tap: any HTTPTap
    private(set) var rewritesResource: Bool
    /// Set when answers go wrong on purpose.
    let faults: RelayFaults?
    /// Set when spans are put into requests.
    var propagator: TracePropagator?
    private let loop: any EventLoop
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: RelayConnection] = [:]
    private var lastConnection: UInt64 = 0
    private var lastStream: UInt32 = 0
    private var whenEmpty: (() -> Void)?
    /// Since when the tap has had no room.
    private var standstill: NIODeadline?
    /// Clients are told so.
    private var isRefusing = false
    /// By connection; of no use any more when the settings change.
    var requests = RecentHeads<RequestPlan>()
    var responses = RecentHeads<ResponsePlan>()

    init(_ settings: PreparedProxy, tap: any HTTPTap, loop: any EventLoop) {
        routes = settings.options.routes
        policy = settings.options.policy
        masking = settings.options.masking
        rewritesResource = settings.options.rewritesResource
        limits = settings.options.limits
        faults = settings.options.faults.map { RelayFaults($0) }
        // What is on no record is no span of ours.
        propagator = tap.isRecording ? settings.options.propagator : nil
        self.tap = tap
        self.loop = loop
        apply(settings)
    }

    /// Has all requests from now on treated by other settings; running exchanges go on as they began.
    func apply(_ settings: PreparedProxy) {
        let options = settings.options
        requests.removeAll()
        responses.removeAll()
        routes = options.routes
        policy = options.policy
        masking = options.masking
        rewritesResource = options.rewritesResource
        serverTLS = settings.serverTLS
        let connector = UpstreamConnector(
            loop: loop, tls: settings.upstreamTLS, verifies: options.trust != .none,
            resolver: options.addresses.map { GivenAddresses(loop: loop, of: $0) })
        targets = routes.routes.map { route in
            RelayTarget(route, headers: options.headers[route.name] ?? [], connector: connector)
        }
    }

    /// `http` or `https`, as clients see us.
    var clientScheme: String { serverTLS == nil ? "http" : "https" }

    /// How a connection that has just come is treated.
    enum Admission { case relayed, overLimit, closed }

    /// What becomes of the connection that comes next.
    var admission: Admission {
        if isDraining || faults?.isDead == true
            || connections.count >= limits.connections + RelayLimits.refusedConnections
        {
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

    // MARK: Room in the recording

    /// Whether the tap takes what comes.
    enum Room { case there, later, refused }

    func room(for count: Int) -> Room {
        if tap.hasRoom(for: count) {
            standstill = nil
            if isRefusing { tap.refuses(false) }
            isRefusing = false
            return .there
        }
        let now = NIODeadline.now()
        let since = standstill ?? now
        standstill = since
        guard now - since >= TimeAmount(limits.roomTime) else { return .later }
        if !isRefusing { tap.refuses(true) }
        isRefusing = true
        return .refused
    }

    // MARK: Ending

    /// A fault ended the server: nobody is answered any more.
    func die() {
        faults?.isDead = true
        for connection in connections.values { connection.abandon(.faulted) }
    }

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
