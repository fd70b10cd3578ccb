/// The tables of a store and how they came to be.
///
/// A migration is numbered by the version it leads to and never changes once released. An additive one only
/// adds tables, columns with defaults, indexes, or triggers, and old processes go on writing; a breaking one
/// raises `oldest_writer`. A step that gives an index table another shape copies it to a new one and drops
/// the old, inside the same transaction; blocks are never copied.
struct Migration: Sendable {
    var version: Int64
    var isBreaking: Bool
    var sql: String
}

enum Schema {
    /// `mtap`: what `file` and `PRAGMA application_id` show.
    static let applicationID: Int64 = 0x6d74_6170

    static let migrations: [Migration] = [
        Migration(version: 1, isBreaking: true, sql: version1),
        Migration(version: 2, isBreaking: false, sql: version2),
        Migration(version: 3, isBreaking: false, sql: version3),
        Migration(version: 4, isBreaking: false, sql: version4),
        Migration(version: 5, isBreaking: false, sql: version5),
        Migration(version: 6, isBreaking: false, sql: version6),
    ]

    /// How far each signal was exported: neither waits for the other. What a program of version 5 noted stood
    /// for both, and so does what one notes that still runs: else all of it would be sent again by the next.
    private static let version6 = """
        CREATE TABLE export_position (
            signal TEXT NOT NULL,
            session INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            resume INTEGER NOT NULL,
            exchange INTEGER NOT NULL,
            done INTEGER NOT NULL,
            PRIMARY KEY (signal, session)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE export_signal (
            signal TEXT PRIMARY KEY,
            since INTEGER NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        INSERT INTO export_position
        SELECT 'traces', session, sequence, resume, exchange, done FROM export_cursor;
        INSERT INTO export_position
        SELECT 'logs', session, sequence, resume, exchange, done FROM export_cursor;
        INSERT INTO export_signal SELECT 'traces', since, revision FROM export_progress;
        INSERT INTO export_signal SELECT 'logs', since, revision FROM export_progress;

        CREATE TRIGGER export_cursor_inserted AFTER INSERT ON export_cursor
        BEGIN \(version6Position) END;
        CREATE TRIGGER export_cursor_updated AFTER UPDATE ON export_cursor
        BEGIN \(version6Position) END;
        CREATE TRIGGER export_progress_inserted AFTER INSERT ON export_progress
        BEGIN \(version6Signal) END;
        CREATE TRIGGER export_progress_updated AFTER UPDATE ON export_progress
        BEGIN \(version6Signal) END;
        """

    /// A signal that is further than the older program stays there.
    private static let version6Position = """
        INSERT INTO export_position (signal, session, sequence, resume, exchange, done)
        VALUES ('traces', NEW.session, NEW.sequence, NEW.resume, NEW.exchange, NEW.done),
            ('logs', NEW.session, NEW.sequence, NEW.resume, NEW.exchange, NEW.done)
        ON CONFLICT (signal, session) DO UPDATE SET sequence = excluded.sequence,
            resume = excluded.resume, exchange = excluded.exchange, done = excluded.done
        WHERE (excluded.done, excluded.sequence, excluded.exchange) > (done, sequence, exchange);
        """

    private static let version6Signal = """
        INSERT INTO export_signal (signal, since, revision)
        VALUES ('traces', NEW.since, NEW.revision), ('logs', NEW.since, NEW.revision)
        ON CONFLICT (signal) DO UPDATE SET revision = max(revision, excluded.revision);
        """

    /// The newest exchange of each bucket: a program of version 4 that replaces a row leaves NULL. And since
    /// when the counters count, at the latest: the start of the oldest session of a store that is older.
    private static let version5 = """
        ALTER TABLE histogram ADD COLUMN exemplars BLOB;

        ALTER TABLE store ADD COLUMN metrics_since INTEGER;
        UPDATE store SET metrics_since = coalesce(
            (SELECT min(started) FROM session), CAST(strftime('%s', 'now') AS INTEGER) * 1000000000);
        """

    /// Metrics. A program of version 2 that replaces a `recovery` row leaves `meter` NULL, which tells that
    /// what it stored is not counted.
    private static let version3 = """
        CREATE TABLE counter (
            metric TEXT NOT NULL,
            labels TEXT NOT NULL,
            value INTEGER NOT NULL,
            PRIMARY KEY (metric, labels)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE histogram (
            metric TEXT NOT NULL,
            labels TEXT NOT NULL,
            sum INTEGER NOT NULL,
            buckets BLOB NOT NULL,
            PRIMARY KEY (metric, labels)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE label_value (
            server TEXT NOT NULL,
            label TEXT NOT NULL,
            value TEXT NOT NULL,
            admitted INTEGER NOT NULL,
            PRIMARY KEY (server, label, value)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE recovery ADD COLUMN meter BLOB;
        CREATE INDEX session_open ON session (number) WHERE ended IS NULL;
        """

    /// How far each session was exported to a collector, and since when the store is.
    private static let version4 = """
        CREATE TABLE export_cursor (
            session INTEGER PRIMARY KEY,
            sequence INTEGER NOT NULL,
            resume INTEGER NOT NULL,
            exchange INTEGER NOT NULL,
            done INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE export_progress (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            since INTEGER NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT;
        """

    /// HTTP: the status of exchanges, and listeners, which record many sessions through one journal.
    private static let version2 = """
        ALTER TABLE exchange ADD COLUMN http_status INTEGER;

        CREATE TABLE listener (
            id TEXT PRIMARY KEY,
            position INTEGER NOT NULL,
            checkpoint BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let version1 = """
        CREATE TABLE store (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            version INTEGER NOT NULL,
            oldest_writer INTEGER NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE session (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            started INTEGER NOT NULL,
            touched INTEGER NOT NULL,
            ended INTEGER,
            kept INTEGER NOT NULL DEFAULT 0,
            head_lost_before INTEGER,
            revision INTEGER NOT NULL,
            description TEXT NOT NULL,
            state TEXT NOT NULL
        ) STRICT;
        CREATE INDEX session_revision ON session (revision);
        CREATE INDEX session_started ON session (started);

        CREATE TABLE recovery (
            session INTEGER PRIMARY KEY,
            position INTEGER NOT NULL,
            checkpoint BLOB NOT NULL
        ) STRICT;

        CREATE TABLE exchange (
            session INTEGER NOT NULL,
            number INTEGER NOT NULL,
            asker INTEGER NOT NULL,
            era INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            id TEXT NOT NULL,
            method TEXT NOT NULL,
            name TEXT,
            request INTEGER NOT NULL,
            response_after INTEGER,
            time INTEGER NOT NULL,
            first_event_after INTEGER,
            response_time_after INTEGER,
            request_size INTEGER NOT NULL,
            response_size INTEGER NOT NULL,
            progress INTEGER NOT NULL,
            error_code TEXT,
            error_message TEXT,
            result_type TEXT,
            parent INTEGER,
            chain INTEGER,
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE exchange_group (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            session INTEGER NOT NULL,
            place INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            size INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX exchange_group_place ON exchange_group (session, place);

        CREATE TABLE gap (
            session INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            from_time INTEGER NOT NULL,
            to_time INTEGER NOT NULL,
            c2s INTEGER NOT NULL,
            s2c INTEGER NOT NULL,
            stderr INTEGER NOT NULL,
            c2s_lines INTEGER NOT NULL,
            s2c_lines INTEGER NOT NULL,
            cut_lanes INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            PRIMARY KEY (session, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE chapter (
            session INTEGER NOT NULL,
            number INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            touched INTEGER NOT NULL,
            stored INTEGER NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE block (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            session INTEGER NOT NULL,
            chapter INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            time INTEGER NOT NULL,
            sealed INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            size INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX block_place ON block (session, first);

        CREATE TABLE body (
            session INTEGER NOT NULL,
            body INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (session, body)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE part (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            session INTEGER NOT NULL,
            body INTEGER NOT NULL,
            part INTEGER NOT NULL,
            codec INTEGER NOT NULL,
            size INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX part_place ON part (session, body, part);
        """
}
