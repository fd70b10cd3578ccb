public import Recording

/// How a proxy listens, whom it lets in, and where it relays to.
public struct HTTPProxyOptions: Sendable {
    public var address: ListenAddress
    public var routes: RouteTable
    public var policy = ListenerPolicy()
    public var limits = RelayLimits()
    /// Nil: clients speak plain HTTP.
    public var serverTLS: ServerTLS?
    public var trust = UpstreamTrust.system
    /// By route name, empty for a listener with one upstream: set on every request that is relayed there.
    public var headers: [String: [InjectedHeader]] = [:]
    /// Protected-resource metadata names the client's URL of us instead of the upstream's own.
    public var rewritesResource = false
    /// Answers that go wrong on purpose; nil: none. Not changed by later settings.
    public var faults: ProxyFaults?
    /// Puts spans into the trace context of requests; nil: they pass as they come. Not changed by later
    /// settings.
    public var propagator: TracePropagator?
    /// What of heads reaches the tap.
    public var masking: any HTTPHeadMasking = StrictHeadMasking()

    /// The addresses of a name, in the order in which they are tried; nil: those that the system knows.
    var addresses: (@Sendable (_ name: String) -> [String])?

    public init(address: ListenAddress, routes: RouteTable) {
        self.address = address
        self.routes = routes
    }
}
