import Telemetry
import Testing

struct MetricSetTests {
    @Test func `a value falls into the first bucket whose bound it does not exceed`() {
        var set = MetricSet()
        for value: Int64 in [0, 256, 257, 16_777_216, 16_777_217, -4] {
            set.observe(value, in: "mcptape_message_size_bytes", ["client_to_server"])
        }
        let histogram = set.histogram("mcptape_message_size_bytes", ["client_to_server"])
        #expect(histogram.buckets == [3, 1, 0, 0, 0, 0, 0, 0, 1, 1])
        #expect(histogram.count == 6)
        #expect(histogram.sum == 256 + 257 + 16_777_216 + 16_777_217)
    }

    @Test func `merging adds`() {
        var one = MetricSet()
        one.add(1, to: "mcptape_cancelled_total", ["fs"])
        one.observe(5, in: "mcptape_message_size_bytes", ["client_to_server"])
        var sum = one
        sum.merge(one)
        #expect(sum.number("mcptape_cancelled_total", ["fs"]) == 2)
        #expect(sum.histogram("mcptape_message_size_bytes", ["client_to_server"]).count == 2)
        #expect(sum.servers == ["fs"])
    }

    @Test func `series that are known in advance are made for each server`() {
        var set = MetricSet()
        set.add(7, to: "mcptape_child_exits_total", ["fs", "signal"])
        set.addZeroes(of: [.traffic], servers: ["fs", "git"])
        #expect(set.number("mcptape_child_exits_total", ["fs", "signal"]) == 7)
        #expect(set.series(of: "mcptape_child_exits_total").count == 6)
        #expect(set.series(of: "mcptape_messages_total").count == 20)
        let rules = set.series(of: "mcptape_redactions_total").map { $0.labels[1] }
        #expect(Set(rules).isSuperset(of: ["key", "value:jwt", "custom"]))
        #expect(rules.count == 2 * Set(rules).count)
        #expect(set.series(of: "mcp_client_operation_duration_seconds").isEmpty)
        #expect(set.series(of: "mcptape_store_commits_total").isEmpty)
    }

    @Test func `zeros of many servers stay within the budget, and what alerts wait for is always there`() {
        let servers = (0..<LabelBudget.servers).map { "server-\($0 + 1000)" }
        var set = MetricSet()
        set.addZeroes(of: [.traffic, .store], servers: servers)
        #expect(set.values.count <= LabelBudget.series)
        #expect(set.series(of: "mcptape_gaps_total").count == 4 * servers.count)
        #expect(set.series(of: "mcptape_messages_total").count == 10 * servers.count)
        // All of a server or nothing, and the same servers at each scrape.
        let waits = set.series(of: "mcptape_wait_duration_seconds").map { $0.labels[0] }
        #expect(waits.count == 6 * Set(waits).count && !waits.isEmpty)
        #expect(Set(waits) == Set(set.series(of: "mcptape_redactions_total").map { $0.labels[0] }))
        #expect(Set(waits) == Set(servers.prefix(Set(waits).count)))
        // What counted already is there whatever the budget.
        set.add(1, to: "mcptape_redactions_total", ["server-1199", "key"])
        var again = set
        again.addZeroes(of: [.traffic, .store], servers: servers)
        #expect(again == set && again.number("mcptape_redactions_total", ["server-1199", "key"]) == 1)
    }
}
