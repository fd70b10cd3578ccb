import ArgumentParser
import HTTPTransport

/// A real server on HTTP that we ask.
struct LiveServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The server: its endpoint, http:// or https:// with the path.", valueName: "url"))
    var upstream: String?

    @Option(help: ArgumentHelp("Authorities that its certificate comes from.", valueName: "file"))
    var upstreamCa: String?

    @Flag(help: "Do not verify its certificate: whoever stands in between reads everything.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            "A header for it, with {env:NAME}, {file:PATH}, {cmd:COMMAND}; may be repeated.",
            valueName: "name: value"))
    var upstreamHeader: [String] = []

    func validate() throws {
        if insecure, upstreamCa != nil {
            throw ValidationError("--insecure verifies nothing, so --upstream-ca has no use beside it")
        }
        guard upstream == nil else { return }
        if upstreamCa != nil || insecure || !upstreamHeader.isEmpty {
            throw ValidationError("--upstream-ca, --insecure and --upstream-header belong to --upstream URL")
        }
    }

    /// A client of the server at `url`; nothing is sent yet.
    func server(at url: String, form: HTTPLiveServer.Form) throws -> HTTPLiveServer {
        do throws(HTTPFailure) {
            var trust = UpstreamTrust.system
            if insecure { trust = .none }
            if let upstreamCa { trust = .authorities(file: upstreamCa) }
            var headers: [InjectedHeader] = []
            for text in upstreamHeader { headers.append(try HeaderTemplate(text).resolved()) }
            return try HTTPLiveServer(try UpstreamURL(url), trust: trust, headers: headers, form: form)
        } catch {
            throw error.asFailure
        }
    }
}
