internal import MCPSemantics
internal import Replay

extension MockSession {
    /// Something came of the client's real server.
    mutating func received(_ event: LiveEvent, at time: Timestamp) -> [MockEffect] {
        let misses = engine.report.missCount
        let listens = listeningStream != nil
        guard
            let messages = real?.received(event, hasSessionStream: listens, for: &engine, at: time)
        else { return [] }
        let effects = deliver(messages) + beginHeld()
        return engine.report.missCount > misses ? [.missed] + effects : effects
    }
}
