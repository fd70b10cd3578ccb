import ArgumentParser
import HTTPTransport

/// What `replay` takes when it serves HTTP.
struct MockOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve HTTP: HOST:PORT, PORT (127.0.0.1), unix:PATH; port 0 is any. Any path is the server's.",
            valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("Write the port there once it is listened on.", valueName: "file"))
    var portFile: String?

    @Flag(help: "Run the command after '--' with MCPTAPE_URL set, and end with it.")
    var exec = false

    @Option(
        help: ArgumentHelp(
            "How a request is answered: recorded (default), json, or sse.", valueName: "form"),
        transform: MockOptions.form)
    var response: HTTPReplay.Form = .recorded

    @Flag(help: "Give clients of the older revisions no session id.")
    var stateless = false

    @Flag(help: "Clients without a session id share one place in the recording (default: each its own).")
    var sharedCursor = false

    @Flag(help: "Serve HTTP+SSE (2024-11-05) too: a GET without a session opens one.")
    var sse = false

    @Option(help: ArgumentHelp("Session ids that are the same in every run.", valueName: "number"))
    var seed: UInt64?

    @OptionGroup var access: AccessOptions

    func validate() throws {
        guard listen == nil else { return }
        let flags = [
            ("--port-file", portFile != nil), ("--response", response != .recorded),
            ("--stateless", stateless), ("--shared-cursor", sharedCursor), ("--sse", sse),
            ("--seed", seed != nil), ("--allow-host", !access.allowHost.isEmpty),
            ("--allow-origin", !access.allowOrigin.isEmpty), ("--allow-remote", access.allowRemote),
            ("--client-token", access.clientToken != nil), ("--no-client-auth", access.noClientAuth),
        ]
        for (flag, isGiven) in flags where isGiven { throw ValidationError("\(flag) needs --listen") }
    }

    private static func form(_ text: String) throws -> HTTPReplay.Form {
        if let form = HTTPReplay.Form(rawValue: text) { return form }
        throw ValidationError("--response \(text): say recorded, json or sse")
    }

    func settings() throws(HTTPFailure) -> HTTPReplay.Options {
        var options = HTTPReplay.Options(address: try ListenAddress(listen ?? ""))
        options.policy = try access.policy(for: options.address)
        options.form = response
        options.isStateless = stateless
        options.isShared = sharedCursor
        options.offersSSE = sse
        options.seed = seed
        return options
    }
}
