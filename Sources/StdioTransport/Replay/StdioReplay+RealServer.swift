internal import MCPSemantics
internal import Platform
public import Recording
public import Replay

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What stands behind a recording that is played, and where what it says is kept.
public struct ReplayUpstream {
    /// What became of what was to be kept.
    public enum Keeping: Sendable {
        /// It is, and so many exchanges are new.
        case kept(Int)
        /// Somebody else is at it: again soon.
        case busy
        /// It cannot be; whoever was asked has said why.
        case failed
    }

    /// Starts the real server, or connects to it.
    public typealias Start = () throws(LiveFailure) -> any LiveServer
    /// Keeps what was said to the real server so far. With `isLast` it may wait for others.
    public typealias Keep = (WholeSession, _ isLast: Bool) -> Keeping

    let start: Start
    let keep: Keep?
    let keepsAtEnd: Bool
    var bridge: ServerBridge
    var server: (any LiveServer)?
    /// Complete exchanges so far, and those that were kept.
    var complete = 0
    var handled = 0
    /// When the next are kept, in nanoseconds of `boottime`.
    var keepDue: Int64 = 0
    /// Standard error of the server that waits until ours takes it.
    var standardError = PendingOutput()

    /// `start` is called when a request has no match. With `recording`, what is said to it is recorded, and
    /// `keep` is told after each exchange and at the end, or only then.
    public init(
        recording: MemoryRecording? = nil, start: @escaping Start, keepsAtEnd: Bool = false,
        keep: Keep? = nil
    ) {
        self.start = start
        self.keep = keep
        self.keepsAtEnd = keepsAtEnd
        bridge = ServerBridge(recording: recording)
    }
}

extension StdioReplay {
    /// Between two tries to keep what somebody else's lock holds up.
    static let busyWait: Int64 = 20_000_000
    /// To keep a file takes at most one part in so many of the time: a large one is not written at each
    /// exchange.
    static let keepShare: Int64 = 10
    /// Standard error that nobody reads, at most; what comes beyond it is dropped, as it says nothing to the
    /// client.
    static let errorLimit = 1 << 20

    // MARK: - Client to server

    mutating func forward(_ message: ForwardedMessage) {
        guard var upstream else { return }
        let outputs = upstream.bridge.forward(message, for: &engine, at: now)
        self.upstream = upstream
        take(outputs)
    }

    private mutating func take(_ outputs: [ServerBridge.Output]) {
        var failure: LiveFailure?
        for output in outputs {
            switch output {
            case .start:
                guard let start = upstream?.start else { continue }
                do throws(LiveFailure) {
                    let server = try start()
                    upstream?.server = server
                } catch {
                    failure = error
                }
            case .server(let message): upstream?.server?.send(message)
            case .client(let message): take([.send(message)])
            }
        }
        if let failure { endServer(because: failure.text) }
    }

    private mutating func endServer(because reason: String) {
        guard var upstream else { return }
        let outputs = upstream.bridge.ended(because: reason, for: &engine, at: now)
        upstream.server = nil
        self.upstream = upstream
        take(outputs)
        missed?(engine.report)
    }

    // MARK: - Server to client

    /// What poll is to watch for it.
    var watchedOfServer: [pollfd] {
        guard let upstream else { return [] }
        var polled: [pollfd] = []
        if !upstream.standardError.isEmpty {
            polled.append(pollfd(fd: host.error, events: Int16(POLLOUT), revents: 0))
        }
        // The client reads first what is there.
        guard !isFull, let waits = upstream.server?.waits else { return polled }
        return polled
            + waits.map {
                pollfd(
                    fd: $0.descriptor, events: Int16($0.isForWriting ? POLLOUT : POLLIN), revents: 0)
            }
    }

    /// Takes what came of it. `isReady`: poll found something of `watchedOfServer`.
    mutating func serve(isReady: Bool) {
        guard isReady, upstream != nil else { return }
        writeError(afterPoll: true)
        while !isFull, let event = upstream?.server?.next() { take(event) }
        let complete = upstream?.bridge.recording?.completeExchanges ?? 0
        upstream?.complete = complete
    }

    private mutating func take(_ event: LiveEvent) {
        guard var upstream else { return }
        var outputs: [ServerBridge.Output] = []
        switch event {
        case .message(let message):
            outputs = upstream.bridge.received(message.bytes, for: &engine, at: now)
        case .unanswered(let requests, let failure):
            outputs = upstream.bridge.unanswered(requests, because: failure.text, for: &engine, at: now)
        case .standardError(let bytes):
            if upstream.standardError.count + bytes.count <= Self.errorLimit {
                upstream.standardError.append(bytes)
            }
        case .ended(let failure):
            return endServer(because: failure.text)
        }
        self.upstream = upstream
        take(outputs)
        writeError(afterPoll: false)
        if case .unanswered = event { missed?(engine.report) }
    }

    private mutating func writeError(afterPoll: Bool) {
        guard var error = upstream?.standardError, !error.isEmpty else { return }
        if !error.write(to: host.error, host.kind(of: host.error), afterPoll, system) {
            error = PendingOutput()
        }
        upstream?.standardError = error
    }

    /// Whether the real server owes the client an answer.
    var isServerAsked: Bool { upstream?.bridge.isAsked ?? false }

    // MARK: - The end

    /// Ends the real server. After `run`, whose result needs not wait for it: seconds at most.
    public mutating func closeUpstream() {
        guard let server = upstream?.server else { return }
        server.close()
        upstream?.server = nil
        writeError(afterPoll: false)
    }

    // MARK: - What is kept

    /// When something is to be kept, in nanoseconds of `boottime`.
    var keepDue: Int64? {
        guard let upstream, !upstream.keepsAtEnd, upstream.complete > upstream.handled else { return nil }
        return upstream.keepDue
    }

    /// Keeps what is new, when it is due, or at the end.
    mutating func keepNew(isLast: Bool = false) {
        guard let upstream, let keep = upstream.keep, upstream.complete > upstream.handled,
            let session = upstream.bridge.recording?.session
        else { return }
        let begin = system.boottime()
        guard isLast || !upstream.keepsAtEnd && begin >= upstream.keepDue else { return }
        switch keep(session, isLast) {
        case .kept(let count):
            engine.noteAdded(count)
            self.upstream?.handled = upstream.complete
            self.upstream?.keepDue = begin + (system.boottime() - begin) * Self.keepShare
        case .busy:
            self.upstream?.keepDue = begin + Self.busyWait
        case .failed:
            self.upstream?.handled = upstream.complete
        }
    }
}
