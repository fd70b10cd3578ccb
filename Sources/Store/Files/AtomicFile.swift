internal import Glibc
public import Platform

/// Writes a file so that its name holds either what was there before or all of the new bytes.
///
/// The bytes go to a file beside it, which is synced and then takes the name. Unless `commit` is called, it
/// goes with this value. A new file gets 0600, an existing one keeps its mode.
public final class AtomicFile {
    private let path: String
    private let temporary: String
    private let system: SystemCalls
    private let gzip: GzipWriter?
    private var descriptor: Int32?
    private var pending: [UInt8] = []
    private var isCommitted = false

    /// Bytes collected before they are written.
    private static let bufferSize = 256 << 10

    /// `compressing`: writes gzip; nil: when the path ends in `.gz`.
    public init(
        _ path: String, compressing: Bool? = nil, system: SystemCalls = SystemCalls()
    ) throws(StoreFailure) {
        // A link keeps pointing where it points: its target is replaced.
        self.path = AtomicFile.resolved(path)
        self.system = system
        temporary = "\(self.path).\(getpid())-\(system.boottime()).tmp"
        gzip = compressing ?? path.hasSuffix(".gz") ? try GzipWriter() : nil
        var facts = stat()
        let exists = system.status(self.path, &facts) >= 0
        if exists && facts.st_mode & S_IFMT != S_IFREG {
            throw StoreFailure(.refused, "cannot write \(path): it is not a regular file")
        }
        let opened = system.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw failure("create", opened) }
        descriptor = Int32(opened)
        if exists {
            let changed = system.changeMode(temporary, facts.st_mode & 0o777)
            guard changed >= 0 else { throw failure("set the permissions of", changed) }
        }
    }

    deinit {
        if let descriptor { _ = system.close(descriptor) }
        if !isCommitted { _ = system.unlink(temporary) }
    }

    /// Adds bytes.
    public func write(_ bytes: ArraySlice<UInt8>) throws(StoreFailure) {
        if let gzip { pending += gzip.push(bytes) } else { pending += bytes }
        if pending.count >= AtomicFile.bufferSize { try flush() }
    }

    /// Adds bytes.
    public func write(_ bytes: [UInt8]) throws(StoreFailure) { try write(bytes[...]) }

    /// Syncs the bytes and gives them the name.
    public func commit() throws(StoreFailure) {
        precondition(!isCommitted, "a file is committed once")
        if let gzip { pending += gzip.finish() }
        try flush()
        guard let descriptor else { return }
        let synced = system.syncFile(descriptor)
        guard synced >= 0 else { throw failure("sync", synced) }
        _ = system.close(descriptor)
        self.descriptor = nil
        let renamed = system.rename(temporary, path)
        guard renamed >= 0 else { throw failure("replace", renamed) }
        isCommitted = true
        syncDirectory()
    }

    /// The name itself survives a power loss only when its directory is synced; some file systems refuse
    /// that, and then nothing more can be done.
    private func syncDirectory() {
        let directory =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let opened = system.open(directory, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else { return }
        _ = system.syncFile(Int32(opened))
        _ = system.close(Int32(opened))
    }

    private func flush() throws(StoreFailure) {
        guard let descriptor else { return }
        var start = 0
        while start < pending.count {
            let count = pending.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return system.write(descriptor, base + start, bytes.count - start)
            }
            if count == -Int(EINTR) { continue }
            guard count >= 0 else { throw failure("write", count) }
            start += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func resolved(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    private func failure(_ verb: String, _ result: Int) -> StoreFailure {
        StoreFailure(cannot: verb, path, result)
    }
}
