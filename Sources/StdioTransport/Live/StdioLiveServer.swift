internal import CSystemCalls
public import MCPSemantics
public import Platform
internal import Recording
public import Replay
internal import Wire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A server on stdio that we started, and whose only client we are.
///
/// It is started as `record` starts one: in a process group with a guard, so nothing of it outlives us.
public final class StdioLiveServer: LiveServer {
    /// A line at most: the default message limit of a recording.
    static let lineLimit = 256 << 20
    /// How long a server may take to end once its input is closed, then after SIGTERM, then after SIGKILL.
    /// Nanoseconds; the first two are those of the official SDKs.
    static let endLimits: [Int64] = [2_000_000_000, 2_000_000_000, 1_000_000_000]
    /// A server that closed its output is about to end: its exit status is waited for that long.
    static let exitLimit: Int64 = 250_000_000
    private static let ownKind: Int32 = 0

    private let server: StdioServer
    private let system: SystemCalls
    private var input: Int32
    private var output: Int32
    private var error: Int32
    private var framer = LineFramer()
    /// The parts of a line above the framer's part size.
    private var longLine: [UInt8] = []
    private var pending: [UInt8] = []
    private var sent = 0
    private var events: [LiveEvent] = []
    private var isOver = false
    private var room = [UInt8](repeating: 0, count: 64 << 10)

    /// Starts `command` in our working directory with our environment, and where it `keepsDescriptors` with
    /// those from 3 on that are not close-on-exec.
    public init(
        _ command: ServerCommand, keepsDescriptors: Bool = true, system: SystemCalls = SystemCalls()
    ) throws(ServerStartFailure) {
        // The server's output and error are told apart, whatever ours are.
        server = try StdioServer(
            command, host: HostDescriptors(input: -1, output: -1, error: -1),
            options: .init(
                staysInForeground: false, receivesSignals: false, handsOverDescriptors: false,
                keepsDescriptors: keepsDescriptors))
        self.system = system
        csystem_signals_ignore_pipe()
        (input, output, error) = server.takeEnds()
    }

    deinit { close() }

    public var waits: [LiveWait] {
        var waits: [LiveWait] = []
        if input >= 0, sent < pending.count { waits.append(LiveWait(input, isForWriting: true)) }
        if output >= 0 { waits.append(LiveWait(output)) }
        if error >= 0 { waits.append(LiveWait(error)) }
        return waits
    }

    /// Writes what fits into the pipe, and the rest with the next calls; see `LiveServer`.
    public func send(_ message: ArraySlice<UInt8>) {
        guard input >= 0 else { return }
        pending += message
        pending.append(0x0A)
        write()
    }

    public func next() -> LiveEvent? {
        if events.isEmpty, !isOver {
            write()
            readError()
            readOutput()
        }
        return events.isEmpty ? nil : events.removeFirst()
    }

    /// On stdio a request is cancelled by a message, or not at all.
    public func cancel(_ request: RequestID) {}

    /// Closes the server's input and waits for its end; a server that goes on is ended by signals.
    public func close() {
        closeInput()
        for (limit, number) in zip(Self.endLimits, [SIGTERM, SIGKILL, 0]) {
            if drain(for: limit) { break }
            if number != 0 { server.signal(number) }
        }
        for descriptor in [output, error] where descriptor >= 0 { _ = system.close(descriptor) }
        (output, error) = (-1, -1)
        isOver = true
        server.finish()
    }

    // MARK: Bytes

    private func write() {
        while input >= 0, sent < pending.count {
            let count = pending.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return system.writeNow(input, Self.ownKind, base + sent, bytes.count - sent, false)
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return }
            // Nobody reads: what the server says last is still of interest.
            guard count > 0 else { return closeInput() }
            sent += count
        }
        pending.removeAll(keepingCapacity: pending.count < 1 << 20)
        sent = 0
    }

    private func closeInput() {
        guard input >= 0 else { return }
        _ = system.close(input)
        input = -1
        (pending, sent) = ([], 0)
    }

    /// Bytes that are there; nil: the end.
    private func read(_ descriptor: Int32) -> ArraySlice<UInt8>? {
        while true {
            let count = room.withUnsafeMutableBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return system.readNow(descriptor, Self.ownKind, base, bytes.count)
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return [] }
            return count > 0 ? room[0..<count] : nil
        }
    }

    private func readError() {
        guard error >= 0 else { return }
        guard let bytes = read(error) else {
            _ = system.close(error)
            error = -1
            return
        }
        if !bytes.isEmpty { events.append(.standardError(Array(bytes)[...])) }
    }

    private func readOutput() {
        guard output >= 0 else { return }
        if let bytes = read(output) {
            framer.push(Array(bytes)[...]) { take($0) }
        } else {
            if let last = framer.finish() { take(last) }
            _ = system.close(output)
            output = -1
            readTheLastError()
            events.append(.ended(ending()))
            isOver = true
        }
    }

    private func readTheLastError() {
        while error >= 0, let bytes = read(error), !bytes.isEmpty {
            events.append(.standardError(Array(bytes)[...]))
        }
    }

    private func take(_ frame: LineFramer.Frame) {
        if frame.isFirst { longLine.removeAll(keepingCapacity: true) }
        if frame.isFirst, frame.isLast { return deliver(frame.bytes) }
        if longLine.count + frame.bytes.count <= Self.lineLimit { longLine += frame.bytes }
        if frame.isLast {
            deliver(longLine[...])
            longLine = []
        }
    }

    private func deliver(_ line: ArraySlice<UInt8>) {
        var line = line
        if line.last == 0x0D { line.removeLast() }
        events.append(.message(LiveMessage(line, time: system.boottime())))
    }

    // MARK: The end

    private func ending() -> LiveFailure {
        _ = waitForExit(Self.exitLimit)
        switch server.exit {
        case .code(let code): return LiveFailure(.exited(code), "the server ended with status \(code)")
        case .signal(let number):
            return LiveFailure(.exited(128 + number), "the server was ended by signal \(number)")
        case nil: return LiveFailure(.exited(nil), "the server closed its output")
        }
    }

    /// Waits until the server has ended; false when it took too long.
    private func waitForExit(_ limit: Int64) -> Bool {
        let end = system.boottime() + limit
        while server.reap() == nil {
            let left = end - system.boottime()
            guard left > 0 else { return false }
            // Without a descriptor that tells of it, look again soon.
            let watch = server.process.exit_watch
            var polled = [pollfd(fd: watch, events: Int16(POLLIN), revents: 0)]
            let time = watch >= 0 ? left / 1_000_000 + 1 : 2
            _ = system.poll(&polled, watch >= 0 ? 1 : 0, Int32(clamping: time))
        }
        return true
    }

    /// Reads what the server still writes, which it may be waiting for, until it has ended.
    private func drain(for limit: Int64) -> Bool {
        let end = system.boottime() + limit
        while output >= 0 || error >= 0 {
            let left = end - system.boottime()
            guard left > 0 else { return false }
            var polled = [output, error].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = system.poll(&polled, polled.count, Int32(clamping: left / 1_000_000 + 1))
            if ready < 0, ready != -Int(EINTR) { break }
            if output >= 0, polled[0].revents != 0, read(output) == nil {
                _ = system.close(output)
                output = -1
            }
            if error >= 0, polled[1].revents != 0, read(error) == nil {
                _ = system.close(error)
                error = -1
            }
        }
        return waitForExit(max(0, end - system.boottime()))
    }
}
