import Glibc
import Journal
import Platform
import Telemetry

/// A file of metrics that node_exporter reads: replaced as a whole, readable by others.
///
/// Several processes may write one of a store. Each holds an advisory lock on the file's directory while it
/// reads what it is about to write and renames, so a later file never holds less than an earlier one; and
/// nothing is left beside it. Of figures of one process it has one writer, which holds a lock on it for as
/// long as it lives. Not synced: after a power loss it is written anew.
struct MetricsTextfile: Sendable {
    /// Absolute.
    let path: String
    private let owner: TextfileContent.Owner
    private let system: SystemCalls
    /// Used under the directory's lock alone.
    private let kept: Guarded<Kept>

    /// Between two writes.
    private struct Kept: Sendable {
        var hold: Hold?
        var neighbours: TextfileNeighbours
    }

    /// A lock on the file itself, of its one writer.
    private final class Hold: Sendable {
        let descriptor: Int32
        private let system: SystemCalls

        init(_ descriptor: Int32, _ system: SystemCalls) {
            self.descriptor = descriptor
            self.system = system
        }

        deinit { _ = system.close(descriptor) }
    }

    /// Others hold the lock for as long as it takes to read a store's rows.
    private static let attempts = 50
    private static let interval: UInt32 = 10_000

    init(_ path: String, of owner: TextfileContent.Owner, system: SystemCalls) {
        self.path = StoreLocation.followed(path)
        self.owner = owner
        self.system = system
        kept = Guarded(Kept(neighbours: TextfileNeighbours(of: self.path, owner: owner, system: system)))
    }

    private var directory: String {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Replaces the file by what `content` answers, which is asked under the lock.
    ///
    /// Answers what to tell the operator when another file of the directory holds the same series; once.
    func write(_ content: () throws -> [UInt8]) throws -> String? {
        var facts = stat()
        if system.status(path, &facts) >= 0, facts.st_mode & S_IFMT != S_IFREG {
            throw Failure(Failure.refused, "\(path) is not a regular file")
        }
        let lock = try locked()
        defer { _ = system.close(lock) }
        var kept = kept.with { $0 }
        try checkOwner(kept.hold)
        let bytes = Array(owner.line.utf8) + (try content())
        if let hold = try replace(by: bytes) { kept.hold = hold }
        let advice = kept.neighbours.look(beside: bytes)
        self.kept.with { $0 = kept }
        return advice
    }

    /// Refuses what somebody else writes: the two would replace each other's figures for ever.
    private func checkOwner(_ hold: Hold?) throws {
        let opened = system.open(path, O_RDONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return }
        defer { _ = system.close(Int32(opened)) }
        var facts = stat()
        var own = stat()
        if let hold, fstat(hold.descriptor, &own) == 0, fstat(Int32(opened), &facts) == 0,
            own.st_dev == facts.st_dev, own.st_ino == facts.st_ino
        {
            return
        }
        switch TextfileContent.Owner(of: TextfileNeighbours.bytes(Int32(opened), limit: 128, system)) {
        case nil: return
        case .process:
            let status = system.lock(Int32(opened), LOCK_EX | LOCK_NB)
            guard status == -Int(EWOULDBLOCK) else { return }
            throw Failure(
                Failure.refused,
                "\(path) is written by another process, which counts for itself alone; give each a file of "
                    + "its own, and each file a label of its own with --textfile-label")
        case .store(let digest) where owner == .store(digest): return
        case .store:
            throw Failure(
                Failure.refused,
                "\(path) holds the metrics of another store, or with another --textfile-label; give each a "
                    + "file of its own, or remove this one when nothing else writes it any more")
        }
    }

    /// Answers the lock on the new file, where it has one writer.
    private func replace(by bytes: [UInt8]) throws -> Hold? {
        let temporary = "\(path).\(getpid())-\(system.boottime()).tmp"
        let opened = system.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
        guard opened >= 0 else { throw failure("create", temporary, opened) }
        let hold = Hold(Int32(opened), system)
        do {
            // Whatever the umask: the collector is another user.
            let changed = system.changeMode(temporary, 0o644)
            guard changed >= 0 else { throw failure("set the permissions of", temporary, changed) }
            try write(bytes, to: hold.descriptor)
            // Before others see it. Where the file system has no locks nobody is told of a second writer.
            if owner == .process { _ = system.lock(hold.descriptor, LOCK_EX | LOCK_NB) }
            let renamed = system.rename(temporary, path)
            guard renamed >= 0 else { throw failure("replace", path, renamed) }
        } catch {
            _ = system.unlink(temporary)
            throw error
        }
        return owner == .process ? hold : nil
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
