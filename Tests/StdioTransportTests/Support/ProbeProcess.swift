import CSystemCalls
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `stdio-probe COMMAND…` as a host would start it: in a process group of its own.
///
/// Every process that descends from it carries a mark in its environment, by which it is found.
final class ProbeProcess {
    let process: pid_t
    let mark: String
    let input: HostEnd
    let output: HostEnd
    let error: HostEnd

    /// Beside the test bundle.
    static var executable: String {
        let own = (try? FileLink.target(of: "/proc/self/exe")) ?? CommandLine.arguments[0]
        for start in [own] + CommandLine.arguments {
            guard let slash = start.lastIndex(of: "/") else { continue }
            let candidate = String(start[..<slash]) + "/stdio-probe"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return "stdio-probe"
    }

    /// `terminal`: the path of a terminal that becomes standard input and output, in a session of its own.
    /// `inherited`: becomes descriptor 7. `isDirect`: the command itself, without us.
    init(
        _ command: [String], terminal: String? = nil, inherited: Int32? = nil, isDirect: Bool = false
    ) throws {
        let ends = (0..<3).map { _ in makePipe() }
        mark = "\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        input = HostEnd(ends[0].1)
        output = HostEnd(ends[1].0)
        error = HostEnd(ends[2].0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let terminal {
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
        } else {
            posix_spawn_file_actions_adddup2(&actions, ends[0].0, 0)
            posix_spawn_file_actions_adddup2(&actions, ends[1].1, 1)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[2].1, 2)
        // What this process itself was given, and what other tests open meanwhile, is not for the probe.
        if let inherited { posix_spawn_file_actions_adddup2(&actions, inherited, 7) }
        for descriptor: Int32 in 3...255 where inherited == nil || descriptor != 7 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let start = terminal == nil ? Int32(POSIX_SPAWN_SETPGROUP) : 0x80
        let flags = start | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = isDirect ? ["/usr/bin/env"] + command : [Self.executable] + command
        let arguments = words.map { $0.withCString { strdup($0) } } + [nil]
        let variables = ["PATH=/usr/local/bin:/usr/bin:/bin", "STDIO_PROBE_MARK=\(mark)"]
        let environment = variables.map { $0.withCString { strdup($0) } } + [nil]
        defer { for word in arguments + environment { free(word) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, words[0], &actions, &attributes, arguments, environment)
        for end in [ends[0].0, ends[1].1, ends[2].1] { close(end) }
        try #require(status == 0, "stdio-probe starts")
        self.process = process
    }

    /// Waits for its end: the exit code, or 1000 and the signal's number.
    func end() throws -> Int32 {
        var status: Int32 = 0
        let due = milliseconds() + Int64(patience)
        while waitpid(process, &status, WNOHANG) == 0 {
            try #require(milliseconds() < due, "the probe ends")
            rest()
        }
        var value: Int32 = 0
        return csystem_exit_code(status, &value) == 1 ? value : 1000 + value
    }

    /// Milliseconds until no marked process is left, counted from now; nil when one stays.
    func millisecondsUntilNobodyIsLeft() -> Int64? {
        let start = milliseconds()
        while !ProcessTable.living(marked: mark).isEmpty {
            if milliseconds() - start > Int64(patience) { return nil }
            rest()
        }
        return milliseconds() - start
    }

    /// Waits until `count` marked processes run.
    func waitForProcesses(_ count: Int) throws {
        let due = milliseconds() + Int64(patience)
        while ProcessTable.living(marked: mark).count < count {
            try #require(milliseconds() < due, "\(count) processes run")
            rest()
        }
    }

    deinit {
        for process in ProcessTable.living(marked: mark) { kill(process, SIGKILL) }
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}

/// CLOCK_MONOTONIC.
func milliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

enum ProcessTable {
    /// Processes with the mark in their environment that are not dead.
    static func living(marked mark: String) -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        let wanted = Array("STDIO_PROBE_MARK=\(mark)".utf8)
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = pid_t(name), let environment = FileLink.contents(of: "/proc/\(name)/environ"),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(wanted) })
            else { continue }
            // A dead one that init has not taken yet has no environment any more, so it is not found.
            found.append(process)
        }
        return found
    }

    /// Field 5: the process group.
    static func group(of process: pid_t) -> pid_t? { getpgid(process) }
}

enum FileLink {
    static func target(of path: String) throws -> String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &bytes, bytes.count)
        try #require(count > 0)
        return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32768)
        let count = read(descriptor, &bytes, bytes.count)
        return count >= 0 ? Array(bytes.prefix(count)) : nil
    }
}

/// The pause between two looks at a condition.
func rest() { _ = poll(nil, 0, 2) }
