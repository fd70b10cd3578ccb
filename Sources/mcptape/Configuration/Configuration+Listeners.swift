import HTTPTransport
import Recording

/// A header of the file, with the place to complain about.
struct ConfigurationHeader {
    let template: HeaderTemplate
    let node: ConfigurationNode
}

/// `listeners:`, and the headers of `servers:`.
extension Configuration {
    private static let listenerKeys = [
        "listen", "upstream", "routes", "name", "headers", "admin", "allow_hosts", "allow_origins",
        "allow_remote", "no_client_auth", "client_token", "client_ca", "tls_cert", "tls_key", "upstream_ca",
        "insecure", "port_file", "rewrite_resource",
    ]

    func listener(_ node: ConfigurationNode) throws(Failure) -> ListenerSettings {
        let members = try node.members(Configuration.listenerKeys)
        func value(_ key: String) -> ConfigurationNode? { members.first { $0.key == key }?.value }
        guard let listen = value("listen") else {
            throw node.fault("a listener needs 'listen': the address that clients connect to")
        }
        var settings = ListenerSettings(
            address: try address(listen),
            routes: try routes(node, upstream: value("upstream"), routes: value("routes")))
        if let node = value("name") { settings.name = try serverName(node) }
        settings.line = node.line
        settings.source = "\(file.path):\(node.line)"
        settings.admin = try value("admin").map { (node) throws(Failure) in try address(node) }
        settings.allowedHosts = try value("allow_hosts")?.texts() ?? []
        settings.allowedOrigins = try value("allow_origins")?.texts() ?? []
        settings.allowsRemote = try value("allow_remote")?.flag() ?? false
        settings.waivesClientProof = try value("no_client_auth")?.flag() ?? false
        settings.rewritesResource = try value("rewrite_resource")?.flag() ?? false
        settings.isInsecure = try value("insecure")?.flag() ?? false
        if let node = value("client_token") { settings.clientToken = try tokenFile(node) }
        settings.clientAuthorities = try file(value("client_ca"))
        settings.certificate = try file(value("tls_cert"))
        settings.key = try file(value("tls_key"))
        settings.upstreamAuthorities = try file(value("upstream_ca"))
        settings.portFile = try file(value("port_file"))
        if let contradiction = settings.contradiction { throw node.fault(contradiction) }
        if let node = value("headers") {
            guard settings.routes.routes.count == 1, let only = settings.routes.routes.first else {
                throw node.fault("with routes, headers stand with each server: servers: {NAME: {headers: …}}")
            }
            settings.headers[only.name] = try headers(node).map(\.template)
        }
        addServerHeaders(to: &settings)
        return settings
    }

    /// Adds the headers that `servers:` has for the servers behind a listener, a header of the listener's own
    /// going first.
    func addServerHeaders(to settings: inout ListenerSettings) {
        for route in settings.routes.routes {
            guard let server = servers[settings.serverName(of: route)] else { continue }
            var own = settings.headers[route.name] ?? []
            for header in server.headers
            where !own.contains(where: { $0.name.lowercased() == header.template.name.lowercased() }) {
                own.append(header.template)
            }
            settings.headers[route.name] = own
        }
    }

    /// Two listeners cannot have one address; port 0 is another one each time.
    func checkUnique(_ nodes: [ConfigurationNode]) throws(Failure) {
        var taken: Set<ListenAddress> = []
        for (node, settings) in zip(nodes, listeners) {
            if case .tcp(_, 0) = settings.address { continue }
            guard taken.insert(settings.address).inserted else {
                throw node.fault("two listeners listen on \(settings.address)")
            }
        }
    }

    // MARK: Values

    private func address(_ node: ConfigurationNode) throws(Failure) -> ListenAddress {
        let text = try node.text()
        return try located(node) { () throws(HTTPFailure) in try ListenAddress(text) }
    }

    private func file(_ node: ConfigurationNode?) throws(Failure) -> String? {
        guard let node else { return nil }
        return path(try node.text())
    }

    private func tokenFile(_ node: ConfigurationNode) throws(Failure) -> String {
        let text = try node.text()
        guard text.hasPrefix("file:"), text.utf8.count > "file:".utf8.count else {
            throw node.fault("\(node.name) is file:PATH, the file that holds it")
        }
        return "file:" + path(String(text.dropFirst("file:".count)))
    }

    private func serverName(_ node: ConfigurationNode) throws(Failure) -> String {
        let text = try node.text()
        if let fault = ServerName.fault(of: text) {
            throw node.fault("'\(text)' \(fault), so it cannot be a server's name")
        }
        return text
    }

    private func routes(
        _ listener: ConfigurationNode, upstream: ConfigurationNode?, routes: ConfigurationNode?
    ) throws(Failure) -> RouteTable {
        var all: [RouteTable.Route] = []
        if let upstream {
            let text = try upstream.text()
            let url = try located(upstream) { () throws(HTTPFailure) in try UpstreamURL(text) }
            all.append(RouteTable.Route(upstream: url))
        }
        for member in try routes?.members() ?? [] {
            let name = member.key.hasPrefix("/") ? member.key : "/" + member.key
            let url = try member.value.text()
            if let fault = ServerName.fault(of: String(name.dropFirst())) {
                throw ConfigurationNode.fault(
                    "'\(member.key)' \(fault), so it cannot be a route's name", at: member.mark, of: file.path
                )
            }
            all.append(
                try located(member.value) { () throws(HTTPFailure) in try RouteTable.Route("\(name)=\(url)") }
            )
        }
        guard !all.isEmpty else {
            throw listener.fault(
                "a listener needs 'upstream: URL', or 'routes: {NAME: URL}' for several servers")
        }
        return try located(listener) { () throws(HTTPFailure) in try RouteTable(all) }
    }

    /// `{NAME: VALUE}`. Whoever may write the file must not choose where this machine's secrets go.
    func headers(_ node: ConfigurationNode) throws(Failure) -> [ConfigurationHeader] {
        var headers: [ConfigurationHeader] = []
        for member in try node.members() {
            let value = try member.value.text()
            let template = try located(member.value) { () throws(HTTPFailure) in
                try HeaderTemplate(name: member.key, value: value)
            }
            if let writer = self.file.otherWriter, template.readsSecrets {
                let what = template.runsCommand ? "a command is not run" : "a secret is not read"
                throw member.value.fault(
                    "\(what) for a file that others may change: \(writer)", hint: "chmod go-w, or use a flag")
            }
            headers.append(ConfigurationHeader(template: template, node: member.value))
        }
        return headers
    }

    private func located<Value>(
        _ node: ConfigurationNode, _ body: () throws(HTTPFailure) -> Value
    ) throws(Failure) -> Value {
        do throws(HTTPFailure) { return try body() } catch { throw node.fault(error.message) }
    }
}
