internal import Journal
public import Platform
public import Recording
public import Replay

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The real servers behind a recording that is served to many clients, on a thread of their own.
///
/// `order` is called from the listener's thread; what the servers say, and what is to be kept of it, goes
/// back through `Listener`. Nothing here waits for the listener's loop but `conversation`.
/// `@unchecked Sendable`: what is not guarded is the thread's until `finish` has joined it, and its caller's
/// from then on.
public final class RealServerThread: @unchecked Sendable {
    /// Who serves the clients.
    public struct Listener {
        /// Takes what came of a client's real server.
        public var deliver: (LiveEvent, _ client: Int) -> Void
        /// What a client and its server said so far.
        public var conversation: (_ client: Int) -> WholeSession?
        /// So many exchanges are kept now.
        public var noteAdded: (Int) -> Void

        /// See the members.
        public init(
            deliver: @escaping (LiveEvent, Int) -> Void, conversation: @escaping (Int) -> WholeSession?,
            noteAdded: @escaping (Int) -> Void
        ) {
            self.deliver = deliver
            self.conversation = conversation
            self.noteAdded = noteAdded
        }
    }

    private struct Orders {
        var waiting: [RealServerOrder] = []
        var isLast = false
    }

    private let orders = Guarded(Orders())
    private let start: ReplayUpstream.Start
    private let host: HostDescriptors
    private let system: SystemCalls
    /// Rings while there are orders.
    private let bell: WakePipe
    private var thread: WorkerThread?
    private var listener: Listener?
    private var servers: [Int: any LiveServer] = [:]
    private var keeping: KeptConversations
    private var standardError = PendingOutput()
    private var partings: [ServerParting] = []

    /// `start` is called when a client has a request without a match. `keep` is told after exchanges, and at
    /// the end of what is left; nil: conversations are collected for `ended`. `host`: standard error of the
    /// servers goes to its. Throws when the system has no pipe left.
    public init(
        start: @escaping ReplayUpstream.Start, keep: ReplayUpstream.Keep?, host: HostDescriptors,
        system: SystemCalls
    ) throws(LiveFailure) {
        self.start = start
        self.host = host
        self.system = system
        keeping = KeptConversations(keep, system: system)
        do throws(WakePipe.Failure) {
            bell = try WakePipe()
        } catch {
            throw LiveFailure(.unreachable, "no pipe for the real servers: \(error.reason)")
        }
    }

    /// Begins to carry out orders. Throws when the system has no thread left.
    public func begin(for listener: Listener) throws(LiveFailure) {
        self.listener = listener
        do throws(JournalFailure) {
            thread = try WorkerThread("real-servers") { self.run() }
        } catch {
            throw LiveFailure(.unreachable, "\(error)")
        }
    }

    /// Takes an order; from any thread.
    public func order(_ order: RealServerOrder) {
        let isFirst = orders.with { orders in
            orders.waiting.append(order)
            return orders.waiting.count == 1
        }
        // One ring stands for all that wait.
        if isFirst { bell.ring() }
    }

    /// No order comes any more: keeps what is left. Answers how many exchanges that were.
    public func finish() -> Int {
        orders.with { $0.isLast = true }
        bell.ring()
        thread?.join()
        thread = nil
        listener = nil
        return keeping.keepLast()
    }

    /// The conversations of clients that are gone, in the order in which they came, where no `keep` was
    /// given. After `finish`.
    public var ended: [WholeSession] { keeping.collected }

    /// Ends the real servers. After `finish`; waits seconds at most.
    public func close() {
        for client in servers.keys.sorted() { part(from: client) }
        while let parting = partings.popLast() { parting.join() }
        writeError(afterPoll: false)
    }

    // MARK: - The thread

    private func run() {
        while true {
            let (waiting, isLast) = takeOrders()
            for order in waiting { take(order) }
            if isLast { return }
            if let listener {
                let added = keeping.keepWhatIsDue { listener.conversation($0) }
                if added > 0 { listener.noteAdded(added) }
            }
            wait()
        }
    }

    private func takeOrders() -> (waiting: [RealServerOrder], isLast: Bool) {
        orders.with { orders in
            defer { orders.waiting = [] }
            return (orders.waiting, orders.isLast)
        }
    }

    private func take(_ order: RealServerOrder) {
        switch order {
        case .start(let client):
            part(from: client)
            do throws(LiveFailure) {
                servers[client] = try start()
            } catch {
                listener?.deliver(.ended(error), client)
            }
        case .send(let client, let message): servers[client]?.send(message)
        case .changed(let client): keeping.changed(client)
        case .close(let client, let conversation):
            keeping.ended(client, conversation)
            part(from: client)
        }
    }

    /// To end a server takes a while: others are served meanwhile.
    private func part(from client: Int) {
        guard let server = servers.removeValue(forKey: client) else { return }
        if partings.count >= ServerParting.limit { partings.removeFirst().join() }
        partings.append(ServerParting(from: server))
    }

    private func wait() {
        var polled = [
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: standardError.isEmpty ? -1 : host.error, events: Int16(POLLOUT), revents: 0),
        ]
        var owners: [Int] = []
        for (client, server) in servers {
            for wait in server.waits {
                let events = Int16(wait.isForWriting ? POLLOUT : POLLIN)
                polled.append(pollfd(fd: wait.descriptor, events: events, revents: 0))
                owners.append(client)
            }
        }
        _ = system.poll(&polled, polled.count, keeping.timeLimit)
        if polled[0].revents != 0 { bell.silence() }
        if polled[1].revents != 0 { writeError(afterPoll: true) }
        let ready = Set(zip(owners, polled.dropFirst(2)).filter { $0.1.revents != 0 }.map(\.0))
        for client in ready.sorted() { serve(client) }
    }

    private func serve(_ client: Int) {
        while let event = servers[client]?.next() {
            switch event {
            case .standardError(let bytes):
                // Beyond it, what nobody reads is dropped: it says nothing to the client.
                guard standardError.count + bytes.count <= StdioReplay.errorLimit else { break }
                standardError.append(bytes)
                writeError(afterPoll: false)
            case .ended:
                listener?.deliver(event, client)
                part(from: client)
            case .message, .unanswered: listener?.deliver(event, client)
            }
        }
    }

    private func writeError(afterPoll: Bool) {
        guard !standardError.isEmpty else { return }
        if !standardError.write(to: host.error, host.kind(of: host.error), afterPoll, system) {
            standardError = PendingOutput()
        }
    }
}

/// Ends one real server, on a thread where there is one.
final class ServerParting {
    /// At one time, so that many clients that leave at once do not take all threads there are.
    static let limit = 16

    private let thread: WorkerThread?

    /// `@unchecked Sendable`: whoever made it lets go of the server, which is the thread's from then on.
    private final class Parted: @unchecked Sendable {
        let server: any LiveServer
        init(_ server: any LiveServer) { self.server = server }
    }

    init(from server: any LiveServer) {
        let parted = Parted(server)
        thread = try? WorkerThread("parting") { parted.server.close() }
        if thread == nil { server.close() }
    }

    func join() { thread?.join() }
}
