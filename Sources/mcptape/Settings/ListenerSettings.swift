import Glibc
import HTTPTransport

/// One HTTP listener as it was asked for, by flags or by an entry of `listeners:`; what it needs of files,
/// the environment and commands is read by `options`, again at every reload.
struct ListenerSettings {
    var address: ListenAddress
    var routes: RouteTable
    /// The server's name where there are no routes; nil: derived from the upstream.
    var name: String?
    /// By route name, empty for a listener with one upstream.
    var headers: [String: [HeaderTemplate]] = [:]
    /// Answers `/healthz` and `/readyz`.
    var admin: ListenAddress?
    var allowedHosts: [String] = []
    var allowedOrigins: [String] = []
    var allowsRemote = false
    /// Clients are asked for nothing, and that was said.
    var waivesClientProof = false
    /// The file that holds what clients send in `Mcptape-Token`.
    var clientToken: String?
    var clientAuthorities: String?
    var certificate: String?
    var key: String?
    var upstreamAuthorities: String?
    var isInsecure = false
    /// Metadata of protected resources name us.
    var rewritesResource = false
    var portFile: String?
    /// Where the configuration file has it, `FILE:LINE`; nil: it is of flags.
    var source: String?
    var line: Int?

    init(address: ListenAddress, routes: RouteTable) {
        self.address = address
        self.routes = routes
    }

    /// The name of the sessions where there are no routes, and of the listener.
    var serverName: String { name ?? routes.routes.first?.upstream.host ?? "http" }

    /// What a route's server is called.
    func serverName(of route: RouteTable.Route) -> String { route.name.isEmpty ? serverName : route.name }

    /// Why the settings contradict each other; nil when they do not.
    var contradiction: String? {
        if isInsecure, upstreamAuthorities != nil {
            return "an upstream that is not verified needs no authorities: one of the two"
        }
        if (certificate == nil) != (key == nil) { return "a certificate and its key belong together" }
        if clientAuthorities != nil, certificate == nil {
            return "certificates of clients are a part of TLS: a certificate and a key of ours are needed"
        }
        return nil
    }

    /// Reads what is read at the start and at every reload, and checks it.
    func options() throws(HTTPFailure) -> HTTPProxyOptions {
        var options = HTTPProxyOptions(address: address, routes: routes)
        var proofs: Set<ListenerPolicy.ClientProof> = waivesClientProof ? [.waived] : []
        options.policy.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
        options.policy.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
        if let clientToken {
            options.policy.clientToken = try SecretFile.content(ofOption: clientToken, "the client token")
            proofs.insert(.token)
        }
        if let certificate, let key {
            options.serverTLS = ServerTLS(
                certificate: certificate, key: key, clientAuthorities: clientAuthorities)
            if clientAuthorities != nil { proofs.insert(.certificate) }
        }
        try ListenerPolicy.check(address, allowsRemote: allowsRemote, proofs: proofs)
        // Nothing is said there but whether we live, and a probe brings no token.
        if let admin { try ListenerPolicy.check(admin, allowsRemote: allowsRemote, proofs: [.waived]) }
        if isInsecure { options.trust = .none }
        if let upstreamAuthorities { options.trust = .authorities(file: upstreamAuthorities) }
        options.rewritesResource = rewritesResource
        for (route, templates) in headers {
            for template in templates {
                options.headers[route, default: []].append(try template.resolved())
            }
        }
        return options
    }

    // MARK: In words

    /// URLs that clients are given, and where each leads.
    func places(at address: ListenAddress) -> [(url: String, upstream: String)] {
        let scheme = certificate == nil ? "http" : "https"
        return routes.routes.map { route in
            // A query may be a credential: it is the client's to send and nobody's to print.
            let shown = route.upstream.path.prefix { $0 != "?" }
            let path = route.prefix + shown
            let here: String
            switch address {
            case .unix: here = "\(address) \(path.isEmpty ? "/" : path)"
            case .tcp: here = "\(scheme)://\(address)\(path)"
            }
            return (here, "\(route.upstream.origin)\(shown)")
        }
    }

    /// What a client is given, and what a reader of the log must know.
    func startLine(at address: ListenAddress, probes: ListenAddress?) -> String {
        var line = places(at: address).map { "\($0.url) -> \($0.upstream)" }.joined(separator: ", ")
        if let probes { line += "; probes at http://\(probes)/healthz and /readyz, metrics at /metrics" }
        if rewritesResource { line += "; resource metadata names this address (--rewrite-resource)" }
        if isInsecure { line += "; THE UPSTREAM IS NOT VERIFIED (--insecure)" }
        if waivesClientProof { line += "; ANYBODY WHO CAN CONNECT IS SERVED (--no-client-auth)" }
        return line
    }
}

extension HeaderTemplate {
    /// With its environment variables and commands resolved.
    func resolved() throws(HTTPFailure) -> InjectedHeader {
        try resolved(
            environment: { StoreLocation.environment($0) },
            command: { line throws(HTTPFailure) in try ShellCommand.output(of: line) })
    }
}
