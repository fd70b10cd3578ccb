public import MCPSemantics
import Wire

/// Which stream of an HTTP client a message of the real server belongs on.
extension ServerBridge {
    /// Takes one message of the real server for a client that has a stream for each of its requests.
    ///
    /// What comes on the way to an answer goes on the stream of its request: the one whose progress it is,
    /// the one on whose stream the real server sent it, and on stdio the only one in flight.
    /// `hasSessionStream`: the client listens to what belongs to no request. Where it does not, a request of
    /// the server goes to the newest one in flight: it would never be answered otherwise. Lines that are not
    /// JSON-RPC have no place on HTTP and are left out.
    public mutating func received(
        _ message: LiveMessage, hasSessionStream: Bool, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        received(message.bytes, for: &engine, at: time).compactMap { output in
            guard case .client(var told) = output else { return output }
            if told.answers.isEmpty {
                let digest = MessageReader.digest(of: told.bytes, direction: .serverToClient)
                guard digest.kind != .foreign else { return nil }
                if let id = request(of: digest, in: message, hasSessionStream) { told.route = .request(id) }
            } else {
                told.status = message.status
                told.isEvent = message.isEvent
            }
            return .client(told)
        }
    }

    /// The client's request that a message belongs to; nil: none that is known.
    private func request(
        of digest: MessageDigest, in message: LiveMessage, _ hasSessionStream: Bool
    ) -> RequestID? {
        if let token = digest.progressToken, digest.kind == .notification {
            return tokens.first { $0.value == token }?.key
        }
        if let id = message.requests.compactMap({ asked[$0] }).first { return id }
        // Of HTTP the stream tells; on stdio nothing does.
        if message.isEvent == nil, asked.count == 1 { return asked.values.first }
        guard digest.kind == .request, !hasSessionStream else { return nil }
        return asked.max { (Int($0.key.text) ?? 0) < (Int($1.key.text) ?? 0) }?.value
    }
}
