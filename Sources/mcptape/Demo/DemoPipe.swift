import Glibc

/// A process with its standard input and output on pipes of ours, as a host starts a server.
struct DemoPipe {
    let processID: pid_t
    /// Write end of its standard input; -1 once closed.
    private(set) var input: Int32
    /// Read end of its standard output.
    let output: Int32

    /// Starts `arguments[0]` with standard error going where ours goes, or to /dev/null when `isSilent`.
    static func start(_ arguments: [String], isSilent: Bool) throws -> DemoPipe {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw Failure(Failure.io, "cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        // Only the demo's own thread starts processes, so nothing slips in between.
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
        if isSilent {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        }
        DetachedProcess.bequeathNothingElse()
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, arguments[0], &actions, nil, &argv, environ)
        close(toChild[0])
        close(fromChild[1])
        guard status == 0 else {
            close(toChild[1])
            close(fromChild[0])
            throw Failure(Failure.io, "cannot start \(arguments[0]): \(String(cString: strerror(status)))")
        }
        return DemoPipe(processID: pid, input: toChild[1], output: fromChild[0])
    }

    /// Sends one line. False when the reader is gone.
    @discardableResult
    func send(_ line: String) -> Bool { DemoPipe.write(line + "\n", to: input) }

    mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Waits for the process's end and answers its status as a shell shows it.
    func wait() -> Int32 {
        close(output)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Everything that comes until its end.
    func readAll() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(output, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes.append(contentsOf: chunk[0..<count])
        }
    }

    /// Runs a program with our own standard streams and answers its status as a shell shows it.
    static func runInherited(_ arguments: [String]) throws -> Int32 {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, arguments[0], nil, nil, &argv, environ)
        guard status == 0 else {
            throw Failure(Failure.io, "cannot start \(arguments[0]): \(String(cString: strerror(status)))")
        }
        return DemoPipe(processID: pid, input: -1, output: -1).wait()
    }

    /// All of `text` to a descriptor. False when that failed.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }
}
