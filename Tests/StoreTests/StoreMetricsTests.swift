import Glibc
import MCPSemantics
import Platform
import Recording
import Telemetry
import Testing
import Wire

@testable import Store

struct StoreMetricsTests {
    private func batches(_ count: Int, seed: UInt64 = 3) -> [[RecordedEvent]] {
        var traffic = SampleTraffic(seed: seed)
        return (0..<count).map { _ in (0..<15).flatMap { _ in traffic.next() } }
    }

    /// What traffic adds, without how the store itself fared and what is true for the moment.
    private func traffic(_ metrics: MetricSet) -> MetricSet {
        var rest = metrics
        for series in metrics.values.keys {
            let row = series.metric.definition
            if row.group != .traffic || row.kind == .gauge { rest.remove(series) }
        }
        return rest
    }

    /// The same of what the store holds, measured anew.
    private func measured(_ store: Store) throws -> MetricSet {
        var meter = RecordingMeter()
        for session in try store.sessions().reversed() { try meter.add(session, from: store) }
        var metrics = meter.metrics
        metrics.addZeroes(of: [.traffic], servers: metrics.servers.sorted())
        return traffic(metrics)
    }

    @Test func `rows tell what the recording tells, whoever wrote which batch`() throws {
        let place = TemporaryStore()
        let batches = batches(6)
        for (index, batch) in batches.enumerated() {
            // Each batch by another process.
            let sink = try place.open().sink(for: .test(1))
            try sink.commit(batch, position: UInt64(index + 1), ending: index == batches.count - 1)
        }
        let store = try place.open(.read)
        let metrics = try store.metrics()
        #expect(try traffic(metrics) == measured(store))
        #expect(metrics.number("mcptape_sessions_total", ["server1", "stdio"]) == 1)
        #expect(metrics.number("mcptape_store_commits_total") == 6)
        #expect(metrics.number("mcptape_store_sessions") == 1)
        #expect(metrics.number("mcptape_store_raw_bytes_total") > 0)
        #expect(
            metrics.number("mcptape_store_raw_bytes_total")
                > metrics.number("mcptape_store_compressed_bytes_total"))
    }

    @Test func `an end counts once, though batches follow it`() throws {
        let place = TemporaryStore()
        let sink = try place.open().sink(for: .test(1))
        try sink.commit(batches(1)[0], position: 1)
        try sink.commit([], position: 2, ending: true)
        // What the journal could not hold is taken after what it held, and tells of nothing more, mostly.
        try sink.commit([], position: 2, ending: true)
        try place.open().sink(for: .test(1)).commit([], position: 2, ending: true)
        let store = try place.open(.read)
        #expect(try traffic(store.metrics()) == measured(store))
    }

    @Test func `how long bytes stayed with the proxies is summed over processes`() throws {
        let place = TemporaryStore()
        for session in 1...2 {
            let description = SessionDescription.test(session)
            var batch = RecordBatch(
                sessions: [
                    SessionRecords(
                        description: description, events: [], state: SessionState(), checkpoint: [])
                ], position: 1, checkpoint: [])
            var lane = ForwardingTimes.Lane()
            lane.counts[0] = 3
            lane.counts[ForwardingTimes.bucketCount - 1] = UInt64(session)
            lane.total = 1_000_000_000
            batch.forwardingTimes = ForwardingTimes(serverToClient: lane)
            try place.open().sink(for: description).commit(batch)
        }
        let metrics = try place.open(.read).metrics()
        let value = metrics.histogram("mcptape_overhead_seconds", ["server_to_client"])
        #expect(value.buckets == [6] + Array(repeating: 0, count: ForwardingTimes.bucketCount - 2) + [3])
        #expect(value.sum == 2_000_000_000)
        #expect(metrics.histogram("mcptape_overhead_seconds", ["client_to_server"]).count == 0)
    }

    @Test(arguments: [ENOSPC, EIO])
    func `a transaction that fails counts nothing, and counts once when it succeeds`(error: Int32) throws {
        let batches = batches(2)
        for step in 1... {
            let place = TemporaryStore()
            let faults = Faults(failing: step, with: error)
            var store: Store?
            var sink: StoreSink?
            var done = 0
            for _ in 0..<10 where done < batches.count {
                do {
                    if store == nil { store = try place.open(system: faults.system) }
                    if sink == nil { sink = try store?.sink(for: .test(1)) }
                    try sink?.commit(batches[done], position: UInt64(done + 1))
                    done += 1
                } catch {
                    #expect(faults.hasFired)
                }
            }
            let reader = try place.open(.read)
            #expect(try traffic(reader.metrics()) == measured(reader), "step \(step)")
            #expect(try reader.metrics().number("mcptape_store_commits_total") == 2, "step \(step)")
            if !faults.hasFired { break }
        }
    }

    @Test func `what is removed stays counted, what is imported is not counted`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try store.sink(for: .test(1)).commit(batches(1)[0], position: 1, ending: true)
        let before = try traffic(store.metrics())
        let other = TemporaryStore()
        let copy = try other.open()
        defer { withExtendedLifetime((place, other)) {} }
        try copy.importSession(SessionDescription.test(1).id, from: store)
        #expect(try copy.sessions().count == 1)
        #expect(try copy.metrics().servers.isEmpty)
        #expect(try copy.metrics().number("mcptape_store_commits_total") == 0)
        #expect(try store.remove(SessionDescription.test(1).id) != nil)
        #expect(try traffic(store.metrics()) == before)
        #expect(try store.metrics().number("mcptape_store_sessions") == 0)
        _ = try store.prune(RetentionPolicy(age: 0, size: 0, free: nil), dryRun: false)
        #expect(try traffic(store.metrics()) == before)
    }

    @Test func `what an older program recorded in between is not counted, and nothing is counted twice`()
        throws
    {
        let place = TemporaryStore()
        let batches = batches(3)
        try place.open().sink(for: .test(1)).commit(batches[0], position: 1)
        let store = try place.open()
        let before = try traffic(store.metrics())
        try store.sink(for: .test(1)).commit(batches[1], position: 2)
        // Version 2 knows no column for the meter, nor rows.
        try store.database.execute(
            """
            INSERT OR REPLACE INTO recovery (session, position, checkpoint)
                SELECT session, position, checkpoint FROM recovery;
            DELETE FROM counter; DELETE FROM histogram;
            """)
        let sink = try store.sink(for: .test(1))
        try sink.commit(batches[2], position: 3, ending: true)
        let after = try traffic(store.metrics())
        let requests: [String] = ["server1", "client_to_server", "request"]
        #expect(before.number("mcptape_messages_total", requests) == 15)
        #expect(after.number("mcptape_messages_total", requests) == 15)
        #expect(after.number("mcptape_sessions_total", ["server1", "stdio"]) == 0)
    }

    @Test func `the budget of names is one for all processes of a store`() throws {
        let place = TemporaryStore()
        for number in 1...3 {
            var description = SessionDescription.test(number)
            description.name = "server"
            var recorder = Recorder(session: description)
            var events: [RecordedEvent] = []
            func say(_ line: String, _ lane: Lane) {
                recorder.observe(
                    .bytes(Array((line + "\n").utf8)[...], on: lane, at: .zero), into: &events)
            }
            let names = (0..<60).map { "tool\(number)-\($0)" }
            say(#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#, .clientToServer)
            let list = names.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
            say(#"{"jsonrpc":"2.0","id":0,"result":{"tools":[\#(list)]}}"#, .serverToClient)
            for (id, name) in names.enumerated() {
                say(
                    #"{"jsonrpc":"2.0","id":\#(id + 1),"method":"tools/call","params":{"name":"\#(name)"}}"#,
                    .clientToServer)
                say(#"{"jsonrpc":"2.0","id":\#(id + 1),"result":{}}"#, .serverToClient)
            }
            let sink = try place.open().sink(for: description)
            let records = SessionRecords(
                description: description, events: events, state: recorder.state,
                checkpoint: recorder.checkpoint())
            try sink.commit(RecordBatch(sessions: [records], position: 1, checkpoint: []))
        }
        let metrics = try place.open(.read).metrics()
        let names = metrics.series(of: "mcp_client_operation_duration_seconds").map { $0.labels[2] }
        #expect(Set(names).count == LabelBudget.namesOfServer + 2)  // `_OTHER`, and none of tools/list
        #expect(metrics.number("mcptape_label_overflow_total", ["gen_ai_tool_name"]) == 80)
    }

    @Test func `names that nobody used make room for what is advertised later`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let label = "gen_ai_tool_name"
        func batch(_ names: [String], using used: [String]) throws -> [Bool] {
            try store.writing { (_) throws(StoreFailure) in
                var labels = StoredLabels().attached(to: store.database)
                labels.beginBatch()
                for name in names { try labels.advertise(name, as: label, of: "fs") }
                var admitted: [Bool] = []
                for name in used { admitted.append(try labels.admits(name, as: label, of: "fs")) }
                return admitted
            }
        }
        // The list of a server is longer than the limit: it does not forget itself.
        let old = (0..<LabelBudget.advertisedOfServer + 5).map { "old\($0)" }
        #expect(try batch(old, using: ["old7", "old1000"]) == [true, false])
        #expect(try batch(["new"], using: ["new", "old8", "old7"]) == [true, false, true])
        #expect(try batch(["old8"], using: ["old8", "new"]) == [true, true])
        let rows = try store.database.integer("SELECT count(*) FROM label_value WHERE server = 'fs'")
        #expect(rows == 3)
    }

    @Test func `what another measured goes in with the next transaction`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        defer { withExtendedLifetime(place) {} }
        let sink = try store.sink(for: .test(1))
        var overhead = MetricSet()
        overhead.observe(20_000, in: "mcptape_overhead_seconds", ["client_to_server"])
        sink.add(overhead)
        #expect(try store.metrics().histogram("mcptape_overhead_seconds", ["client_to_server"]).count == 0)
        for position in 1...2 { try sink.commit([], position: UInt64(position)) }
        #expect(try store.metrics().histogram("mcptape_overhead_seconds", ["client_to_server"]).count == 1)
    }

    @Test func `a store of version 2 tells how it stands, and counts from its migration on`() throws {
        let old = TemporaryStore()
        mkdir(old.path, 0o700)
        try MigratorTests.copy(MigratorTests.fixturePath("version2.sqlite"), to: old.path + "/index.sqlite")
        let reader = try old.open(.read)
        #expect(try reader.migrator.version(of: reader.database)?.version == 2)
        #expect(try reader.metrics().number("mcptape_store_sessions") == 2)
        #expect(try reader.metrics().servers.isEmpty)
        let store = try old.open()
        let sink = try store.sink(for: .test(1))
        var late = SampleTraffic(seed: 9)
        var message = late.message("{}", .foreign, nil, nil, nil)
        message.sequence = 1000
        try sink.commit([.message(message)], position: 10, ending: true)
        let metrics = try store.metrics()
        #expect(metrics.number("mcptape_sessions_total", ["server1", "stdio"]) == 0)
        #expect(metrics.number("mcptape_abandoned_total", ["server1"]) == 0)
        let direction = message.lane == .clientToServer ? "client_to_server" : "server_to_client"
        #expect(metrics.number("mcptape_messages_total", ["server1", direction, "invalid"]) == 1)
        #expect(Doctor.examine(old.path, repairs: false).findings.filter { $0.code != "space" } == [])
    }
}
