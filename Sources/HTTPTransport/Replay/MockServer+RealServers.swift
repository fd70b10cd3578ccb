internal import MCPSemantics
internal import Recording
internal import Replay

/// What the real servers behind a recording say, one of each client.
extension MockServer {
    /// Something came of the real server of `client`; a client that is gone is told nothing.
    mutating func received(_ event: LiveEvent, for client: Int, at time: Timestamp) -> [MockEffect] {
        guard sessions[client] != nil else { return [] }
        return settled(with(client) { $0.received(event, at: time) })
    }

    /// What a client and its real server said so far, where it may be kept; nil: nothing, or it is gone.
    func conversation(of client: Int) -> WholeSession? { sessions[client]?.real?.session }

    /// So many exchanges were added to the recording.
    mutating func noteAdded(_ count: Int) { running.noteAdded(count) }
}
