internal import MCPSemantics
internal import NIOCore
internal import Replay

/// The connections of a recording that is served on HTTP, and the servers that they ask.
///
/// All of it runs on one loop.
final class MockHub {
    var servers: [MockServer]
    private let routes: MockRoutes
    private let names: [String]
    let policy: ListenerPolicy
    private let loop: any EventLoop
    private let events: HTTPReplay.Events
    private let order: (@Sendable (RealServerOrder) -> Void)?
    var connections: [Int: (connection: MockConnection, server: Int)] = [:]
    private var all: [ObjectIdentifier: MockConnection] = [:]
    private var streams = 0
    private let start = NIODeadline.now()
    private var timer: (due: Timestamp, task: Scheduled<Void>)?
    private let idleTime: TimeAmount?
    private var idleTimer: Scheduled<Void>?
    private var hasServed = false
    /// The newest answer's head without what only it has: nearly all answers have the same.
    private var newestHead: (status: Int, fields: [MockField], text: [UInt8])?
    /// Set when answers go wrong on purpose.
    var faults: MockFaults?
    /// What is still to be done on streams with faults.
    var faultedSteps: [Int: ArraySlice<MockStep>] = [:]
    /// A fault ended the server: nobody is answered any more.
    private var isDead = false

    init(
        _ servers: [(name: String, server: MockServer)], _ options: HTTPReplay.Options,
        on loop: any EventLoop, events: HTTPReplay.Events
    ) {
        self.servers = servers.map(\.server)
        names = servers.map(\.name)
        routes = MockRoutes(names)
        policy = options.policy
        idleTime = options.idleTime.map { .nanoseconds($0) }
        order = options.realServers?.order
        faults = options.faults.map { MockFaults($0) }
        self.loop = loop
        self.events = events
    }

    var now: Timestamp { Timestamp(nanoseconds: (NIODeadline.now() - start).nanoseconds) }

    func add(_ connection: MockConnection) {
        if isDead { return connection.reset() }
        all[ObjectIdentifier(connection)] = connection
        idleTimer?.cancel()
        idleTimer = nil
    }

    func remove(_ connection: MockConnection) {
        all[ObjectIdentifier(connection)] = nil
        guard all.isEmpty, hasServed, let idleTime else { return }
        idleTimer?.cancel()
        idleTimer = loop.assumeIsolated().scheduleTask(in: idleTime) { [events] in events.idle() }
    }

    /// Status line and fields of an answer's head.
    func beginning(of status: Int, _ fields: [MockField]) -> [UInt8] {
        if let newestHead, newestHead.status == status, newestHead.fields == fields { return newestHead.text }
        var text = "HTTP/1.1 \(status) \(OwnAnswer.phrase(status))\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        newestHead = (status, fields, Array(text.utf8))
        return Array(text.utf8)
    }

    /// A whole request on `connection`; answers the stream that it is on.
    func ask(_ request: MockRequest, on connection: MockConnection) {
        hasServed = true
        guard let server = routes.server(of: request.target) else {
            let known = routes.paths.joined(separator: ", ")
            let text = "mcptape: \(request.path) is no server of this recording; it has \(known)\n"
            let plain = MockField(name: "Content-Type", value: "text/plain; charset=utf-8")
            return connection.answer(404, [plain], Array(text.utf8)[...])
        }
        streams += 1
        connection.stream = streams
        connections[streams] = (connection, server)
        faults?.received(
            request.body, on: streams, answeredOn: servers[server].answering(request), for: names[server])
        perform(servers[server].received(request, on: streams, at: now))
    }

    /// The connection of an open stream is gone.
    func closed(_ stream: Int) {
        guard let server = connections.removeValue(forKey: stream)?.server else { return }
        faults?.closed(stream)
        faultedSteps[stream] = nil
        perform(servers[server].closed(stream, at: now))
    }

    func perform(_ effects: [MockEffect]) {
        passOrders()
        // Before the client knows: it may end us as soon as it does.
        if effects.contains(.missed) { events.missed(report) }
        for effect in effects {
            if faults == nil { carryOut(effect) } else { carryOutFaulted(effect) }
        }
        for effect in effects {
            if case .text(let stream, _) = effect { connections[stream]?.connection.flush() }
        }
        setTimer()
    }

    private func passOrders() {
        guard let order else { return }
        for index in servers.indices { for next in servers[index].takeOrders() { order(next) } }
    }

    /// What all servers found so far.
    var report: ReplayReport {
        var report = ReplayReport.joining(zip(names, servers).map { ($0, $1.report) })
        report.faults = faults?.plan.counts ?? []
        return report
    }

    /// One timer, for whatever is due first.
    private func setTimer() {
        var due: Timestamp?
        for server in servers {
            if let next = server.nextDue { due = min(next, due ?? next) }
        }
        guard due != timer?.due else { return }
        timer?.task.cancel()
        timer = due.map { due in
            let deadline = start + .nanoseconds(due.nanoseconds)
            return (
                due,
                loop.assumeIsolated().scheduleTask(deadline: deadline) {
                    self.timer = nil
                    let now = self.now
                    for index in self.servers.indices { self.perform(self.servers[index].advance(to: now)) }
                }
            )
        }
    }

    func carryOut(_ effect: MockEffect) {
        switch effect {
        case .answer(let stream, let status, let fields, let body):
            connections.removeValue(forKey: stream)?.connection.answer(status, fields, body)
        case .open(let stream, let fields): connections[stream]?.connection.open(fields)
        case .text(let stream, let text): connections[stream]?.connection.write(text)
        case .end(let stream): connections.removeValue(forKey: stream)?.connection.endStream()
        case .missed: break
        }
    }

    /// The server's process ends, as far as a client can see.
    func die() {
        isDead = true
        connections = [:]
        faultedSteps = [:]
        for connection in all.values { connection.reset() }
        events.killed()
    }

    /// Closes everything; answers what was found.
    func end() -> ReplayReport {
        let now = now
        for index in servers.indices { servers[index].end(at: now) }
        passOrders()
        timer?.task.cancel()
        idleTimer?.cancel()
        connections = [:]
        for connection in all.values { connection.close() }
        all = [:]
        return report
    }
}
