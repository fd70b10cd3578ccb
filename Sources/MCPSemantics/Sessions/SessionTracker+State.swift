public import Wire

/// The tracker as bytes, for a checkpoint. Whoever stores them puts a version before them.
extension SessionTracker {
    /// Writes everything that was learnt.
    public func save(to state: inout StateWriter) {
        state.optional(client) { $1.save(to: &$0) }
        state.optional(server) { $1.save(to: &$0) }
        state.optional(revision) { $0.string($1) }
        state.array(eras) { $0.int($1.rawValue) }
    }

    /// Goes on where the tracker stood that wrote `state`.
    public init(from state: inout StateReader) throws(StateReader.Failure) {
        let halves = (
            try state.optional(Handshake.init(from:)), try state.optional(Handshake.init(from:))
        )
        let revision = try state.text()
        let eras = try state.array(limit: 2) { state throws(StateReader.Failure) in
            try state.value(Era.init(rawValue:))
        }
        self.init(client: halves.0, server: halves.1, revision: revision, eras: eras)
    }
}

extension Handshake {
    /// `supportedVersions` comes from a text of at most `MessageDigest.textLimit` bytes.
    private static let versionLimit = MessageDigest.textLimit

    fileprivate func save(to state: inout StateWriter) {
        state.int(speaker.rawValue)
        state.optional(protocolVersion) { $0.string($1) }
        state.array(supportedVersions) { $0.string($1) }
        state.optional(peer) { state, peer in
            state.string(peer.name)
            state.optional(peer.version) { $0.string($1) }
            state.optional(peer.title) { $0.string($1) }
        }
        state.optional(capabilities) { $0.string($1) }
        state.optional(instructions) { $0.string($1) }
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(speaker: try state.value(Direction.init(rawValue:)))
        protocolVersion = try state.text()
        supportedVersions = try state.array(limit: Handshake.versionLimit) {
            state throws(StateReader.Failure) in try state.string()
        }
        peer = try state.optional { state throws(StateReader.Failure) in
            PeerInfo(name: try state.string(), version: try state.text(), title: try state.text())
        }
        capabilities = try state.text()
        instructions = try state.text()
    }
}
