/// Who may use a listener: decided from a request's head before anything else is done with it.
///
/// A page in a browser can reach a port of this machine under a name of its own (DNS rebinding); it cannot
/// choose `Host` and `Origin`. Source: MCP 2025-11-25, basic/transports, Security Warning.
public struct ListenerPolicy: Sendable {
    /// Host names beside the loopback ones, lower case, without port: any port is allowed with them.
    public var allowedHosts: Set<String> = []
    /// Origins beside the loopback ones: `scheme://host[:port]`, lower case.
    public var allowedOrigins: Set<String> = []
    /// What `Mcptape-Token` must be; nil: no token is asked for.
    public var clientToken: [UInt8]?

    public init() {}

    /// What a request is turned away with.
    public enum Refusal: Sendable, Hashable {
        /// 421: `Host` is no name of ours.
        case host(String)
        /// 403: `Origin` is foreign.
        case origin(String)
        /// 403: the token is missing or wrong.
        case token
    }

    /// Why a request with these headers is refused; nil when it is not.
    ///
    /// - Parameters:
    ///   - host: the value of `Host`.
    ///   - origins: every value of `Origin`.
    ///   - tokens: every value of `Mcptape-Token`.
    public func refusal(
        host: String, origins: [String], tokens: [ArraySlice<UInt8>]
    ) -> Refusal? {
        guard let authority = Authority(host), isOurs(authority.host) else { return .host(host) }
        guard origins.count <= 1 else { return .origin(origins.joined(separator: ", ")) }
        if let origin = origins.first, !isAllowed(origin: origin) { return .origin(origin) }
        if let clientToken {
            guard tokens.count == 1, let token = tokens.first, ListenerPolicy.isSame(token, clientToken)
            else {
                return .token
            }
        }
        return nil
    }

    private func isOurs(_ host: String) -> Bool {
        LoopbackName.contains(host) || allowedHosts.contains(host)
    }

    private func isAllowed(origin: String) -> Bool {
        let origin = origin.lowercased()
        if allowedOrigins.contains(origin) { return true }
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            guard let authority = Authority(String(origin.dropFirst(scheme.count))) else { return false }
            return LoopbackName.contains(authority.host)
        }
        return false
    }

    /// Compares in a time that depends on the lengths alone.
    static func isSame(_ given: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
        guard !wanted.isEmpty else { return false }
        var difference = UInt8(given.count == wanted.count ? 0 : 1)
        var index = 0
        for byte in given {
            difference |= byte ^ wanted[index]
            index = index + 1 == wanted.count ? 0 : index + 1
        }
        return difference == 0
    }
}

extension ListenerPolicy {
    /// How clients are told apart from anybody who can connect.
    public enum ClientProof: Sendable, Hashable {
        case token
        /// A certificate that `--client-ca` signed.
        case certificate
        /// None, and that was said in so many words.
        case waived
    }

    /// Throws unless `address` is loopback, or everything that another one needs was given.
    public static func check(
        _ address: ListenAddress, allowsRemote: Bool, proofs: Set<ClientProof>
    ) throws(HTTPFailure) {
        if address.isLoopback { return }
        guard allowsRemote else {
            throw HTTPFailure(
                .setting, "\(address) can be reached from other machines: --allow-remote permits that")
        }
        guard !proofs.isEmpty else {
            throw HTTPFailure(
                .setting,
                "\(address) can be reached from other machines: ask clients for --client-token file:PATH or "
                    + "--client-ca FILE, or say --no-client-auth")
        }
    }
}

extension ListenerPolicy.Refusal {
    var answer: OwnAnswer {
        switch self {
        case .host:
            OwnAnswer(
                421, .misdirected, "the Host header is no name of this listener; --allow-host NAME adds one")
        case .origin:
            OwnAnswer(
                403, .forbidden, "the Origin header is foreign; --allow-origin ORIGIN admits one")
        case .token: OwnAnswer(403, .forbidden, "the Mcptape-Token header is missing or wrong")
        }
    }
}
