internal import CSQLite

/// One connection to an SQLite file; used by one thread at a time.
final class Database {
    let path: String
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// Pages in the write-ahead log after the newest commit of this connection.
    private(set) var logPages = 0

    init(path: String) throws(StoreFailure) {
        self.path = path
        var opened: OpaquePointer?
        // The connection never crosses threads while in use, so SQLite's own mutexes are left out.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened else { throw StoreFailure(.io, "\(path): SQLite found no memory") }
        guard status == SQLITE_OK else {
            let failure = Database.failure(status, of: opened, path: path, doing: "open")
            sqlite3_close_v2(opened)
            throw failure
        }
        handle = opened
        _ = csqlite_keep_log_on_close(handle)
        // This also takes the place of SQLite's own automatic checkpoint, which is such a hook and would run
        // outside the store's lock; `PRAGMA wal_autocheckpoint` would take ours away again.
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, context)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Milliseconds that SQLite waits for a lock that another program holds on the file itself.
    func setBusyLimit(milliseconds: Int) { sqlite3_busy_timeout(handle, Int32(clamping: milliseconds)) }

    /// Frees the pages that are cached; they are read again when they are needed.
    func rest() { sqlite3_db_release_memory(handle) }

    var changes: Int { Int(sqlite3_changes64(handle)) }
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs one or several statements without results.
    func execute(_ sql: String) throws(StoreFailure) {
        let status = sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw failure(status, doing: sql) }
    }

    /// The prepared statement for `sql`, reset and without bindings; prepared once, then kept.
    ///
    /// The texts are constants of this module, so the cache is as large as the source.
    func statement(_ sql: String) throws(StoreFailure) -> Statement {
        if let known = statements[sql] {
            known.reset()
            return known
        }
        var prepared: OpaquePointer?
        let status = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard status == SQLITE_OK, let prepared else { throw failure(status, doing: sql) }
        let statement = Statement(prepared, of: self)
        statements[sql] = statement
        return statement
    }

    /// The first column of the first row as an integer, or nil without a row.
    func integer(_ sql: String) throws(StoreFailure) -> Int64? {
        let query = try statement(sql)
        defer { query.reset() }
        return try query.step() ? query.integer(0) : nil
    }

    /// The first column of the first row as text, or nil without a row.
    func text(_ sql: String) throws(StoreFailure) -> String? {
        let query = try statement(sql)
        defer { query.reset() }
        return try query.step() ? query.text(0) : nil
    }

    /// Copies committed pages from the log into the file.
    func checkpoint(truncating: Bool) throws(StoreFailure) {
        let mode = truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        let status = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        // Busy: a reader is on an old page. The log stays and the next holder of the lock tries again.
        guard status == SQLITE_OK || status & 0xff == SQLITE_BUSY else {
            throw failure(status, doing: "checkpoint")
        }
        if truncating && status == SQLITE_OK { logPages = 0 }
    }

    func failure(_ status: Int32, doing: String) -> StoreFailure {
        Database.failure(status, of: handle, path: path, doing: doing)
    }

    private static func failure(
        _ status: Int32, of handle: OpaquePointer, path: String, doing: String
    ) -> StoreFailure {
        let reason = String(cString: sqlite3_errmsg(handle))
        switch status & 0xff {
        case SQLITE_FULL:
            return StoreFailure(
                .full, "\(path): no space left (\(reason)); free some, or lower retention.size")
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StoreFailure(.busy, "\(path): another program holds the database (\(reason))")
        case SQLITE_NOTADB:
            return StoreFailure(.foreign, "\(path): not an SQLite file; move it away to start a new store")
        case SQLITE_CORRUPT:
            return StoreFailure(.damaged, "\(path): \(reason); see mcptape doctor")
        case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN:
            return StoreFailure(.refused, "\(path): \(reason)")
        default:
            let system = sqlite3_system_errno(handle)
            if system == 28 /* ENOSPC */ {
                return StoreFailure(.full, "\(path): no space left on the file system")
            }
            let first = doing.split(separator: "\n").first.map(String.init) ?? doing
            return StoreFailure(.io, "\(path): \(reason) (SQLite \(status), errno \(system)) at: \(first)")
        }
    }
}
