internal import Glibc
internal import MCPSemantics
internal import Platform
internal import Recording
public import Telemetry

extension Store {
    /// The metrics of all traffic that was ever recorded into this store, and how the store stands.
    ///
    /// Reads rows of metrics and of open sessions, never messages or exchanges: its cost follows the number
    /// of series. `policy` is what retention keeps to here.
    /// A store that no program with metrics has written yet tells only how it stands.
    public func metrics(_ policy: RetentionPolicy? = nil) throws(StoreFailure) -> MetricSet {
        var metrics = try reading { () throws(StoreFailure) in
            var metrics = MetricSet()
            if try hasMetrics() {
                metrics = try MetricRows.read(database)
                try addOpenSessions(to: &metrics)
            }
            metrics.set(
                "mcptape_store_sessions", to: try database.integer("SELECT count(*) FROM session") ?? 0)
            metrics.set("mcptape_store_bytes", to: try usedBytes())
            return metrics
        }
        if let facts = directory.freeSpace() {
            metrics.set("mcptape_store_free_bytes", to: Int64(clamping: facts.available))
        }
        if let policy {
            if let size = policy.size { metrics.set("mcptape_store_limit_bytes", to: size) }
            if let floor = freeFloor(policy) { metrics.set("mcptape_store_free_floor_bytes", to: floor) }
        }
        addJournals(to: &metrics)
        metrics.addZeroes(of: [.traffic, .store], servers: metrics.servers.sorted())
        return metrics
    }

    /// Since when the counters count, nanoseconds since 1970; nil while no program that says so wrote here.
    public func metricsSince() throws(StoreFailure) -> Int64? {
        let hasColumn = try database.integer(
            "SELECT count(*) FROM pragma_table_info('store') WHERE name = 'metrics_since'")
        return hasColumn == 1 ? try database.integer("SELECT metrics_since FROM store") : nil
    }

    private func hasMetrics() throws(StoreFailure) -> Bool {
        try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'histogram'") == 1
    }

    /// Sessions without an end whose recorder runs.
    private func addOpenSessions(to metrics: inout MetricSet) throws(StoreFailure) {
        var live: [SessionID: Bool] = [:]
        let servers = metrics.servers
        let query = try database.statement(
            """
            SELECT s.id, s.description, r.meter FROM session s LEFT JOIN recovery r ON r.session = s.number
            WHERE s.ended IS NULL
            """)
        defer { query.reset() }
        for series in metrics.series(of: "mcptape_sessions_total") {
            metrics.add(0, to: "mcptape_sessions_active", series.labels)
        }
        metrics.addOperationsNotInFlight()
        while try query.step() {
            guard let description = SessionDescription(json: query.textBytes(1)[...]) else { continue }
            let recorded = description.listener ?? SessionID(query.text(0))
            let isLive = live[recorded] ?? isBeingRecorded(recorded)
            live[recorded] = isLive
            let server = servers.contains(description.name) ? description.name : MetricCatalogue.other
            metrics.add(
                isLive ? 1 : 0, to: "mcptape_sessions_active",
                [server, MetricCatalogue.label(ofTransport: description)])
            guard isLive, !query.isNull(2), let meter = SessionMeter(checkpoint: query.bytes(2)) else {
                continue
            }
            for (method, count) in meter.operationsInFlight {
                metrics.add(Int64(count), to: "mcptape_operations_in_flight", [server, method])
            }
        }
    }

    private func addJournals(to metrics: inout MetricSet) {
        var recording: Int64 = 0
        var orphaned: Int64 = 0
        var bytes: Int64 = 0
        for name in names(in: journalsDirectory) {
            if isBeingRecorded(SessionID(name)) { recording += 1 } else { orphaned += 1 }
            guard let path = Store.firstLine(of: journalsDirectory + "/" + name, system: system) else {
                continue
            }
            for file in names(in: path) {
                var facts = stat()
                if lstat(path + "/" + file, &facts) == 0 { bytes += Int64(facts.st_blocks) * 512 }
            }
        }
        metrics.set("mcptape_journals", ["recording"], to: recording)
        metrics.set("mcptape_journals", ["orphaned"], to: orphaned)
        metrics.set("mcptape_journal_bytes", to: bytes)
    }

    private func names(in path: String) -> [String] {
        var names: [String] = []
        // What cannot be read holds nothing that is known.
        guard system.entries(path, &names) >= 0 else { return [] }
        return names.filter { !$0.hasPrefix(".") }
    }
}
