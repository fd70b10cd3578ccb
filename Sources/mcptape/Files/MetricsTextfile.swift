import Glibc
import Platform

/// A file of metrics that node_exporter reads: replaced as a whole, readable by others.
///
/// Several processes may write one. Each holds an advisory lock on the file's directory while it reads what
/// it is about to write and renames, so a later file never holds less than an earlier one; and nothing is
/// left beside it. Not synced: after a power loss it is written anew.
struct MetricsTextfile: Sendable {
    /// Absolute.
    let path: String
    private let system: SystemCalls

    /// Others hold the lock for as long as it takes to read a store's rows.
    private static let attempts = 50
    private static let interval: UInt32 = 10_000

    init(_ path: String, system: SystemCalls) {
        self.path = StoreLocation.followed(path)
        self.system = system
    }

    private var directory: String {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Replaces the file by what `content` answers, which is asked under the lock.
    func write(_ content: () throws -> [UInt8]) throws {
        var facts = stat()
        if system.status(path, &facts) >= 0, facts.st_mode & S_IFMT != S_IFREG {
            throw Failure(Failure.refused, "\(path) is not a regular file")
        }
        let lock = try locked()
        defer { _ = system.close(lock) }
        let bytes = try content()
        let temporary = "\(path).\(getpid())-\(system.boottime()).tmp"
        let opened = system.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
        guard opened >= 0 else { throw failure("create", temporary, opened) }
        do {
            // Whatever the umask: the collector is another user.
            let changed = system.changeMode(temporary, 0o644)
            guard changed >= 0 else { throw failure("set the permissions of", temporary, changed) }
            try write(bytes, to: Int32(opened))
            let renamed = system.rename(temporary, path)
            guard renamed >= 0 else { throw failure("replace", path, renamed) }
        } catch {
            _ = system.close(Int32(opened))
            _ = system.unlink(temporary)
            throw error
        }
        _ = system.close(Int32(opened))
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return system.write(descriptor, base + start, buffer.count - start)
            }
            if count == -Int(EINTR) { continue }
            guard count > 0 else { throw failure("write", path, count) }
            start += count
        }
    }

    private func locked() throws -> Int32 {
        let opened = system.open(directory, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else { throw failure("open", directory, opened) }
        for _ in 0..<Self.attempts {
            let status = system.lock(Int32(opened), LOCK_EX | LOCK_NB)
            if status >= 0 { return Int32(opened) }
            guard status == -Int(EWOULDBLOCK) || status == -Int(EINTR) else {
                _ = system.close(Int32(opened))
                throw failure("lock", directory, status)
            }
            usleep(Self.interval)
        }
        _ = system.close(Int32(opened))
        throw Failure(Failure.io, "another process has held the lock of \(directory) for too long")
    }

    private func failure(_ verb: String, _ path: String, _ result: Int) -> Failure {
        Failure(
            Failure.io,
            "cannot \(verb) \(path): \(String(cString: strerror(Int32(truncatingIfNeeded: -result))))")
    }
}
