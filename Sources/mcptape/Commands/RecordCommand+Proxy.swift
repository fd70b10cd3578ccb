import ArgumentParser
import Glibc
import HTTPTransport
import Journal
import Platform
import Recording

/// `record --listen`: a reverse proxy for HTTP.
extension RecordCommand {
    func runProxy() throws {
        // Before any thread exists: they all inherit that these wait for us.
        ProxySignals.hold()
        ProxySignals.raiseDescriptorLimit()
        let system = SystemCalls()
        try checkOutput()
        let rules = try redaction.rules()
        let location = try place()
        var options: HTTPProxyOptions
        do throws(HTTPFailure) {
            options = try http.settings()
        } catch {
            throw error.asFailure
        }
        let clock = SessionClock(system: system)
        let recording = ListenerRecording(
            description: describeListener(options, rules, clock, system), store: location.path, clock: clock,
            options: self, system: system)
        options.masking = recording.heads
        let proxy: HTTPProxy
        let admin: AdminListener?
        do {
            let tap = try recording.begin()
            proxy = try HTTPProxy(options, tap: tap)
            admin = try http.adminListener()
        } catch let failure as HTTPFailure {
            recording.finish()
            throw failure.asFailure
        } catch {
            throw Failure(125, (error as? JournalFailure)?.message ?? Failure.explaining(error).message)
        }
        if let file = http.portFile, case .tcp(_, let port) = proxy.address {
            do {
                try ProxyOptions.write("\(port)\n", to: file)
            } catch {
                proxy.drain(within: .zero)
                recording.finish()
                throw error
            }
        }
        if !quiet {
            complain(http.startLine(of: options, at: proxy.address, probes: admin?.address))
        }
        ProxySignals.wait()
        admin?.becomeUnready()
        proxy.drain(within: try http.drainLimit())
        admin?.close()
        recording.finish()
    }

    private func describeListener(
        _ options: HTTPProxyOptions, _ rules: RedactionRules?, _ clock: SessionClock, _ system: SystemCalls
    ) -> SessionDescription {
        var description = describe(rules, clock, system)
        description.transport = .http
        description.isListener = true
        // Of the upstreams what `--upstream` and `--route` say, without the query: it may be a credential.
        description.command = options.routes.routes.map { route in
            let url = "\(route.upstream.origin)\(route.upstream.path.prefix { $0 != "?" })"
            return route.name.isEmpty ? url : "\(route.name)=\(url)"
        }
        description.maskedArguments = []
        description.name = name ?? options.routes.routes.first?.upstream.host ?? "http"
        return description
    }
}

extension ProxyOptions {
    func settings() throws(HTTPFailure) -> HTTPProxyOptions {
        let address = try ListenAddress(listen ?? "")
        var options = HTTPProxyOptions(address: address, routes: try routes())
        var proofs: Set<ListenerPolicy.ClientProof> = noClientAuth ? [.waived] : []
        options.policy.allowedHosts = Set(allowHost.map { $0.lowercased() })
        options.policy.allowedOrigins = Set(allowOrigin.map { $0.lowercased() })
        if let clientToken {
            options.policy.clientToken = try SecretFile.content(ofOption: clientToken, "--client-token")
            proofs.insert(.token)
        }
        if let tlsCert, let tlsKey {
            options.serverTLS = ServerTLS(certificate: tlsCert, key: tlsKey, clientAuthorities: clientCa)
            if clientCa != nil { proofs.insert(.certificate) }
        }
        try ListenerPolicy.check(address, allowsRemote: allowRemote, proofs: proofs)
        options.rewritesResource = rewriteResource
        if insecure { options.trust = .none }
        if let upstreamCa { options.trust = .authorities(file: upstreamCa) }
        options.headers = try headers(for: options.routes)
        return options
    }

    private func routes() throws(HTTPFailure) -> RouteTable {
        var all: [RouteTable.Route] = []
        if let upstream { all.append(RouteTable.Route(upstream: try UpstreamURL(upstream))) }
        for text in route { all.append(try RouteTable.Route(text)) }
        return try RouteTable(all)
    }

    /// A credential goes to the one upstream that it was given for.
    private func headers(for table: RouteTable) throws(HTTPFailure) -> [String: [InjectedHeader]] {
        var found: [String: [InjectedHeader]] = [:]
        for text in upstreamHeader {
            var name = ""
            var template = text[...]
            if text.hasPrefix("/"), let equals = text.firstIndex(of: "=") {
                name = String(text[..<equals].dropFirst())
                template = text[text.index(after: equals)...]
            }
            guard table.routes.contains(where: { $0.name == name }) else {
                throw HTTPFailure(
                    .setting,
                    name.isEmpty
                        ? "--upstream-header: with routes, say which one: '/NAME=HEADER: VALUE'"
                        : "--upstream-header: there is no route /\(name)")
            }
            found[name, default: []].append(try ProxyOptions.header(String(template)))
        }
        return found
    }

    /// `NAME: VALUE` with its environment variables and commands resolved.
    static func header(_ text: String) throws(HTTPFailure) -> InjectedHeader {
        try HeaderTemplate(text).resolved(
            environment: { variable in getenv(variable).map { String(cString: $0) } },
            command: { line throws(HTTPFailure) in try ShellCommand.output(of: line) })
    }

    func adminListener() throws(HTTPFailure) -> AdminListener? {
        guard let adminListen else { return nil }
        let address = try ListenAddress(adminListen)
        // Nothing is said there but whether we live, and a probe brings no token.
        try ListenerPolicy.check(address, allowsRemote: allowRemote, proofs: [.waived])
        return try AdminListener(address, allowedHosts: Set(allowHost.map { $0.lowercased() }))
    }

    /// What a client is given, and what a reader of the log must know.
    func startLine(
        of options: HTTPProxyOptions, at address: ListenAddress, probes: ListenAddress?
    ) -> String {
        let scheme = options.serverTLS == nil ? "http" : "https"
        let places = options.routes.routes.map { route in
            // A query may be a credential: it is the client's to send and nobody's to print.
            let shown = route.upstream.path.prefix { $0 != "?" }
            let path = route.prefix + shown
            let here: String
            switch address {
            case .unix: here = "\(address) \(path.isEmpty ? "/" : path)"
            case .tcp: here = "\(scheme)://\(address)\(path)"
            }
            return "\(here) -> \(route.upstream.origin)\(shown)"
        }
        var line = places.joined(separator: ", ")
        if let probes { line += "; probes at http://\(probes)/healthz and /readyz" }
        if rewriteResource { line += "; resource metadata names this address (--rewrite-resource)" }
        if insecure { line += "; THE UPSTREAM IS NOT VERIFIED (--insecure)" }
        if noClientAuth { line += "; ANYBODY WHO CAN CONNECT IS SERVED (--no-client-auth)" }
        return line
    }

    /// Writes a file whole or not at all: whoever waits for it never reads half of it.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        guard let file = fopen(temporary, "we") else {
            throw Failure(Failure.io, "cannot write \(temporary): \(String(cString: strerror(errno)))")
        }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten, rename(temporary, path) == 0 else {
            throw Failure(Failure.io, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
