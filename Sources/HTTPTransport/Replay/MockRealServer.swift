internal import MCPSemantics
internal import Recording
internal import Replay

/// The real server of one client of a recording that is served: what they say to each other, and what is to
/// be done for it.
struct MockRealServer: Sendable {
    private let client: Int
    private let start: Timestamp
    private var bridge: ServerBridge
    /// Complete exchanges so far.
    private var complete = 0
    private var orders: [RealServerOrder] = []

    /// Nothing is started yet. `start`: when the client came, which is where its recording begins.
    init(client: Int, recording: MemoryRecording?, start: Timestamp) {
        self.client = client
        self.start = start
        bridge = ServerBridge(recording: recording)
    }

    /// The client sent what the recording does not answer. Answers what the client gets at once.
    mutating func forward(
        _ message: ForwardedMessage, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [ReplayMessage] {
        take(bridge.forward(message, for: &engine, at: own(time)))
    }

    /// Something came of the real server.
    mutating func received(
        _ event: LiveEvent, hasSessionStream: Bool, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [ReplayMessage] {
        switch event {
        case .message(let message):
            let outputs = bridge.received(
                message, hasSessionStream: hasSessionStream, for: &engine, at: own(time))
            return take(outputs)
        case .unanswered(let requests, let failure):
            return take(bridge.unanswered(requests, because: failure.text, for: &engine, at: own(time)))
        case .ended(let failure):
            return take(bridge.ended(because: failure.text, for: &engine, at: own(time)))
        case .standardError: return []
        }
    }

    /// What was said so far, where it may be kept.
    var session: WholeSession? { complete > 0 ? bridge.recording?.session : nil }

    /// The client is gone.
    mutating func end() { orders.append(.close(client: client, session)) }

    /// What is to be done, in order, since the last call.
    mutating func takeOrders() -> [RealServerOrder] {
        defer { orders = [] }
        return orders
    }

    private func own(_ time: Timestamp) -> Timestamp { Timestamp(nanoseconds: max(0, time.since(start))) }

    private mutating func take(_ outputs: [ServerBridge.Output]) -> [ReplayMessage] {
        var messages: [ReplayMessage] = []
        for output in outputs {
            switch output {
            case .start: orders.append(.start(client: client))
            case .server(let message): orders.append(.send(client: client, message))
            case .client(let message): messages.append(message)
            }
        }
        let count = bridge.recording?.completeExchanges ?? 0
        if count > complete { orders.append(.changed(client: client)) }
        complete = count
        return messages
    }
}
