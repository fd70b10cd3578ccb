internal import CSystemCalls
internal import MCPSemantics
public import Platform
public import Replay
internal import Wire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A recording in the server's place, on standard input and output.
///
/// It never waits for the client to read while the client waits for it to: what does not fit into the pipe is
/// kept, so a client may send all its requests before it reads an answer.
public struct StdioReplay {
    /// Answers that the client has not read yet, at most: beyond it nothing more is read from the client.
    static let outputLimit = 64 << 20
    /// A line at most: the default message limit of a recording, above which no request is on record whole.
    static let lineLimit = 256 << 20

    var engine: ReplayEngine
    let host: HostDescriptors
    let system: SystemCalls
    private var framer = LineFramer()
    /// The parts of a line above the framer's part size.
    private var longLine: [UInt8] = []
    private var pending: [UInt8] = []
    private var sent = 0
    private var delayed = DelayedMessages()
    /// Set when answers go wrong on purpose: then everything that is sent goes through it.
    private var faults: FaultedOutput?
    /// Told after each request without a match: whatever ends this process, what it is told is known.
    public var missed: ((ReplayReport) -> Void)?
    /// What answers where the recording does not, with `MatchRules.Misses.forward`.
    public var upstream: ReplayUpstream?
    private let start: Int64
    private let receivesSignals: Bool

    /// `receivesSignals`: signals that end a program end the replay; false where they are not its own
    /// business. `faults`: which answers go wrong.
    public init(
        engine: ReplayEngine, faults: FaultPlan? = nil, host: HostDescriptors = .standard(),
        receivesSignals: Bool = true, system: SystemCalls = SystemCalls()
    ) {
        self.engine = engine
        self.faults = faults.map { FaultedOutput($0) }
        self.host = host
        self.receivesSignals = receivesSignals
        self.system = system
        start = system.boottime()
    }

    /// What happened so far.
    public var report: ReplayReport {
        var report = engine.report
        report.faults = faults?.plan.counts ?? []
        return report
    }

    /// Plays until the client closes its side, or a signal asks for the end; answers what happened.
    public mutating func run() -> ReplayReport {
        if receivesSignals { csystem_signals_hold() }
        let signals = receivesSignals ? csystem_signals_open() : -1
        defer { if signals >= 0 { csystem_signals_close() } }
        take(engine.start(at: now))
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: relayChunkSize, alignment: 4096)
        defer { room.deallocate() }
        var isOpen = true
        while isOpen || isSending || isServerAsked {
            sendDue()
            keepNew()
            if faults != nil {
                guard sendFaulted() else { break }
                // The last step may have left nothing to wait for.
                if !isOpen, !isSending, !isServerAsked { break }
            }
            var polled = [
                pollfd(fd: isOpen && !isFull ? host.input : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: sent < pending.count ? host.output : -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            ]
            polled += watchedOfServer
            let ready = system.poll(&polled, polled.count, timeLimit)
            if ready < 0 && ready != -Int(EINTR) { break }
            if polled[2].revents != 0, isEndAsked(signals) { break }
            if polled[0].revents != 0 {
                isOpen = receive(into: room)
                if !isOpen { engine.inputEnded() }
            }
            serve(isReady: polled[3...].contains { $0.revents != 0 })
            if sent < pending.count, !write(afterPoll: polled[1].revents != 0) { break }
        }
        take(engine.clientClosed(at: now))
        keepNew(isLast: true)
        return report
    }

    var now: Timestamp { Timestamp(nanoseconds: system.boottime() &- start) }
    /// Something is still to be sent.
    private var isSending: Bool { sent < pending.count || nextDue != nil || faults?.isWaiting == true }
    var isFull: Bool {
        pending.count - sent + (faults?.size ?? 0) >= StdioReplay.outputLimit
    }

    /// When something is to be sent that waits for its time.
    private var nextDue: Timestamp? {
        guard let due = engine.nextDue else { return delayed.next }
        return min(due, delayed.next ?? due)
    }

    /// Milliseconds until then, or until something is to be done beside it; -1 for never.
    private var timeLimit: Int32 {
        let others = [sent == pending.count ? faults?.next : nil, keepDue].compactMap { $0 }
        let due = others.min().map { Timestamp(nanoseconds: $0 &- start) }
        guard let next = [nextDue, due].compactMap({ $0 }).min() else { return -1 }
        let rest = next.nanoseconds.subtractingReportingOverflow(now.nanoseconds).partialValue
        return Int32(clamping: max(0, min(rest, .max - 999_999) + 999_999) / 1_000_000)
    }

    /// Reads a chunk and plays what it completes. False when the client has closed its side.
    private mutating func receive(into room: UnsafeMutableRawBufferPointer) -> Bool {
        guard let base = room.baseAddress else { return false }
        let kind = host.kind(of: host.input).rawValue
        let count = system.readNow(host.input, kind, base, room.count)
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return true }
        var frames: [LineFramer.Frame] = []
        if count > 0 {
            framer.push(Array(room[0..<count])[...]) { frames.append($0) }
        } else if let last = framer.finish() {
            frames.append(last)
        }
        for frame in frames { play(frame) }
        return count > 0
    }

    private mutating func play(_ frame: LineFramer.Frame) {
        if frame.isFirst && frame.isLast {
            _ = faults?.received(frame.bytes)
            return take(engine.received(frame.bytes, at: now))
        }
        if frame.isFirst { longLine.removeAll(keepingCapacity: true) }
        // Longer than anything on record: the head is enough to say that nothing matches.
        if longLine.count + frame.bytes.count <= StdioReplay.lineLimit {
            longLine.append(contentsOf: frame.bytes)
        }
        if frame.isLast {
            take(engine.received(longLine[...], at: now))
            longLine = []
        }
    }

    mutating func take(_ actions: [ReplayAction]) {
        var hasMissed = false
        for action in actions {
            if case .missed = action { hasMissed = true }
            if case .forward(let message) = action { forward(message) }
            guard case .send(let message) = action else { continue }
            if !delayed.keep(message, at: now) { append(message.bytes) }
        }
        if hasMissed { missed?(report) }
    }

    private mutating func sendDue() {
        let time = now
        for message in delayed.take(at: time) { append(message.bytes) }
        if engine.nextDue != nil { take(engine.advance(to: time)) }
    }

    private mutating func append(_ line: ArraySlice<UInt8>) {
        guard faults == nil else {
            faults?.take(line, at: system.boottime())
            return
        }
        pending.append(contentsOf: line)
        pending.append(0x0A)
    }

    /// Takes what is due of faulted output, a step at a time: what comes byte by byte is read byte by byte.
    /// False when the server is to end.
    private mutating func sendFaulted() -> Bool {
        while sent == pending.count, let step = faults?.step(at: system.boottime()) {
            switch step {
            case .begin: break
            case .bytes(let bytes): pending.append(contentsOf: bytes)
            case .end(.disconnect): csystem_retire(host.output)
            case .end(.kill): return false
            }
        }
        return true
    }

    /// Writes what fits now. False when the client is gone.
    private mutating func write(afterPoll: Bool) -> Bool {
        let kind = host.kind(of: host.output)
        var hasRoom = afterPoll
        while sent < pending.count {
            let count = pending.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                if kind.mustWriteBlocking {
                    return system.write(host.output, base + sent, bytes.count - sent)
                }
                return system.writeNow(host.output, kind.rawValue, base + sent, bytes.count - sent, hasRoom)
            }
            if count == -Int(EINTR) { continue }
            // Where the system cannot write without waiting, poll vouches for one write only.
            hasRoom = false
            if count == -Int(EAGAIN) { break }
            if count < 0 { return false }
            sent += count
        }
        if sent == pending.count {
            pending.removeAll(keepingCapacity: pending.count < 1 << 20)
            sent = 0
        } else if sent >= StdioReplay.outputLimit / 8, sent > pending.count / 2 {
            // A client that never catches up must not make us keep what it has read.
            pending.removeFirst(sent)
            sent = 0
        }
        return true
    }

    private func isEndAsked(_ signals: Int32) -> Bool {
        var signal = csystem_signal()
        let size = MemoryLayout<csystem_signal>.size
        while system.read(signals, &signal, size) == size {
            switch signal.number {
            case SIGTERM, SIGINT, SIGHUP, SIGQUIT: return true
            case SIGTSTP: csystem_signals_stop_self()
            default: continue
            }
        }
        return false
    }
}
