internal import Telemetry
internal import Wire

/// Counters and histograms as rows, which live as long as the store does.
enum MetricRows {
    /// Adds to the rows, inside the caller's write transaction.
    static func add(
        _ metrics: MetricSet, to database: Database, knowing known: inout StoredHistograms
    ) throws(StoreFailure) {
        // A commit touches some fourteen rows: the statements are looked up once.
        let upsert = try database.statement(
            """
            INSERT INTO counter (metric, labels, value) VALUES (?1, ?2, ?3)
            ON CONFLICT (metric, labels) DO UPDATE SET value = value + excluded.value
            """)
        let insert = try database.statement(
            """
            INSERT OR REPLACE INTO histogram (metric, labels, sum, buckets, exemplars)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """)
        for (series, value) in metrics.values {
            switch value {
            case .number(let amount) where series.metric.definition.kind == .counter && amount != 0:
                upsert.bind(1, series.metric.definition.name)
                upsert.bindText(2, text(of: series.labels))
                upsert.bind(3, amount)
                try upsert.run()
            case .number: continue
            case .histogram(let values):
                let row: StoredHistograms.Row
                if let remembered = known.row(of: series) {
                    row = remembered
                } else {
                    row = try stored(series, in: database)
                    known.keep(row, of: series)
                }
                row.value.add(values)
                try write(row, of: series, insert)
            }
        }
    }

    private static func write(
        _ row: StoredHistograms.Row, of series: MetricSet.Series, _ insert: Statement
    ) throws(StoreFailure) {
        var buckets = StateWriter(reserving: 64)
        for count in row.value.buckets { buckets.int(count) }
        insert.bind(1, series.metric.definition.name)
        insert.bindText(2, row.labels)
        insert.bind(3, row.value.sum)
        insert.bind(4, buckets.bytes)
        let examples = bytes(of: row.value.exemplars)
        if !examples.isEmpty { insert.bind(5, examples) }
        try insert.run()
    }

    /// A histogram's row; without values when there is none, or it cannot be read.
    private static func stored(
        _ series: MetricSet.Series, in database: Database
    ) throws(StoreFailure) -> StoredHistograms.Row {
        let count = series.metric.definition.bounds.count
        let row = StoredHistograms.Row(
            labels: text(of: series.labels), value: HistogramValue(boundCount: count))
        let query = try database.statement(
            "SELECT sum, buckets, exemplars FROM histogram WHERE metric = ?1 AND labels = ?2")
        defer { query.reset() }
        query.bind(1, series.metric.definition.name)
        query.bindText(2, row.labels)
        if try query.step(), let found = value(query.integer(0), query.bytes(1), count: count + 1) {
            row.value = found
            if !query.isNull(2) { row.value.exemplars = exemplars(query.bytes(2)) }
        }
        return row
    }

    /// All rows whose metric this program knows; a later version may have others.
    static func read(_ database: Database) throws(StoreFailure) -> MetricSet {
        var metrics = MetricSet()
        let counters = try database.statement("SELECT metric, labels, value FROM counter")
        defer { counters.reset() }
        while try counters.step() {
            guard let metric = Metric(named: counters.text(0)), metric.definition.kind == .counter,
                let labels = labels(counters.textBytes(1), of: metric)
            else { continue }
            metrics.add(counters.integer(2), to: metric, labels)
        }
        // A store that no newer program has written yet.
        let hasExemplars =
            try database.integer(
                "SELECT count(*) FROM pragma_table_info('histogram') WHERE name = 'exemplars'") == 1
        let histograms = try database.statement(
            "SELECT metric, labels, sum, buckets, \(hasExemplars ? "exemplars" : "NULL") FROM histogram")
        defer { histograms.reset() }
        while try histograms.step() {
            guard let metric = Metric(named: histograms.text(0)), metric.definition.kind == .histogram,
                let labels = labels(histograms.textBytes(1), of: metric),
                var value = value(
                    histograms.integer(2), histograms.bytes(3), count: metric.definition.bounds.count + 1)
            else { continue }
            if !histograms.isNull(4) { value.exemplars = exemplars(histograms.bytes(4)) }
            metrics.add(value, to: metric, labels)
        }
        return metrics
    }

    /// Label values as a JSON array: text of any kind, and those of one server stand together.
    static func text(of labels: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.strings(labels)
        return json.bytes
    }

    private static func labels(_ text: [UInt8], of metric: Metric) -> [String]? {
        guard let root = JSONTree(text[...])?.root, root.kind == .array else { return nil }
        let labels = root.children.compactMap(\.stringValue)
        return labels.count == metric.definition.labels.count ? labels : nil
    }

    private static func value(_ sum: Int64, _ bytes: [UInt8], count: Int) -> HistogramValue? {
        var reader = StateReader(bytes)
        var buckets: [Int64] = []
        while !reader.isAtEnd, let count = try? reader.int(Int64.self) { buckets.append(count) }
        return buckets.count == count && reader.isAtEnd ? HistogramValue(buckets: buckets, sum: sum) : nil
    }

    // MARK: Exemplars

    private static let exemplarVersion = 1

    private static func bytes(of exemplars: [Int: Exemplar]) -> [UInt8] {
        guard !exemplars.isEmpty else { return [] }
        var state = StateWriter(reserving: 16 + 56 * exemplars.count)
        state.int(exemplarVersion)
        state.int(exemplars.count)
        for bucket in exemplars.keys.sorted() {
            guard let exemplar = exemplars[bucket] else { continue }
            state.int(bucket)
            state.int(exemplar.traceHigh)
            state.int(exemplar.traceLow)
            state.int(exemplar.span)
            state.int(exemplar.value)
            state.int(exemplar.time ?? 0)
        }
        return state.bytes
    }

    /// None when they cannot be read: they are an aid, and counts go without.
    private static func exemplars(_ bytes: [UInt8]) -> [Int: Exemplar] {
        var state = StateReader(bytes)
        var found: [Int: Exemplar] = [:]
        do throws(StateReader.Failure) {
            guard try state.int(Int.self) == exemplarVersion else { return [:] }
            let entries = try state.array(limit: 256) {
                (state: inout StateReader) throws(StateReader.Failure) -> (Int, Exemplar) in
                (
                    try state.int(),
                    Exemplar(
                        traceHigh: try state.int(), traceLow: try state.int(), span: try state.int(),
                        value: try state.int(), time: try state.int())
                )
            }
            for (bucket, exemplar) in entries { found[bucket] = exemplar }
        } catch {
            return [:]
        }
        return found
    }
}
