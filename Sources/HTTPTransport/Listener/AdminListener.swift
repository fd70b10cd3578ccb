internal import NIOConcurrencyHelpers

/// Answers whether the proxy lives and is ready, and what else it is given; on a port of its own, since every
/// path of the proxied port is the upstream's.
public final class AdminListener: Sendable {
    private let listener: OwnListener
    private let isReady: NIOLockedValueBox<Bool>

    /// Where it listens; with the port that the system chose for port 0.
    public var address: ListenAddress { listener.address }

    /// Begins to answer.
    ///
    /// - Parameters:
    ///   - allowedHosts: names beside the loopback ones and beside addresses, lower case.
    ///   - other: answers all paths but `/healthz` and `/readyz`; nil: they are not there.
    public init(
        _ address: ListenAddress, allowedHosts: Set<String>, other: OwnHandler? = nil
    ) throws(HTTPFailure) {
        let isReady = NIOLockedValueBox(true)
        var policy = OwnPolicy()
        policy.allowedHosts = allowedHosts
        listener = try OwnListener(address, policy: policy) { request, respond in
            switch request.path {
            case "/healthz": respond(OwnResponse(200, "alive"))
            case "/readyz":
                let isReady = isReady.withLockedValue { $0 }
                respond(isReady ? OwnResponse(200, "ready") : OwnResponse(503, "shutting down"))
            default:
                guard let other else { return respond(OwnResponse(404, "here are /healthz and /readyz")) }
                other(request, respond)
            }
        }
        self.isReady = isReady
    }

    /// `/readyz` answers 503 from now on.
    public func becomeUnready() { isReady.withLockedValue { $0 = false } }

    /// Other names beside the loopback ones and beside addresses, lower case.
    public func allow(hosts: Set<String>) { listener.allow(hosts: hosts) }

    /// Stops answering.
    public func close() { listener.close() }
}
