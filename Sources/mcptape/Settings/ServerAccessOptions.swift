import ArgumentParser
import HTTPTransport

/// How a real server on HTTP is reached, beside its URL.
struct ServerAccessOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Authorities that the server's certificate comes from.", valueName: "file"))
    var upstreamCa: String?

    @Flag(help: "Do not verify the server's certificate: whoever stands in between reads everything.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            "A header for the server, with {env:NAME}, {file:PATH}, {cmd:COMMAND}; may be repeated.",
            valueName: "name: value"))
    var upstreamHeader: [String] = []

    /// Refuses what has no use without a URL, or contradicts itself.
    func check(upstream: String?) throws {
        if upstream == nil, upstreamCa != nil || insecure || !upstreamHeader.isEmpty {
            throw ValidationError("--upstream-ca, --insecure and --upstream-header belong to --upstream URL")
        }
        if insecure, upstreamCa != nil {
            throw ValidationError("--insecure verifies nothing, so --upstream-ca has no use beside it")
        }
    }

    var trust: UpstreamTrust { insecure ? .none : upstreamCa.map { .authorities(file: $0) } ?? .system }

    /// The headers with what their braces stand for.
    func headers() throws(HTTPFailure) -> [InjectedHeader] {
        var headers: [InjectedHeader] = []
        for text in upstreamHeader { headers.append(try HeaderTemplate(text).resolved()) }
        return headers
    }
}
