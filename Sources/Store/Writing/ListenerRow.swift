internal import Recording

/// What the store keeps of a listener: how far its journal is in the store, and its recorder's state there.
struct ListenerRow {
    let id: SessionID

    func read(_ database: Database) throws(StoreFailure) -> (position: UInt64, checkpoint: [UInt8])? {
        // A store of version 1, which a reader does not migrate, has no listeners.
        let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'listener'"
        guard try database.integer(table) == 1 else { return nil }
        let query = try database.statement("SELECT position, checkpoint FROM listener WHERE id = ?1")
        defer { query.reset() }
        query.bind(1, id.text)
        guard try query.step() else { return nil }
        return (UInt64(bitPattern: query.integer(0)), query.bytes(1))
    }

    /// Stores where the journal stands after `batch`. `position` is where it stood, as this writer knows: the
    /// journal's lock lets only one process write, and this notices when that went wrong.
    func write(_ batch: RecordBatch, after position: UInt64, to database: Database) throws(StoreFailure) {
        if let known = try read(database), known.position != position {
            throw StoreFailure(.io, "listener \(id.text) is written by another process too")
        }
        let insert = try database.statement(
            "INSERT OR REPLACE INTO listener (id, position, checkpoint) VALUES (?1, ?2, ?3)")
        insert.bind(1, id.text)
        insert.bind(2, Int64(bitPattern: batch.position))
        insert.bind(3, batch.checkpoint)
        try insert.run()
    }
}
