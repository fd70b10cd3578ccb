internal import Glibc
public import Platform
internal import Recording

/// The directory with everything that was recorded on this machine.
///
/// Any number of processes, and of `Store` values within one, write and read it at the same time. One value
/// is used by one thread at a time.
public final class Store {
    /// What the opener means to do.
    public enum Access: Sendable {
        /// Makes the store when it is missing, and brings it to the newest version.
        case write
        /// Needs a store to be there; changes nothing in it.
        case read
    }

    public let directory: StoreDirectory
    public let access: Access
    /// What the sinks of this store prune by themselves; nil: nothing.
    public var retention: RetentionPolicy? = .standard
    /// Milliseconds to wait for the store's lock before a write fails as `busy`.
    public var lockLimit = 10_000
    /// Stretches that could not be read since the store was opened, oldest first.
    public internal(set) var damage: [Damage] = []

    let system: SystemCalls
    let database: Database
    let migrator: Migrator
    let cache = BlockCache()
    let deflate = Deflate()
    private var lock: WriteLock?
    /// Sessions that have a sink of this store and no end yet.
    var written: Set<SessionID> = []
    /// When imports look next whether something old must go: each look reads what is known of all sessions.
    var importRetention: (schedule: RetentionSchedule, bytes: Int)?
    /// What it knows of the metrics' rows.
    var histograms = StoredHistograms()
    /// What `changes` saw last.
    var seen: (dataVersion: Int64, revision: Int64)?
    /// Retention removed something since the log was last emptied.
    var hasPruned = false
    /// The index that was opened: device and inode.
    private let identity: [UInt64]?

    /// The write-ahead log is copied into the index when it is larger than this: enough that a burst costs
    /// one sync for many commits, little enough that a reader's search in it stays short.
    static let logLimit = 4 << 20
    /// Small pages: a block's last piece shares its page with little else, so half a page a block is lost.
    static let pageSize = 4096

    /// Where recovery finds journals: one file per session, which holds the path of its journal's directory.
    public var journalsDirectory: String { directory.journals }

    /// Opens the store in `path`.
    public static func open(
        _ path: String, access: Access, system: SystemCalls = SystemCalls()
    ) throws(StoreFailure) -> Store {
        try Store(path, access: access, system: system, migrator: Migrator())
    }

    init(_ path: String, access: Access, system: SystemCalls, migrator: Migrator) throws(StoreFailure) {
        self.system = system
        self.access = access
        self.migrator = migrator
        directory = StoreDirectory(path: path, system: system)
        if access == .write { try directory.prepare() } else { try directory.check() }
        guard access == .write || directory.exists(directory.index) else {
            throw StoreFailure(.missing, "\(path): there is no store here")
        }
        if access == .write { _ = try directory.create(directory.index) }
        for file in directory.files { _ = try directory.restrict(file) }
        // Looked at first: when it is replaced just then, it is opened anew later.
        identity = directory.identity(of: directory.index)
        database = try Database(path: directory.index)
        database.setBusyLimit(milliseconds: 10_000)
        let found: Migrator.Version?
        do throws(StoreFailure) {
            try configure()
            found = try migrator.version(of: database)
        } catch {
            throw directory.explained(error)
        }
        if let found { try migrator.check(found, path: directory.index) }
        if access == .write, found?.version ?? 0 < migrator.newest { try bringUp() }
        if access == .read {
            guard found != nil else { throw StoreFailure(.missing, "\(path): the store is empty") }
            try database.execute("PRAGMA query_only = ON")
        }
    }

    /// False once the index at its path is another one, or none: what is open then is read by nobody else.
    public var isInPlace: Bool { identity == directory.identity(of: directory.index) }

    /// Throws `newer` once another process has brought the store to a version that this program must not
    /// read. Cheap enough to ask before each question.
    public func checkVersion() throws(StoreFailure) {
        if let found = try migrator.version(of: database) {
            try migrator.check(found, path: directory.index)
        }
    }

    /// Whether this user may write it, as far as permissions say: nothing is tried.
    public var isWritable: Bool {
        Glibc.access(directory.index, W_OK) == 0 && Glibc.access(directory.path, W_OK | X_OK) == 0
    }

    private func configure() throws(StoreFailure) {
        try database.execute(
            """
            PRAGMA page_size = \(Store.pageSize);
            PRAGMA synchronous = NORMAL;
            PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            PRAGMA journal_size_limit = \(Store.logLimit);
            PRAGMA cache_size = -1024;
            """)
    }

    /// Creates the tables, or migrates them, under the lock.
    private func bringUp() throws(StoreFailure) {
        let lock = try writeLock()
        try lock.acquire(within: lockLimit)
        defer { lock.release() }
        if try database.integer("PRAGMA page_count") == 0 {
            try database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        }
        guard try database.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw StoreFailure(.io, "\(directory.index): SQLite cannot use a write-ahead log here")
        }
        try database.execute("BEGIN IMMEDIATE")
        do {
            _ = try migrator.migrate(database)
            try database.execute("COMMIT")
        } catch {
            rollBack()
            throw error
        }
        try checkpointWhenDue(after: 0)
    }

    private func writeLock() throws(StoreFailure) -> WriteLock {
        if let lock { return lock }
        let made = try WriteLock(in: directory)
        lock = made
        return made
    }

    // MARK: Transactions

    /// Runs `body` in one write transaction under the store's lock, after checking that we may still write.
    ///
    /// `body` gets the transaction's revision: a number that grows with each one.
    func writing<R>(_ body: (_ revision: Int64) throws(StoreFailure) -> R) throws(StoreFailure) -> R {
        precondition(access == .write, "a store opened for reading is not written")
        // Our own transactions do not change `data_version`.
        seen = nil
        try checkPlace()
        let lock = try writeLock()
        try lock.acquire(within: lockLimit)
        defer { lock.release() }
        let result: R
        do {
            try database.execute("BEGIN IMMEDIATE")
            let revision = try nextRevision()
            result = try body(revision)
            system.reached("store.beforeCommit")
            try database.execute("COMMIT")
            system.reached("store.afterCommit")
        } catch {
            rollBack()
            throw error
        }
        // What went into files without a name is nowhere.
        try checkPlace()
        // What is committed stays so when the copy into the index fails; the next commit tries it again.
        try? checkpointWhenDue(after: Store.logLimit)
        return result
    }

    /// SQLite goes on writing an index that was removed, and nobody would ever read it.
    private func checkPlace() throws(StoreFailure) {
        guard directory.isGone(directory.index, identity) else { return }
        throw StoreFailure(
            .missing,
            "\(directory.path): the store was removed or replaced while it was open; what was in it is gone, "
                + "and what comes goes to the one that is there, or to a new one")
    }

    private func nextRevision() throws(StoreFailure) -> Int64 {
        guard let found = try migrator.version(of: database) else {
            throw StoreFailure(.damaged, "\(directory.index): the store lost its tables")
        }
        try migrator.check(found, path: directory.index)
        let update = try database.statement(
            "UPDATE store SET revision = revision + 1 WHERE one = 1 RETURNING revision")
        defer { update.reset() }
        guard try update.step() else {
            throw StoreFailure(.damaged, "\(directory.index): the store's version row is missing")
        }
        let revision = update.integer(0)
        _ = try update.step()
        return revision
    }

    private func rollBack() {
        // SQLite has rolled back by itself after some failures; then there is nothing left to undo.
        if database.isInTransaction { try? database.execute("ROLLBACK") }
    }

    private func checkpointWhenDue(after limit: Int) throws(StoreFailure) {
        guard database.logPages * Store.pageSize > limit else { return }
        try database.checkpoint(truncating: false)
    }

    /// Copies the whole write-ahead log into the index and empties it.
    public func checkpoint() throws(StoreFailure) {
        try locked { () throws(StoreFailure) in try database.checkpoint(truncating: true) }
    }

    /// Runs `body` under the store's lock, and copies the log into the index when it has grown.
    func locked(_ body: () throws(StoreFailure) -> Void) throws(StoreFailure) {
        let lock = try writeLock()
        try lock.acquire(within: lockLimit)
        defer { lock.release() }
        try body()
        try checkpointWhenDue(after: Store.logLimit)
    }

    /// Runs `body` on one snapshot. Held for one page of results at most.
    func reading<R>(_ body: () throws(StoreFailure) -> R) throws(StoreFailure) -> R {
        if database.isInTransaction { return try body() }
        try database.execute("BEGIN")
        do {
            let result = try body()
            try database.execute("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }
}
