import MCPSemantics
import Testing
import Wire

@testable import Recording

struct StatisticsTests {
    private let session = SampleSessions.session("aaaa", "github", start: 0, length: 60)

    private func add(
        _ exchanges: [Exchange], to statistics: inout Statistics, of session: SessionSummary? = nil
    ) {
        for operation in Operations.assembled(exchanges) {
            statistics.add(operation, of: session ?? self.session)
        }
    }

    @Test func `groups are tools, prompts and resources, but no ids`() {
        var statistics = Statistics()
        add(
            [
                Operations.exchange(1, "tools/call", "b", from: 0, to: 1),
                Operations.exchange(2, "tools/call", "a", from: 0, to: 2, outcome: .toolError),
                Operations.exchange(3, "tools/call", "a", from: 0, to: nil),
                Operations.exchange(4, "tasks/get", "task-1", from: 0, to: 1, outcome: .error),
                Operations.exchange(5, "tasks/get", "task-2", from: 0, to: nil, outcome: .cancelled),
                Operations.exchange(6, "roots/list", from: 0, to: 1, asker: .serverToClient),
                Operations.exchange(7, "tools/call", "a", from: 0, to: 9, outcome: .late),
            ], to: &statistics)
        #expect(
            statistics.rows.map(\.key?.label) == [
                "tools/call a", "tools/call b", "tasks/get", "(server) roots/list",
            ])
        let total = statistics.total
        #expect([total.count, total.errors, total.toolErrors, total.protocolErrors] == [7, 2, 1, 1])
        #expect([total.pending, total.neverAnswered, total.cancelled, total.late] == [1, 1, 1, 1])
        #expect([total.requestBytes, total.responseBytes, total.answered] == [70, 100, 5])
        #expect(statistics.other == nil)
        #expect(statistics.slowest.map(\.number).prefix(2) == [7, 2])
    }

    @Test func `what has no answer in a living session is in flight`() {
        var statistics = Statistics()
        var live = session
        live.isLive = true
        add([Operations.exchange(1, from: 0, to: nil)], to: &statistics, of: live)
        #expect([statistics.total.pending, statistics.total.neverAnswered] == [1, 0])
    }

    @Test func `a subscription is not cancelled and needs no answer`() {
        var statistics = Statistics()
        let listen = "subscriptions/listen"
        add(
            [
                Operations.exchange(1, listen, from: 0, to: nil),
                Operations.exchange(2, listen, from: 0, to: nil, outcome: .cancelled),
                Operations.exchange(3, listen, from: 0, to: 1, outcome: .error),
            ], to: &statistics)
        let total = statistics.total
        #expect([total.count, total.pending, total.neverAnswered, total.cancelled] == [3, 0, 0, 0])
        #expect(total.protocolErrors == 1)
    }

    @Test func `several things tell apart`() throws {
        var statistics = Statistics(by: try StatisticsGrouping(parsing: ["server,tool", "time:10s"]))
        var other = SampleSessions.session("bbbb", "fs", start: 12)
        other.state.revision = "2025-11-25"
        let exchanges = [
            Operations.exchange(1, "tools/call", "a", from: 0, to: 1),
            Operations.exchange(2, "tools/list", from: 11_000, to: 11_001),
        ]
        add(exchanges, to: &statistics)
        add(exchanges, to: &statistics, of: other)
        #expect(
            statistics.rows.map(\.key?.label) == [
                "2026-11-23T14:05:00Z github a", "2026-11-23T14:05:10Z fs a",
                "2026-11-23T14:05:10Z github (no tool)", "2026-11-23T14:05:20Z fs (no tool)",
            ])
        var byRevision = Statistics(by: StatisticsGrouping(dimensions: [.revision, .client]))
        add(exchanges, to: &byRevision)
        add(exchanges, to: &byRevision, of: other)
        #expect(
            byRevision.rows.map(\.key?.label) == [
                "(unknown client) (no revision)", "(unknown client) 2025-11-25",
            ])
    }

    @Test func `first events and the server's own time stand beside the duration`() {
        var statistics = Statistics()
        var streaming = Operations.exchange(1, "tools/call", "a", from: 0, to: 100)
        streaming.firstEventTime = Operations.time(5)
        add(
            [
                streaming,
                Operations.exchange(
                    2, "elicitation/create", from: 10, to: 80, asker: .serverToClient, parent: 1),
                Operations.exchange(3, "tools/call", "a", from: 200, to: 210),
            ], to: &statistics)
        let row = statistics.rows[0]
        #expect([row.duration.p50, row.duration.max].map { Operations.milliseconds($0) } == [10, 100])
        #expect([row.firstEvent.p50, row.firstEvent.max].map { Operations.milliseconds($0) } == [5, 10])
        #expect([row.server.p50, row.server.max].map { Operations.milliseconds($0) } == [10, 30])
        #expect(row.waited == [.person: 70_000_000])
        #expect(statistics.total.server.max == 70_000_000)
    }

    @Test func `beyond the limit the largest group is folded, and says so`() {
        var statistics = Statistics(valueLimit: 100)
        for number in 1...95 {
            add([Operations.exchange(number, "tools/call", "many", from: 0, to: 500)], to: &statistics)
        }
        for number in 96...106 {
            add([Operations.exchange(number, "tools/call", "few", from: 0, to: 7)], to: &statistics)
        }
        #expect(statistics.rows.map(\.isExact) == [false, true])
        #expect(statistics.rows.map(\.answered) == [95, 11])
        #expect(statistics.rows[1].duration.p50 == 7_000_000)
        #expect(!statistics.total.isExact && statistics.total.answered == 106)
        let notes = StatisticsTable(statistics).notes
        #expect(notes.last?.contains("from a histogram, within 0.8 %") == true)
        #expect(statistics.histogram.buckets.map(\.count).reduce(0, +) == 106)
    }

    @Test func `groups that do not fit are said`() {
        var statistics = Statistics()
        for index in 0..<(Statistics.groupLimit + 3) {
            add([Operations.exchange(1, "tools/call", "t\(index)", from: 0, to: 1)], to: &statistics)
        }
        #expect(statistics.rows.count == Statistics.groupLimit)
        #expect(statistics.other?.count == 3)
        #expect(statistics.total.count == Statistics.groupLimit + 3)
    }

    @Test func `the table shows what there is to show`() {
        var statistics = Statistics()
        add(
            [
                Operations.exchange(1, "tools/call", "a", from: 0, to: 10),
                Operations.exchange(2, "tools/call", "a", from: 20, to: 40, outcome: .error),
                Operations.exchange(3, "tools/list", from: 50, to: nil),
            ], to: &statistics)
        let table = StatisticsTable(statistics)
        #expect(
            table.cells == [
                ["", "COUNT", "ERR", "P50", "P90", "P95", "P99", "MAX", "ASKED", "ANSWERED"],
                [
                    "tools/call a", "2", "1 (50 %)", "10.0 ms", "20.0 ms", "20.0 ms", "20.0 ms", "20.0 ms",
                    "20 B", "40 B",
                ],
                ["tools/list", "1", "0", "-", "-", "-", "-", "-", "10 B", "0 B"],
                [
                    "all", "3", "1 (33 %)", "10.0 ms", "20.0 ms", "20.0 ms", "20.0 ms", "20.0 ms", "30 B",
                    "40 B",
                ],
            ])
        #expect(table.rowsWithErrors == [1, 3])
        #expect(table.notes == ["not plainly answered: 1 error (33 %), 1 never answered (33 %)"])
    }

    @Test(arguments: [
        (
            "metod",
            "--by metod: did you mean method? it takes server, client, method, tool, revision, time or time:5m"
        ),
        (
            "time:5",
            "--by time:5: a width stands behind time only, and is at least a millisecond, such as time:5m"
        ),
        (
            "tool:5m",
            "--by tool:5m: a width stands behind time only, and is at least a millisecond, such as time:5m"
        ),
        ("tool,tool", "--by says tool twice"),
    ])
    func `a grouping that cannot be read says what to type`(word: String, message: String) {
        #expect(throws: StatisticsGrouping.Failure(message: message)) {
            try StatisticsGrouping(parsing: [word])
        }
    }

    @Test func `buckets of time fit what is covered`() throws {
        let grouping = try StatisticsGrouping(parsing: ["time"])
        let second: Int64 = 1_000_000_000
        #expect(grouping.choosingBucket(for: 3 * second).bucket == second)
        #expect(grouping.choosingBucket(for: 3600 * second).bucket == 300 * second)
        #expect(grouping.choosingBucket(for: .max).bucket == 604_800 * second)
        #expect(try StatisticsGrouping(parsing: ["time:5m"]).choosingBucket(for: 0).bucket == 300 * second)
    }
}
