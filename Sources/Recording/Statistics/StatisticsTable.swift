/// Statistics as rows of cells, for eyes.
public struct StatisticsTable: Sendable, Equatable {
    /// The head, then a row a group. All columns but the first are numbers.
    public private(set) var cells: [[String]]
    /// Rows whose errors are worth a colour.
    public private(set) var rowsWithErrors: Set<Int> = []
    /// What a reader must know of the figures, a line each.
    public private(set) var notes: [String] = []

    /// Columns that would say nothing new are left out: the time to the first event and the server's own
    /// where both are the whole.
    public init(_ statistics: Statistics) {
        let groups = statistics.rows
        let total = statistics.total
        let hasEvents = groups.contains { $0.firstEvent != $0.duration }
        let hasWaits = groups.contains { $0.server != $0.duration }
        var head = ["", "COUNT", "ERR", "P50", "P90", "P95", "P99", "MAX"]
        if hasEvents { head.append("FIRST P50") }
        if hasWaits { head += ["SERVER P50", "WAITED"] }
        cells = [head + ["ASKED", "ANSWERED"]]
        var rows = groups.map { (row: $0, label: $0.key?.label ?? "") }
        if let other = statistics.other { rows.append((other, "(further groups)")) }
        rows.append((total, "all"))
        for (row, label) in rows {
            if row.errors > 0 { rowsWithErrors.insert(cells.count) }
            var line = [label, HumanText.count(row.count), StatisticsTable.errors(row)]
            line += StatisticsTable.times(row.duration)
            if hasEvents { line.append(StatisticsTable.time(row.firstEvent.p50)) }
            if hasWaits {
                let waited = row.waited.values.reduce(0, +)
                line += [
                    StatisticsTable.time(row.server.p50), waited > 0 ? StatisticsTable.time(waited) : "-",
                ]
            }
            cells.append(line + [HumanText.size(row.requestBytes), HumanText.size(row.responseBytes)])
        }
        note(groups + (statistics.other.map { [$0] } ?? []), total)
    }

    private mutating func note(_ groups: [Statistics.Row], _ total: Statistics.Row) {
        if let text = StatisticsTable.failures(total) { notes.append(text) }
        if total.rounds > total.count {
            notes.append(
                "\(HumanText.counted(total.count, "operation")) in \(HumanText.count(total.rounds)) exchanges: "
                    + "the rounds of one operation count once")
        }
        let folded = groups.filter { !$0.isExact }
        if !folded.isEmpty {
            notes.append(
                "percentiles of \(HumanText.counted(folded.count, "row")) with very many answers are from a "
                    + "histogram, within 0.8 %; the others are exact")
        }
    }

    /// `3 (2.1 %)`: how many failed, and of how many.
    private static func errors(_ row: Statistics.Row) -> String {
        guard row.errors > 0, row.count > 0 else { return "0" }
        return "\(HumanText.count(row.errors)) (\(share(row.errors, of: row.count)))"
    }

    /// In per cent, rounded: `2.1 %`, `34 %`. What is not all is never 100 %, and what is there never 0 %.
    static func share(_ part: Int, of whole: Int) -> String {
        guard part > 0, whole > 0 else { return "0 %" }
        let percent = Double(part) * 100 / Double(whole)
        let tenths = Int((percent * 10).rounded())
        if tenths == 0 { return "< 0.1 %" }
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10) %" }
        let full = Int(percent.rounded())
        return full == 100 && part < whole ? "> 99 %" : "\(full) %"
    }

    private static func failures(_ total: Statistics.Row) -> String? {
        let kinds: [(count: Int, text: String)] = [
            (total.protocolErrors, "error"), (total.toolErrors, "tool error"),
            (total.cancelled, "cancelled"), (total.late, "answered late, after they were cancelled"),
            (total.neverAnswered, "never answered"), (total.pending - total.neverAnswered, "in flight"),
        ]
        let told = kinds.filter { $0.count > 0 }
        guard !told.isEmpty else { return nil }
        return "not plainly answered: "
            + told.map { "\(HumanText.count($0.count)) \($0.text) (\(share($0.count, of: total.count)))" }
            .joined(separator: ", ")
    }

    private static func times(_ values: Percentiles) -> [String] {
        [values.p50, values.p90, values.p95, values.p99, values.max].map { time($0) }
    }

    static func time(_ value: Int64?) -> String { value.map { HumanText.duration(nanoseconds: $0) } ?? "-" }
}
