internal import Glibc
public import Platform

/// The directory that holds a store: what may be there, and with which permissions.
///
/// *Shape*: `index.sqlite` (with `-wal` and `-shm`) is the database, `write.lock` the advisory lock of all
/// writers, `export.lock` and `export-logs.lock` those of who exports its traces and logs,
/// `redaction.key` the key of placeholders, `journals/` one file per live or unrecovered session that
/// names its journal's directory.
public struct StoreDirectory: Sendable {
    public let path: String
    let system: SystemCalls

    public init(path: String, system: SystemCalls) {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        self.path = path.isEmpty ? "." : path
        self.system = system
    }

    public var index: String { path + "/index.sqlite" }
    public var lock: String { path + "/write.lock" }
    /// Held by the process that exports the signal of the store to a collector.
    func exportLock(of signal: Store.ExportSignal) -> String {
        switch signal {
        case .traces: path + "/export.lock"
        case .logs: path + "/export-logs.lock"
        }
    }
    public var journals: String { path + "/journals" }

    /// Every file that SQLite or we make beside the index.
    var files: [String] {
        [index, index + "-wal", index + "-shm", lock, RedactionKey.path(ofStore: path)]
            + Store.ExportSignal.allCases.map { exportLock(of: $0) }
    }

    /// Makes the directory and its parents where they are missing (0700), then checks it.
    func prepare() throws(StoreFailure) {
        try makeDirectory(path)
        try check()
        try makeDirectory(journals)
        _ = try restrict(journals)
    }

    /// Refuses what cannot hold a store safely; closes what is open to others' eyes.
    func check() throws(StoreFailure) {
        try refuseUnsafe()
        _ = try restrict(path + "/.")
    }

    private func refuseUnsafe() throws(StoreFailure) {
        // With a trailing dot a symbolic link to the directory is followed.
        let facts = try status(path + "/.")
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw StoreFailure(.foreign, "\(path): not a directory")
        }
        let user = geteuid()
        if facts.st_mode & 0o022 != 0 {
            throw StoreFailure(
                .refused,
                "\(path): others may write in this directory, so its content proves nothing;"
                    + " chmod 700 it first"
            )
        }
        guard facts.st_uid == user || user == 0 else {
            throw StoreFailure(.refused, "\(path): belongs to user \(facts.st_uid), not to us (\(user))")
        }
        if let network = NetworkFileSystem.name(of: path, system: system) {
            throw StoreFailure(
                .refused,
                "\(path): lies on a network file system (\(network)), where SQLite's shared memory"
                    + " does not work; give a local directory with --store")
        }
    }

    /// Takes from others what they may do with `path`; true when something changed. A missing one is fine.
    func restrict(_ path: String) throws(StoreFailure) -> Bool {
        var facts = stat()
        let found = system.status(path, &facts)
        if found == -Int(ENOENT) { return false }
        guard found >= 0 else { throw StoreFailure(cannot: "look at", path, found) }
        guard facts.st_mode & 0o077 != 0 else { return false }
        let changed = system.changeMode(path, facts.st_mode & 0o7700)
        guard changed >= 0 else { throw StoreFailure(cannot: "set the permissions of", path, changed) }
        return true
    }

    /// Creates `path` empty with 0600, whatever the umask; true when it was not there.
    func create(_ path: String) throws(StoreFailure) -> Bool {
        let made = system.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        if made == -Int(EEXIST) { return false }
        guard made >= 0 else { throw StoreFailure(cannot: "create", path, made) }
        _ = system.close(Int32(made))
        let changed = system.changeMode(path, 0o600)
        guard changed >= 0 else { throw StoreFailure(cannot: "set the permissions of", path, changed) }
        return true
    }

    func exists(_ path: String) -> Bool {
        var facts = stat()
        return system.status(path, &facts) >= 0
    }

    /// Device and inode of what is at `path`, or nil when there is nothing.
    func identity(of path: String) -> [UInt64]? {
        var facts = stat()
        return system.status(path, &facts) >= 0 ? [UInt64(facts.st_dev), UInt64(facts.st_ino)] : nil
    }

    /// Whether what was at `path` is known to be there no more; `identity` is what it had.
    func isGone(_ path: String, _ identity: [UInt64]?) -> Bool {
        guard let identity else { return false }
        var facts = stat()
        let result = system.status(path, &facts)
        if result >= 0 { return [UInt64(facts.st_dev), UInt64(facts.st_ino)] != identity }
        return result == -Int(ENOENT) || result == -Int(ENOTDIR)
    }

    func status(_ path: String) throws(StoreFailure) -> stat {
        var facts = stat()
        let result = system.status(path, &facts)
        if result == -Int(ENOENT) { throw StoreFailure(.missing, "\(self.path): there is no store here") }
        guard result >= 0 else { throw StoreFailure(cannot: "look at", path, result) }
        return facts
    }

    /// What SQLite said of the index, with what to do where it cannot read what may not be written.
    ///
    /// A reader of a write-ahead log needs the file of its shared memory, and makes it when it is missing.
    /// Source: SQLite, wal.html, "Read-Only Databases".
    func explained(_ failure: StoreFailure) -> StoreFailure {
        guard failure.kind == .refused, !exists(index + "-shm") else { return failure }
        return StoreFailure(
            .refused,
            "\(failure.message): it is read with \(index)-shm, which is missing and may not be made here; "
                + "run mcptape doctor where the store may be written, or copy the directory to such a place")
    }

    /// What the file system has free, or nil when it does not say.
    func freeSpace() -> FileSystemFacts? {
        var facts = FileSystemFacts()
        return system.fileSystem(path, &facts) >= 0 ? facts : nil
    }

    private func makeDirectory(_ path: String) throws(StoreFailure) {
        var result = system.makeDirectory(path, 0o700)
        if result == -Int(ENOENT), let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]))
            result = system.makeDirectory(path, 0o700)
        }
        guard result >= 0 || result == -Int(EEXIST) else {
            throw StoreFailure(cannot: "create", path, result)
        }
    }
}
