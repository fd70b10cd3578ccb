internal import MCPSemantics
internal import NIOCore
internal import Replay

/// The connections of a recording that is served on HTTP, and the server that all of them ask.
///
/// All of it runs on one loop.
final class MockHub {
    private var server: MockServer
    let policy: ListenerPolicy
    private let loop: any EventLoop
    private let missed: @Sendable ([ReplayReport]) -> Void
    private var connections: [Int: MockConnection] = [:]
    private var all: [ObjectIdentifier: MockConnection] = [:]
    private var streams = 0
    private let start = NIODeadline.now()
    private var timer: (due: Timestamp, task: Scheduled<Void>)?

    init(
        _ server: MockServer, policy: ListenerPolicy, on loop: any EventLoop,
        missed: @escaping @Sendable ([ReplayReport]) -> Void
    ) {
        self.server = server
        self.policy = policy
        self.loop = loop
        self.missed = missed
    }

    private var now: Timestamp { Timestamp(nanoseconds: (NIODeadline.now() - start).nanoseconds) }

    func add(_ connection: MockConnection) { all[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: MockConnection) { all[ObjectIdentifier(connection)] = nil }

    /// A whole request on `connection`; answers the stream that it is on.
    func ask(_ request: MockRequest, on connection: MockConnection) {
        streams += 1
        connection.stream = streams
        connections[streams] = connection
        perform(server.received(request, on: streams, at: now))
    }

    /// The connection of an open stream is gone.
    func closed(_ stream: Int) {
        connections[stream] = nil
        perform(server.closed(stream, at: now))
    }

    private func perform(_ effects: [MockEffect]) {
        // Before the client knows: it may end us as soon as it does.
        if effects.contains(.missed) { missed(server.reports) }
        for effect in effects {
            switch effect {
            case .answer(let stream, let status, let fields, let body):
                connections.removeValue(forKey: stream)?.answer(status, fields, body)
            case .open(let stream, let fields): connections[stream]?.open(fields)
            case .text(let stream, let text): connections[stream]?.write(text)
            case .end(let stream): connections.removeValue(forKey: stream)?.endStream()
            case .missed: break
            }
        }
        for effect in effects {
            if case .text(let stream, _) = effect { connections[stream]?.flush() }
        }
        setTimer()
    }

    /// One timer, for whatever is due first.
    private func setTimer() {
        let due = server.nextDue
        guard due != timer?.due else { return }
        timer?.task.cancel()
        timer = due.map { due in
            let deadline = start + .nanoseconds(due.nanoseconds)
            return (
                due,
                loop.assumeIsolated().scheduleTask(deadline: deadline) {
                    self.timer = nil
                    self.perform(self.server.advance(to: self.now))
                }
            )
        }
    }

    /// Closes everything; answers what each session found.
    func end() -> [ReplayReport] {
        let reports = server.end(at: now)
        timer?.task.cancel()
        connections = [:]
        for connection in all.values { connection.close() }
        all = [:]
        return reports
    }
}
