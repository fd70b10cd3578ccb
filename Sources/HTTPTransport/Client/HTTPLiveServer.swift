public import MCPSemantics
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
public import Platform
public import Replay

/// A server on HTTP whose client we are: Streamable HTTP of every revision, or HTTP+SSE.
///
/// What it needs beside the messages it does as a client of MCP does: sessions, the header fields of each
/// revision, the stream for what belongs to no request, resumption, the end of a session. It follows no
/// redirect and has no part in authorization but the headers it was given. A server that refuses the
/// handshake of Streamable HTTP as one of HTTP+SSE does is spoken to as such, where it is one.
public final class HTTPLiveServer: LiveServer {
    /// How messages travel.
    public enum Form: Sendable, Hashable {
        /// Streamable HTTP, as each message's era has it.
        case streamable
        /// HTTP+SSE (2024-11-05): one stream from the server, which names the place for messages to it.
        case events
    }

    private let group: MultiThreadedEventLoopGroup
    private let client: NIOLoopBound<HTTPClient>
    private let mailbox: LiveMailbox
    private let hasFallenBack = NIOLockedValueBox(false)
    private var isOpen = true

    /// The server had to be spoken to in HTTP+SSE, though Streamable HTTP was asked for.
    public var fellBackToEvents: Bool { hasFallenBack.withLockedValue { $0 } }

    /// Nothing is sent yet. Throws when a file cannot be read or a header cannot be used.
    public init(
        _ upstream: UpstreamURL, trust: UpstreamTrust, headers: [InjectedHeader] = [],
        form: Form = .streamable, system: SystemCalls = SystemCalls()
    ) throws(HTTPFailure) {
        let tls = upstream.isSecure ? try TLSContexts.upstream(trust) : nil
        for header in headers { _ = try header.current() }
        PipeSignal.settle()
        mailbox = try LiveMailbox()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let (mailbox, hasFallenBack) = (mailbox, hasFallenBack)
        let made = try? loop.submit {
            let connector = UpstreamConnector(loop: loop, tls: tls, verifies: trust != .none)
            let client = HTTPClient(
                upstream, connector: connector, headers: HeaderInjection(headers), form: form, loop: loop,
                now: { system.boottime() }, tell: { mailbox.put($0) },
                fellBack: { hasFallenBack.withLockedValue { $0 = true } })
            client.begin()
            return NIOLoopBound(client, eventLoop: loop)
        }.wait()
        guard let made else { preconditionFailure("A loop that nobody has ended takes tasks.") }
        client = made
    }

    deinit { close() }

    public var waits: [LiveWait] { isOpen ? [LiveWait(mailbox.descriptor)] : [] }

    /// Posts the message once what must come before it has; see `LiveServer`.
    public func send(_ message: ArraySlice<UInt8>) {
        guard isOpen else { return }
        group.next().execute { [client] in client.value.send(message) }
    }

    public func next() -> LiveEvent? { mailbox.take() }

    /// Closes the stream of a request of 2026-07-28; does nothing for one of an earlier revision.
    public func cancel(_ request: RequestID) {
        guard isOpen else { return }
        group.next().execute { [client] in client.value.cancel(request) }
    }

    /// Ends the session, where there is one, and every connection. Waits for the server two seconds at most.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        let loop = group.next()
        try? loop.flatSubmit { [client] in client.value.end() }.wait()
        try? group.syncShutdownGracefully()
    }
}

/// Events on their way from the loop to the thread that owns the server.
final class LiveMailbox: Sendable {
    private let bell: WakePipe
    private let events = NIOLockedValueBox<[LiveEvent]>([])

    init() throws(HTTPFailure) {
        do throws(WakePipe.Failure) {
            bell = try WakePipe()
        } catch {
            throw HTTPFailure(.setting, "no pipe: \(error.reason)")
        }
    }

    /// Readable while there are events.
    var descriptor: Int32 { bell.descriptor }

    func put(_ event: LiveEvent) {
        events.withLockedValue { events in
            events.append(event)
            // One ring stands for all that wait.
            if events.count == 1 { bell.ring() }
        }
    }

    func take() -> LiveEvent? {
        events.withLockedValue { events in
            guard !events.isEmpty else { return nil }
            let event = events.removeFirst()
            if events.isEmpty { bell.silence() }
            return event
        }
    }
}
