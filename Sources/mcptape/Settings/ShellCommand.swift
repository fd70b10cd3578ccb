import Glibc
import HTTPTransport

/// A command of the owner's, for a header's value: `{cmd:gh auth token}`.
enum ShellCommand {
    /// Longer than any credential.
    private static let outputLimit = 32 << 10
    /// Seconds. A command that asks somebody for a password is not answered here.
    private static let timeLimit = 30
    /// Milliseconds between two looks whether we were told to end.
    private static let interval: Int32 = 100

    /// What the command prints; it runs in `sh`, with our standard error, and nothing of it is left behind.
    static func output(of line: String) throws(HTTPFailure) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure("cannot run", line, errno) }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process = try start(line, output: ends[1])
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        var status: Int32 = 0
        let complaint =
            read(from: ends[0], until: deadline, into: &bytes)
            ?? wait(for: process, until: deadline, &status)
        if complaint != nil {
            // Whatever it started and did not end goes with it.
            kill(-process, SIGKILL)
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
        if let complaint { throw HTTPFailure(.setting, "'\(line)' \(complaint)") }
        guard status == 0 else { throw HTTPFailure(.setting, "'\(line)' failed") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts it in a process group of its own, with the signals of a program that a shell starts: ours wait
    /// for a thread. Our own end of its output is closed.
    private static func start(_ line: String, output: Int32) throws(HTTPFailure) -> pid_t {
        defer { close(output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = [strdup("sh"), strdup("-c"), strdup(line), nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let answer = posix_spawn(&process, "/bin/sh", &actions, &attributes, words, environ)
        guard answer == 0 else { throw failure("cannot run", line, answer) }
        return process
    }

    /// Reads to the end; answers why it did not get there.
    private static func read(
        from pipe: Int32, until deadline: ContinuousClock.Instant, into bytes: inout [UInt8]
    ) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let reason = reasonToStop(deadline) { return reason }
            var ready = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            let answer = poll(&ready, 1, interval)
            if answer == 0 || answer < 0 && errno == EINTR { continue }
            let count = Glibc.read(pipe, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return nil }
            bytes += buffer[..<count]
            if bytes.count > outputLimit { return "printed more than \(outputLimit) bytes" }
        }
    }

    /// Waits for the process, which may go on after it has closed its output; answers why it was not waited
    /// for.
    private static func wait(
        for process: pid_t, until deadline: ContinuousClock.Instant, _ status: inout Int32
    ) -> String? {
        while waitpid(process, &status, WNOHANG) == 0 {
            if let reason = reasonToStop(deadline) { return reason }
            poll(nil, 0, 5)
        }
        return nil
    }

    private static func reasonToStop(_ deadline: ContinuousClock.Instant) -> String? {
        if ProxySignals.isEndPending { return "was not waited for: mcptape was told to end" }
        return ContinuousClock.now >= deadline ? "did not end within \(timeLimit) s" : nil
    }

    private static func failure(_ what: String, _ line: String, _ code: Int32) -> HTTPFailure {
        HTTPFailure(.setting, "\(what) '\(line)': \(String(cString: strerror(code)))")
    }
}
