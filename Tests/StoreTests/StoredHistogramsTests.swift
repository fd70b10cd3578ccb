import MCPSemantics
import Platform
import Recording
import Telemetry
import Testing
import Wire

@testable import Store

/// Rows that are remembered from one transaction to the next.
struct StoredHistogramsTests {
    private static let operations: Metric = "mcp_client_operation_duration_seconds"

    @Test func `processes that write in turns lose nothing of each other's`() throws {
        let place = TemporaryStore()
        var traffic: [SampleTraffic] = []
        var sinks: [StoreSink] = []
        for number in 1...2 {
            // One server, so that both add to the same rows.
            var description = SessionDescription.test(number)
            description.name = "server"
            sinks.append(try place.open().sink(for: description))
            traffic.append(SampleTraffic(seed: UInt64(number)))
        }
        let turns = [0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0]
        for (step, turn) in turns.enumerated() {
            let events = (0..<15).flatMap { _ in traffic[turn].next() }
            try sinks[turn].commit(events, position: UInt64(step + 1))
        }
        let metrics = try place.open(.read).metrics()
        let count = metrics.series(of: Self.operations).reduce(0) {
            $0 + metrics.histogram($1.metric, $1.labels).count
        }
        #expect(count == Int64(15 * turns.count))
        var bytes: Int64 = 0
        for lane in ["client_to_server", "server_to_client"] {
            let sizes = metrics.histogram("mcptape_message_size_bytes", [lane])
            let messages = metrics.series(of: "mcptape_messages_total").filter { $0.labels[1] == lane }
            #expect(sizes.count == messages.reduce(0) { $0 + metrics.number($1.metric, $1.labels) })
            #expect(sizes.sum == metrics.number("mcptape_message_bytes_total", ["server", lane]))
            bytes += sizes.sum
        }
        #expect(bytes > 0)
    }

    @Test func `a row is known only to the very next transaction`() {
        let series = MetricSet.Series(Self.operations, ["server", "ping", "", "", ""])
        let row = StoredHistograms.Row(labels: [], value: HistogramValue(boundCount: 17))
        var known = StoredHistograms()
        known.begin(7)
        known.keep(row, of: series)
        known.begin(8)
        #expect(known.row(of: series) === row, "it is added to in place")
        known.begin(10)
        #expect(known.row(of: series) == nil, "somebody else wrote the transaction between")
    }
}
