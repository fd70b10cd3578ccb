import MCPSemantics
import Testing
import Wire

@testable import Recording

struct LatencySummaryTests {
    private func exchange(
        _ method: String, _ name: String? = nil, milliseconds: Int64?, outcome: Exchange.Outcome = .ok,
        asker: Direction = .clientToServer
    ) -> Exchange {
        var exchange = Exchange(
            number: 1, asker: asker, id: RequestID("1"), method: method, name: name, era: .legacy,
            requestSequence: 1,
            requestTime: .zero, requestSize: 10)
        exchange.responseTime = milliseconds.map { Timestamp(nanoseconds: $0 * 1_000_000) }
        exchange.responseSize = milliseconds == nil ? 0 : 20
        exchange.outcome = outcome
        return exchange
    }

    @Test func `percentiles are exact, by nearest rank`() {
        var summary = LatencySummary()
        for value in (1...100).shuffled() {
            summary.add(exchange("tools/call", "a", milliseconds: Int64(value)))
        }
        let row = summary.rows[0]
        #expect([row.p50, row.p90, row.p99, row.max] == [50_000_000, 90_000_000, 99_000_000, 100_000_000])
        #expect(LatencySummary.percentile(50, of: [7]) == 7)
        #expect(LatencySummary.percentile(99, of: []) == nil)
    }

    @Test func `groups are tools, prompts and resources, but no ids`() {
        var summary = LatencySummary()
        summary.add(exchange("tools/call", "b", milliseconds: 1))
        summary.add(exchange("tools/call", "a", milliseconds: 2, outcome: .toolError))
        summary.add(exchange("tools/call", "a", milliseconds: nil, outcome: .pending))
        summary.add(exchange("tasks/get", "task-1", milliseconds: 1, outcome: .error))
        summary.add(exchange("tasks/get", "task-2", milliseconds: nil, outcome: .cancelled))
        summary.add(exchange("roots/list", milliseconds: 1, asker: .serverToClient))
        #expect(
            summary.rows.map { [$0.group?.method, $0.group?.name] } == [
                ["tools/call", "a"], ["tools/call", "b"], ["tasks/get", nil], ["roots/list", nil],
            ])
        let total = summary.total
        #expect(
            [total.count, total.errors, total.toolErrors, total.pending, total.cancelled] == [6, 2, 1, 1, 1])
        #expect([total.requestBytes, total.responseBytes] == [60, 80])
        #expect(summary.other == nil)
    }

    @Test func `what does not fit is said`() {
        var summary = LatencySummary()
        for index in 0..<(LatencySummary.groupLimit + 3) {
            summary.add(exchange("tools/call", "t\(index)", milliseconds: 1))
        }
        #expect(summary.rows.count == LatencySummary.groupLimit)
        #expect(summary.other?.count == 3)
        #expect(summary.total.count == LatencySummary.groupLimit + 3)
    }
}
