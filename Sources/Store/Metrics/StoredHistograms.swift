internal import Telemetry

/// The rows of histograms that the newest transaction of this store value wrote, as they are now.
///
/// A session adds to the same few rows in each commit; reading one and making sense of it costs as much as
/// writing it.
struct StoredHistograms {
    /// The transaction after which they are so.
    private var revision: Int64?
    private var rows: [MetricSet.Series: Row] = [:]

    /// A class, so that it is added to in place.
    final class Row {
        /// As the table has them.
        let labels: [UInt8]
        var value: HistogramValue

        init(labels: [UInt8], value: HistogramValue) {
            self.labels = labels
            self.value = value
        }
    }

    /// Rows that are remembered at most, some 1 KiB each: those of a server with many tools.
    private static let memory = 256

    /// Says which transaction begins: each of any process has the next number, so when somebody else's came
    /// in between nothing is known any more.
    mutating func begin(_ revision: Int64) {
        if self.revision != revision - 1 || rows.count > StoredHistograms.memory { rows = [:] }
        self.revision = revision
    }

    /// A row that is known; nil: it must be read.
    func row(of series: MetricSet.Series) -> Row? { rows[series] }

    /// Keeps a row that was read, and is written next.
    mutating func keep(_ row: Row, of series: MetricSet.Series) { rows[series] = row }
}
