public import Wire

/// Learns from a session's messages who speaks which revision with whom.
public struct SessionTracker: Sendable, Equatable {
    /// The client's half: from `initialize`, or the newest `_meta` identity.
    public private(set) var client: Handshake?
    /// The server's half: from the answer to `initialize` or `server/discover`; until then, and where
    /// neither comes, the name in the `_meta` of its results.
    public private(set) var server: Handshake?
    /// The revision in force: negotiated, or stated by the newest modern request.
    public private(set) var revision: String?
    /// Eras that were seen, in the order of their first message.
    public private(set) var eras: [Era] = []

    public init() {}

    /// A tracker that has learnt this much.
    public init(client: Handshake?, server: Handshake?, revision: String?, eras: [Era]) {
        self.client = client
        self.server = server
        self.revision = revision
        self.eras = eras
    }

    /// Takes a message in; `exchange` is the one that it belongs to. True when anything changed.
    ///
    /// Of a batch only the eras are learnt: no revision lets a handshake be part of one.
    public mutating func observe(
        _ digest: MessageDigest, direction: Direction, exchange: Exchange?
    ) -> Bool {
        var hasChanged = false
        for member in digest.members { hasChanged = learn(member.era) || hasChanged }
        hasChanged = learn(digest.kind == .request ? exchange?.era : digest.era) || hasChanged
        switch (digest.kind, direction) {
        case (.request, .clientToServer), (.notification, .clientToServer):
            return stated(by: digest) || hasChanged
        case (.response, .serverToClient):
            return answered(by: digest, to: exchange?.method) || hasChanged
        default: return hasChanged
        }
    }

    private mutating func learn(_ era: Era?) -> Bool {
        guard let era, !eras.contains(era) else { return false }
        eras.append(era)
        return true
    }

    /// Each modern request says all of this again, so equal values are only compared.
    private mutating func stated(by digest: MessageDigest) -> Bool {
        guard let handshake = digest.handshake else { return false }
        var hasChanged = false
        if handshake != client {
            client = handshake
            hasChanged = true
        }
        if digest.method != "initialize", let stated = digest.statedRevision, stated != revision {
            revision = stated
            hasChanged = true
        }
        return hasChanged
    }

    private mutating func answered(by digest: MessageDigest, to method: String?) -> Bool {
        guard let handshake = digest.handshake, let method else { return false }
        switch method {
        case "initialize":
            let version = handshake.protocolVersion ?? revision
            guard server != handshake || revision != version else { return false }
            server = handshake
            revision = version
            return true
        case "server/discover":
            guard server != handshake else { return false }
            server = handshake
            return true
        default:
            guard server?.peer == nil, let peer = handshake.peer else { return false }
            if server == nil { server = Handshake(speaker: .serverToClient) }
            server?.peer = peer
            return true
        }
    }
}
