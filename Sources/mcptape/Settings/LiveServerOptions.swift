import ArgumentParser
import HTTPTransport

/// A real server on HTTP that we ask.
struct LiveServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The server: its endpoint, http:// or https:// with the path.", valueName: "url"))
    var upstream: String?

    @OptionGroup var access: ServerAccessOptions

    func validate() throws { try access.check(upstream: upstream) }

    /// A client of the server at `url`; nothing is sent yet.
    func server(at url: String, form: HTTPLiveServer.Form) throws -> HTTPLiveServer {
        do throws(HTTPFailure) {
            return try HTTPLiveServer(
                try UpstreamURL(url), trust: access.trust, headers: try access.headers(), form: form)
        } catch {
            throw error.asFailure
        }
    }
}
