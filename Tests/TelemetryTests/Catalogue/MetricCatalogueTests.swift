import Telemetry
import Testing

struct MetricCatalogueTests {
    /// What `promtool check metrics` asks for, and what OpenMetrics demands.
    @Test func `every row keeps the rules of names`() {
        var names: Set<String> = []
        for row in MetricCatalogue.all {
            #expect(names.insert(row.name).inserted, "\(row.name) is there twice")
            #expect(row.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
            #expect((row.kind == .counter) == row.name.hasSuffix("_total"), "\(row.name)")
            let base = row.kind == .counter ? String(row.name.dropLast("_total".count)) : row.name
            #expect(row.name.hasPrefix("mcp") || row.group == .process || row.name == "target_info")
            #expect(row.unit == .none || base.hasSuffix("_" + row.unit.rawValue), "\(row.name)")
            #expect(!row.help.isEmpty && !row.help.hasSuffix("."), "\(row.name)")
            #expect(Set(row.labels.map(\.name)).count == row.labels.count, "\(row.name)")
            #expect(row.labels.allSatisfy { $0.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil })
            #expect((row.kind == .histogram) != row.bounds.isEmpty, "\(row.name)")
            #expect(row.bounds == Set(row.bounds).sorted() && row.bounds.allSatisfy { $0 > 0 })
            for suffix in ["_bucket", "_count", "_sum", "_created"] { #expect(!base.hasSuffix(suffix)) }
        }
    }

    @Test func `rows of one name are one family in OpenMetrics too`() {
        let families = MetricCatalogue.all.map {
            $0.kind == .counter ? String($0.name.dropLast("_total".count)) : $0.name
        }
        #expect(Set(families).count == families.count)
    }

    @Test func `target_info is the first`() {
        #expect(MetricCatalogue.all.first?.name == "target_info")
    }

    @Test func `bounds are kept exactly`() throws {
        let row = try #require(MetricCatalogue.definition(named: "mcp_client_operation_duration_seconds"))
        #expect(
            row.shownBounds
                == [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300])
        #expect(row.bounds.first == 1_000_000 && row.bounds.last == 300_000_000_000)
        #expect(Metric(named: "mcptape_none") == nil)
    }
}
