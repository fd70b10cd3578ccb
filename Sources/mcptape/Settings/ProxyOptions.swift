import ArgumentParser
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

    @Option(
        help: ArgumentHelp(
            "A Host that clients may use beside the loopback ones; may be repeated.", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "An Origin that browsers may come from beside the loopback ones; may be repeated.",
            valueName: "origin"))
    var allowOrigin: [String] = []

    @Flag(help: "Permit an address that other machines can reach; needs one of the next three.")
    var allowRemote = false

    @Option(
        help: ArgumentHelp(
            "What clients must send in the header Mcptape-Token.", valueName: "file:path"))
    var clientToken: String?

    @Option(help: ArgumentHelp("Authorities that clients' certificates come from.", valueName: "file"))
    var clientCa: String?

    @Flag(help: "Ask clients for nothing.")
    var noClientAuth = false

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

    func drainLimit() throws -> Duration {
        guard let drain else { return .seconds(20) }
        guard let nanoseconds = Quantity.duration(drain) else {
            throw ValidationError("--drain \(drain): a duration has a unit, as in 20s")
        }
        return .nanoseconds(nanoseconds)
    }
}
