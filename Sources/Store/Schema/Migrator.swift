/// Brings a database to the newest version that this program knows.
struct Migrator {
    var migrations: [Migration] = Schema.migrations

    /// What the `store` row says.
    struct Version: Equatable {
        var version: Int64
        var oldestWriter: Int64
    }

    /// The highest version this program can write.
    var newest: Int64 { migrations.last?.version ?? 0 }

    /// Nil for a database without tables. Throws for a file that is not ours.
    func version(of database: Database) throws(StoreFailure) -> Version? {
        var id = try database.integer("PRAGMA application_id")
        if id == 0 {
            if try database.integer("SELECT count(*) FROM sqlite_schema") == 0 { return nil }
            // Another process may have made the store between the two questions.
            id = try database.integer("PRAGMA application_id")
        }
        guard id == Schema.applicationID else {
            throw StoreFailure(
                .foreign, "\(database.path): an SQLite file, but not a store of mcptape; move it away first")
        }
        let query = try database.statement("SELECT version, oldest_writer FROM store WHERE one = 1")
        defer { query.reset() }
        guard try query.step() else {
            throw StoreFailure(
                .damaged, "\(database.path): the store's version row is missing; see mcptape doctor")
        }
        return Version(version: query.integer(0), oldestWriter: query.integer(1))
    }

    /// Throws when a program of our version must not touch the store any more.
    func check(_ found: Version, path: String) throws(StoreFailure) {
        guard found.oldestWriter <= newest else {
            throw StoreFailure(
                .newer,
                "\(path): store version \(found.version) needs a newer mcptape"
                    + " (it takes version \(found.oldestWriter) or later, this one knows \(newest));"
                    + " update mcptape"
            )
        }
    }

    /// Runs what is missing, inside the caller's write transaction. True when something changed.
    func migrate(_ database: Database) throws(StoreFailure) -> Bool {
        let found = try version(of: database)
        if let found { try check(found, path: database.path) }
        let missing = migrations.filter { $0.version > found?.version ?? 0 }
        guard !missing.isEmpty else { return false }
        for migration in missing {
            try database.execute(migration.sql)
            if migration.version == 1 {
                try database.execute("PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(
                    "INSERT INTO store (one, version, oldest_writer, revision) VALUES (1, 1, 1, 0)")
            }
            let oldest = migration.isBreaking ? ", oldest_writer = \(migration.version)" : ""
            try database.execute("UPDATE store SET version = \(migration.version)\(oldest)")
        }
        return true
    }
}
