internal import Telemetry

/// Which labels may be series, decided over all processes and sessions of the store.
///
/// Used inside a write transaction only, whose lock makes the budgets exact. What was admitted stays so, and
/// is remembered here; the sink keeps that only when the transaction succeeded.
struct StoredLabels: LabelRegister {
    private var database: Database?
    private var admitted: Set<Place> = []
    /// What the batch under way advertises, and has no series.
    private var fresh: Set<Place> = []
    /// Series that have a row.
    private var known: Set<MetricSet.Series> = []

    private struct Place: Hashable {
        var server: String
        var label: String
        var value: String
    }

    /// Names and series that are remembered at most; then all are looked up again.
    private static let memory = 4096

    /// For one transaction.
    func attached(to database: Database) -> StoredLabels {
        var labels = self
        labels.database = database
        return labels
    }

    /// What it learned, for the next transaction.
    var detached: StoredLabels {
        var labels = self
        labels.database = nil
        if admitted.count > StoredLabels.memory { labels.admitted = [] }
        if known.count > StoredLabels.memory { labels.known = [] }
        return labels
    }

    mutating func beginBatch() { fresh = [] }

    mutating func admits(server: String) throws(StoreFailure) -> Bool {
        let place = Place(server: "", label: "server", value: server)
        return try admits(place, limit: LabelBudget.servers, unasked: true)
    }

    mutating func advertise(_ name: String, as label: String, of server: String) throws(StoreFailure) {
        let place = Place(server: server, label: label, value: name)
        guard !admitted.contains(place), !fresh.contains(place) else { return }
        switch try state(of: place) {
        case nil:
            if try count(place, admitted: 0) >= LabelBudget.advertisedOfServer {
                guard try makeRoom(for: place) else { return }
            }
            try put(place, admitted: 0)
        case 0: break
        default: return
        }
        fresh.insert(place)
    }

    mutating func admits(
        _ name: String, as label: String, of server: String
    ) throws(StoreFailure) -> Bool {
        let place = Place(server: server, label: label, value: name)
        return try admits(place, limit: LabelBudget.namesOfServer, unasked: false)
    }

    mutating func admits(_ series: MetricSet.Series) throws(StoreFailure) -> Bool {
        if known.contains(series) { return true }
        let name = series.metric.definition.name
        let query = try attached().statement("SELECT 1 FROM histogram WHERE metric = ?1 AND labels = ?2")
        var exists = false
        do {
            defer { query.reset() }
            query.bind(1, name)
            query.bindText(2, MetricRows.text(of: series.labels))
            exists = try query.step()
        }
        if !exists {
            guard try hasRoom(), try hasRoom(for: series, name) else { return false }
        }
        known.insert(series)
        return true
    }

    // MARK: Rows

    private func hasRoom() throws(StoreFailure) -> Bool {
        let count = try attached().integer(
            "SELECT (SELECT count(*) FROM counter) + (SELECT count(*) FROM histogram)")
        return (count ?? 0) < LabelBudget.series
    }

    private func hasRoom(for series: MetricSet.Series, _ name: String) throws(StoreFailure) -> Bool {
        // Labels begin with the server: `["fs",`. A comma is followed by no byte above `#` but in order.
        let start = MetricRows.text(of: [series.labels.first ?? ""]).dropLast() + [UInt8(ascii: ",")]
        let end = start.dropLast() + [UInt8(ascii: ",") + 1]
        let query = try attached().statement(
            "SELECT count(*) FROM histogram WHERE metric = ?1 AND labels >= ?2 AND labels < ?3")
        defer { query.reset() }
        query.bind(1, name)
        query.bindText(2, Array(start))
        query.bindText(3, Array(end))
        return try query.step() && query.int(0) < LabelBudget.seriesOfServer
    }

    private mutating func admits(
        _ place: Place, limit: Int, unasked: Bool
    ) throws(StoreFailure) -> Bool {
        if admitted.contains(place) { return true }
        let state = try state(of: place)
        if state != 1 {
            guard unasked || state == 0, try count(place, admitted: 1) < limit else { return false }
            try put(place, admitted: 1)
        }
        admitted.insert(place)
        fresh.remove(place)
        return true
    }

    /// Forgets what earlier batches advertised and nobody used, so that a server that changes its tools over
    /// the years is not left with the first ones. False when there is nothing of the kind.
    private func makeRoom(for place: Place) throws(StoreFailure) -> Bool {
        let kept = fresh.filter { $0.server == place.server && $0.label == place.label }
        let query = try attached().statement(
            "SELECT count(*) FROM label_value WHERE server = ?1 AND label = ?2 AND admitted = 0")
        do {
            defer { query.reset() }
            query.bind(1, place.server)
            query.bind(2, place.label)
            guard try query.step(), query.int(0) > kept.count else { return false }
        }
        let removal = try attached().statement(
            "DELETE FROM label_value WHERE server = ?1 AND label = ?2 AND admitted = 0")
        removal.bind(1, place.server)
        removal.bind(2, place.label)
        try removal.run()
        for place in kept { try put(place, admitted: 0) }
        return true
    }

    /// 1: admitted; 0: advertised; nil: unknown.
    private func state(of place: Place) throws(StoreFailure) -> Int64? {
        let query = try attached().statement(
            "SELECT admitted FROM label_value WHERE server = ?1 AND label = ?2 AND value = ?3")
        defer { query.reset() }
        query.bind(1, place.server)
        query.bind(2, place.label)
        query.bind(3, place.value)
        return try query.step() ? query.integer(0) : nil
    }

    /// How many of the server's names are in that state; those that are admitted are advertised too.
    private func count(_ place: Place, admitted: Int64) throws(StoreFailure) -> Int {
        let query = try attached().statement(
            "SELECT count(*) FROM label_value WHERE server = ?1 AND label = ?2 AND admitted >= ?3")
        defer { query.reset() }
        query.bind(1, place.server)
        query.bind(2, place.label)
        query.bind(3, admitted)
        return try query.step() ? query.int(0) : 0
    }

    private func put(_ place: Place, admitted: Int64) throws(StoreFailure) {
        let insert = try attached().statement(
            "INSERT OR REPLACE INTO label_value (server, label, value, admitted) VALUES (?1, ?2, ?3, ?4)")
        insert.bind(1, place.server)
        insert.bind(2, place.label)
        insert.bind(3, place.value)
        insert.bind(4, admitted)
        try insert.run()
    }

    private func attached() -> Database {
        guard let database else { preconditionFailure("labels are asked for outside a transaction") }
        return database
    }
}
