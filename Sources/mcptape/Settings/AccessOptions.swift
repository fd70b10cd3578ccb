import ArgumentParser
import HTTPTransport

/// Who may use a listener, whatever is behind it.
struct AccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A Host that clients may use beside the loopback ones; may be repeated.", valueName: "name"))
    var allowHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "An Origin that browsers may come from beside the loopback ones; may be repeated.",
            valueName: "origin"))
    var allowOrigin: [String] = []

    @Flag(help: "Permit an address that other machines can reach; say too how clients prove who they are.")
    var allowRemote = false

    @Option(
        help: ArgumentHelp(
            "What clients must send in the header Mcptape-Token.", valueName: "file:path"))
    var clientToken: String?

    @Flag(help: "Ask clients for nothing.")
    var noClientAuth = false

    /// The policy of a listener on `address` without TLS.
    func policy(for address: ListenAddress) throws(HTTPFailure) -> ListenerPolicy {
        var policy = ListenerPolicy()
        policy.allowedHosts = Set(allowHost.map { $0.lowercased() })
        policy.allowedOrigins = Set(allowOrigin.map { $0.lowercased() })
        var proofs: Set<ListenerPolicy.ClientProof> = noClientAuth ? [.waived] : []
        if let clientToken {
            policy.clientToken = try SecretFile.content(ofOption: clientToken, "--client-token")
            proofs.insert(.token)
        }
        try ListenerPolicy.check(address, allowsRemote: allowRemote, proofs: proofs)
        return policy
    }
}
