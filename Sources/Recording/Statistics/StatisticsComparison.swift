public import Wire

/// Two statistics side by side: what was, what is, and the shift.
public struct StatisticsComparison: Sendable {
    /// One line: a group that either side has.
    public struct Pair: Sendable {
        /// Nil for the total.
        public var key: StatisticsKey?
        public var before: Statistics.Row?
        public var after: Statistics.Row?
    }

    public let pairs: [Pair]
    public let total: Pair

    /// Both are of the same grouping. The rows are in the order of `after`, what only `before` has at the
    /// end.
    public init(before: Statistics, after: Statistics) {
        let old = Dictionary(uniqueKeysWithValues: before.rows.map { ($0.key, $0) })
        let new = after.rows
        let known = Set(new.map(\.key))
        pairs =
            new.map { Pair(key: $0.key, before: old[$0.key], after: $0) }
            + before.rows.filter { !known.contains($0.key) }.map { Pair(key: $0.key, before: $0, after: nil) }
        total = Pair(key: nil, before: before.total, after: after.total)
    }

    /// Answers that each side must have for a percentile to be told from chance: five beyond it.
    static func needed(for percent: Int) -> Int { (500 + 99 - percent) / (100 - percent) }
}

extension StatisticsComparison.Pair {
    /// A percentile of both sides and what can be said of its shift.
    public struct Shift: Sendable, Hashable {
        public var before: Int64?
        public var after: Int64?
        /// Either side has too few answers.
        public var isUncertain: Bool
        /// In per mille of `before`.
        public var change: Int64?
    }

    func shift(_ percent: Int, _ value: KeyPath<Percentiles, Int64?>) -> Shift {
        let (old, new) = (before?.duration[keyPath: value], after?.duration[keyPath: value])
        let fewest = min(before?.answered ?? 0, after?.answered ?? 0)
        var shift = Shift(
            before: old, after: new, isUncertain: fewest < StatisticsComparison.needed(for: percent))
        if let old, let new, old > 0 {
            shift.change = Int64((Double(new - old) / Double(old) * 1000).rounded())
        }
        return shift
    }

    /// p50, p95 and p99.
    public var shifts: [Shift] { [shift(50, \.p50), shift(95, \.p95), shift(99, \.p99)] }

    /// Whether the medians' 95 % intervals overlap, so that no shift can be told; nil with too few answers.
    public var medianIsSame: Bool? {
        guard let old = before?.medianInterval, let new = after?.medianInterval else { return nil }
        return old.overlaps(new)
    }
}

extension StatisticsComparison {
    /// The head, a row a group, and the total.
    public var table: [[String]] {
        var table = [["", "COUNT", "ERR", "P50", "Δ", "P95", "Δ", "P99", "Δ"]]
        for pair in pairs + [total] {
            var cells = [
                pair.key?.label ?? "all",
                StatisticsComparison.arrow(
                    HumanText.count(pair.before?.count ?? 0), HumanText.count(pair.after?.count ?? 0)),
                Self.arrow(Self.errorShare(pair.before), Self.errorShare(pair.after)),
            ]
            for (place, shift) in pair.shifts.enumerated() {
                cells.append(
                    StatisticsComparison.arrow(
                        StatisticsTable.time(shift.before), StatisticsTable.time(shift.after)))
                cells.append(
                    StatisticsComparison.change(shift, isSame: place == 0 && pair.medianIsSame == true))
            }
            table.append(cells)
        }
        return table
    }

    /// What the marks of `table` mean; nothing when there is none.
    public var notes: [String] {
        let all = pairs + [total]
        var notes: [String] = []
        if all.contains(where: { $0.shifts.contains { $0.change != nil && $0.isUncertain } }) {
            notes.append(
                "? too few answers to tell: p50 needs \(StatisticsComparison.needed(for: 50)) on each side, "
                    + "p95 \(StatisticsComparison.needed(for: 95)), p99 \(StatisticsComparison.needed(for: 99))"
            )
        }
        if all.contains(where: { $0.medianIsSame == true }) {
            notes.append("~ no shift that one can tell: the medians' 95 % intervals overlap")
        }
        return notes
    }

    private static func arrow(_ before: String, _ after: String) -> String { "\(before) → \(after)" }

    private static func errorShare(_ row: Statistics.Row?) -> String {
        row.map { StatisticsTable.share($0.errors, of: $0.count) } ?? "-"
    }

    /// `+16 %`, `+16 % ?`, `+2 % ~`, `×12`.
    private static func change(_ shift: Pair.Shift, isSame: Bool) -> String {
        guard let change = shift.change else { return "-" }
        let percent = (change.magnitude + 5) / 10
        var text = (change < 0 && percent > 0 ? "-" : "+") + "\(percent) %"
        if change >= 10_000 { text = "×\(change / 1000 + 1)" }
        if shift.isUncertain { return text + " ?" }
        return isSame ? text + " ~" : text
    }
}

extension JSONWriter {
    /// A pair of rows as an object: `before` and `after` are rows of `stats --json` or absent.
    public mutating func comparison(_ pair: StatisticsComparison.Pair, bucket: Int64 = 0) {
        object { json in
            json.member("row", "compare")
            json.member("total", pair.key == nil)
            if let key = pair.key { json.statistics(key, bucket: bucket) }
            for (name, row) in [("before", pair.before), ("after", pair.after)] {
                guard var row else { continue }
                row.key = nil
                json.member(name) { $0.statistics(row, kind: name) }
            }
            for (name, shift) in zip(["p50", "p95", "p99"], pair.shifts) {
                json.member("\(name)_change_permille", ifPresent: shift.change)
                json.member("\(name)_uncertain", shift.isUncertain)
            }
            if let isSame = pair.medianIsSame { json.member("p50_intervals_overlap", isSame) }
        }
    }
}
