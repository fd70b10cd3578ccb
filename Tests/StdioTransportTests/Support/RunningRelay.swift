import CSystemCalls
import Platform
import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Everything waits on a condition, for this long at most: a loaded machine is slow, a hang is for ever.
let patience: Int32 = 30_000

/// A relay in this process, on a thread of its own, and the host's ends of its three lanes.
final class RunningRelay {
    enum Joints { case pipes, sockets }

    /// What the host writes and reads.
    let input: HostEnd
    let output: HostEnd
    let error: HostEnd
    private let finished: Int32
    private let body: Body

    /// `inputFile`, `outputFile`: in the place of our input and output; closed at the relay's end.
    init(
        _ command: [String], joints: Joints = .pipes, inputFile: Int32? = nil, outputFile: Int32? = nil,
        system: SystemCalls = SystemCalls(), tap: any RelayTap = PlainTap()
    ) throws {
        let ends = (0..<3).map { _ in joints == .pipes ? makePipe() : makeSockets() }
        let host = HostDescriptors(
            input: inputFile ?? ends[0].0, output: outputFile ?? ends[1].1, error: ends[2].1)
        if inputFile != nil { close(ends[0].0) }
        if outputFile != nil { close(ends[1].1) }
        input = HostEnd(ends[0].1)
        output = HostEnd(ends[1].0)
        error = HostEnd(ends[2].0)
        let end = makePipe()
        finished = end.0
        csystem_signals_ignore_pipe()
        // The server gets our mask, and a test's thread may have every signal blocked.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        let server = try StdioServer(
            ServerCommand(command), host: host,
            options: .init(staysInForeground: false, receivesSignals: false, handsOverDescriptors: false))
        body = Body(server, host, system, tap, end.1)
        var thread: csystem_thread = 0
        let status = csystem_thread_start(
            &thread, 1 << 20, "relay",
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }, Unmanaged.passRetained(body).toOpaque())
        try #require(status == 0)
        csystem_thread_detach(thread)
    }

    var processID: Int32 { body.server.processID }
    var processGroup: Int32? { body.server.processGroup }

    /// Waits until the relay has ended.
    func outcome(_ location: SourceLocation = #_sourceLocation) throws -> RelayOutcome {
        var polled = pollfd(fd: finished, events: Int16(POLLIN), revents: 0)
        try #require(poll(&polled, 1, patience) == 1, "the relay ends", sourceLocation: location)
        return try #require(body.outcome, sourceLocation: location)
    }

    deinit { close(finished) }

    private final class Body: @unchecked Sendable {  // `outcome` is read once the pipe says that it is there.
        let server: StdioServer
        let host: HostDescriptors
        let system: SystemCalls
        let tap: any RelayTap
        let finished: Int32
        var outcome: RelayOutcome?

        init(
            _ server: StdioServer, _ host: HostDescriptors, _ system: SystemCalls, _ tap: any RelayTap,
            _ end: Int32
        ) {
            self.server = server
            self.host = host
            self.system = system
            self.tap = tap
            finished = end
        }

        func run() {
            let relay = StdioRelay(server: server, host: host, receivesSignals: false, system: system)
            outcome = relay.run(through: tap)
            // As the end of the process would.
            for descriptor in [host.input, host.output, host.error] { close(descriptor) }
            close(finished)
        }
    }
}

/// The host's end of a lane, never waiting for longer than `patience`.
final class HostEnd: @unchecked Sendable {  // One test thread uses it at a time.
    private(set) var descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = csystem_never_wait(descriptor)
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Whether the descriptor becomes ready within `patience`.
    func waits(for events: Int32) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&polled, 1, patience) == 1
    }

    /// Writes all of it; false when the other side is gone.
    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if count > 0 { done += count; continue }
            guard errno == EAGAIN, waits(for: POLLOUT) else { return false }
        }
        return true
    }

    @discardableResult func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Reads until `count` bytes are there, or to the end when it is nil.
    func read(_ count: Int? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while bytes.count < count ?? .max {
            let got = Glibc.read(descriptor, &chunk, min(chunk.count, (count ?? .max) - bytes.count))
            if got == 0 { break }
            if got < 0 {
                guard errno == EAGAIN, waits(for: POLLIN) else { break }
                continue
            }
            bytes += chunk.prefix(got)
        }
        return bytes
    }

    func text(_ count: Int? = nil) -> String { String(decoding: read(count), as: UTF8.self) }

    deinit { close() }
}

/// (read end, write end)
func makePipe() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    precondition(csystem_pipe(&ends) == 0, "a pipe")
    return (ends[0], ends[1])
}

func makeSockets() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    precondition(socketpair(AF_UNIX, type, 0, &ends) == 0, "sockets")
    return (ends[0], ends[1])
}
