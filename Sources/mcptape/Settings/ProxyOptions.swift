import ArgumentParser
import HTTPTransport
import Recording

/// What `record` takes when it stands in front of an HTTP server.
struct ProxyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Listen for HTTP: HOST:PORT, PORT (127.0.0.1), unix:PATH; port 0 is any.", valueName: "address"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "The server behind: http:// or https://; its path only says which URL to print.",
            valueName: "url"))
    var upstream: String?

    @Option(
        help: ArgumentHelp(
            "One of several servers, below a first path segment of its own; may be repeated.",
            valueName: "/name=url"))
    var route: [String] = []

    @Option(help: ArgumentHelp("Authorities that the upstream's certificate comes from.", valueName: "file"))
    var upstreamCa: String?

    @Flag(help: "Do not verify the upstream's certificate: whoever stands in between reads everything.")
    var insecure = false

    @Option(help: ArgumentHelp("Write the port there once it is listened on.", valueName: "file"))
    var portFile: String?

    @OptionGroup var access: AccessOptions

    @Option(help: ArgumentHelp("Authorities that clients' certificates come from.", valueName: "file"))
    var clientCa: String?

    @Option(help: ArgumentHelp("Our certificate with its chain, PEM.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The key of --tls-cert, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "A header for the upstream, with {env:NAME}, {file:PATH}, {cmd:COMMAND}; may be repeated. Of a "
                + "route: '/name=NAME: VALUE'.", valueName: "name: value"))
    var upstreamHeader: [String] = []

    @Flag(
        help: """
            Have OAuth's protected-resource metadata name our URL instead of the server's, for clients that refuse \
            another one than they use.
            """)
    var rewriteResource = false

    @Option(
        help: ArgumentHelp(
            "How long running exchanges may take to end at SIGTERM (default: 20s).", valueName: "duration"))
    var drain: String?

    @Option(
        help: ArgumentHelp(
            "Answer /healthz and /readyz there, on an address of its own.", valueName: "address"))
    var adminListen: String?

    /// Whether HTTP is meant, by whichever of the flags.
    var isRequested: Bool {
        listen != nil || upstream != nil || !route.isEmpty
    }

    func validate() throws {
        if isRequested, listen == nil {
            throw ValidationError("--upstream and --route need --listen: where do clients connect to?")
        }
        if listen != nil, upstream == nil, route.isEmpty {
            throw ValidationError("--listen needs --upstream URL, or one --route /NAME=URL for each server")
        }
        if insecure, upstreamCa != nil {
            throw ValidationError("--insecure verifies nothing, so --upstream-ca has no use beside it")
        }
        if (tlsCert == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-cert and --tls-key belong together")
        }
        if clientCa != nil, tlsCert == nil {
            throw ValidationError(
                "--client-ca needs --tls-cert and --tls-key: certificates are a part of TLS")
        }
        _ = try drainLimit()
    }

    /// Refuses the flags of a listener where there is none by flags.
    func refuseAll(because why: String) throws {
        let flags = [
            ("--upstream-ca", upstreamCa != nil), ("--insecure", insecure), ("--port-file", portFile != nil),
            ("--allow-host", !access.allowHost.isEmpty), ("--allow-origin", !access.allowOrigin.isEmpty),
            ("--allow-remote", access.allowRemote), ("--client-token", access.clientToken != nil),
            ("--client-ca", clientCa != nil), ("--no-client-auth", access.noClientAuth),
            ("--tls-cert", tlsCert != nil),
            ("--tls-key", tlsKey != nil), ("--upstream-header", !upstreamHeader.isEmpty),
            ("--admin-listen", adminListen != nil), ("--rewrite-resource", rewriteResource),
        ]
        for (flag, isGiven) in flags where isGiven { throw ValidationError("\(flag) \(why)") }
    }

    /// Nanoseconds; nil when it is not said.
    func drainLimit() throws -> Int64? {
        guard let drain else { return nil }
        guard let nanoseconds = Quantity.duration(drain) else {
            throw ValidationError("--drain \(drain): a duration has a unit, as in 20s")
        }
        return nanoseconds
    }

    // MARK: The listener

    /// The listener that the flags ask for.
    func listener(named name: String?) throws(HTTPFailure) -> ListenerSettings {
        let table = try routes()
        var settings = ListenerSettings(address: try ListenAddress(listen ?? ""), routes: table)
        settings.name = name
        settings.headers = try headers(for: table)
        if let adminListen { settings.admin = try ListenAddress(adminListen) }
        settings.allowedHosts = access.allowHost
        settings.allowedOrigins = access.allowOrigin
        settings.allowsRemote = access.allowRemote
        settings.waivesClientProof = access.noClientAuth
        settings.clientToken = access.clientToken
        settings.clientAuthorities = clientCa
        settings.certificate = tlsCert
        settings.key = tlsKey
        settings.upstreamAuthorities = upstreamCa
        settings.isInsecure = insecure
        settings.rewritesResource = rewriteResource
        settings.portFile = portFile
        return settings
    }

    private func routes() throws(HTTPFailure) -> RouteTable {
        var all: [RouteTable.Route] = []
        if let upstream { all.append(RouteTable.Route(upstream: try UpstreamURL(upstream))) }
        for text in route {
            let route = try RouteTable.Route(text)
            if let fault = ServerName.fault(of: route.name) {
                throw HTTPFailure(.setting, "--route: '\(route.name)' \(fault), so it cannot name its server")
            }
            all.append(route)
        }
        return try RouteTable(all)
    }

    /// A credential goes to the one upstream that it was given for.
    private func headers(for table: RouteTable) throws(HTTPFailure) -> [String: [HeaderTemplate]] {
        var found: [String: [HeaderTemplate]] = [:]
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
            found[name, default: []].append(try HeaderTemplate(String(template)))
        }
        return found
    }
}
