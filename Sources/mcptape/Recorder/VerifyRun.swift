import Glibc
import Platform
import Replay

/// One run of a recorded client against a real server.
final class VerifyRun {
    private(set) var engine: VerifyEngine
    /// The server ended by itself.
    private(set) var hasEnded = false
    private let passesError: Bool
    private let system: SystemCalls
    private var lastError: [UInt8] = []

    /// Bytes of the server's standard error that are kept, to say why it failed.
    private static let errorLimit = 4096
    private static let errorLines = 10

    init(_ engine: VerifyEngine, passesError: Bool, system: SystemCalls) {
        self.engine = engine
        self.passesError = passesError
        self.system = system
    }

    /// Plays until there is nothing more to ask, and ends the server.
    func play(against server: any LiveServer) {
        defer { server.close() }
        perform(engine.start(at: system.boottime()), on: server)
        while !engine.isFinished {
            var isIdle = true
            while !engine.isFinished, let event = server.next() {
                isIdle = false
                take(event)
                perform(engine.received(event, at: system.boottime()), on: server)
            }
            if let deadline = engine.nextDeadline, deadline <= system.boottime() {
                isIdle = false
                perform(engine.passed(at: system.boottime()), on: server)
            }
            if isIdle { wait(for: server) }
        }
    }

    private func perform(_ actions: [VerifyEngine.Action], on server: any LiveServer) {
        for action in actions {
            switch action {
            case .send(let message): server.send(message)
            case .cancel(let request): server.cancel(request)
            }
        }
    }

    private func wait(for server: any LiveServer) {
        var polled = server.waits.map {
            pollfd(fd: $0.descriptor, events: Int16($0.isForWriting ? POLLOUT : POLLIN), revents: 0)
        }
        var limit: Int32 = -1
        if let deadline = engine.nextDeadline {
            limit = Int32(clamping: max(0, deadline - system.boottime()) / 1_000_000 + 1)
        }
        _ = system.poll(&polled, polled.count, limit)
    }

    private func take(_ event: LiveEvent) {
        switch event {
        case .standardError(let bytes):
            if passesError {
                _ = bytes.withUnsafeBytes { $0.baseAddress.map { system.write(2, $0, bytes.count) } }
            }
            lastError = (lastError + bytes).suffix(Self.errorLimit)
        case .ended: hasEnded = true
        case .message, .unanswered: break
        }
    }

    /// Says the last lines of the server's standard error, where it was not passed through.
    func tellLastError() {
        guard !passesError else { return }
        for line in lastError.split(separator: 0x0A).suffix(Self.errorLines) {
            complain("the server said: \(String(decoding: line, as: UTF8.self))")
        }
    }
}
