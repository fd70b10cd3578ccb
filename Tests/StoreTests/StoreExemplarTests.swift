import Glibc
import MCPSemantics
import Platform
import Recording
import Telemetry
import Testing
import Wire

@testable import Store

/// Exemplars in the rows of histograms.
struct StoreExemplarTests {
    private static let operations: Metric = "mcp_client_operation_duration_seconds"
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    /// A session with one `ping` that takes `milliseconds`.
    private func commit(_ number: Int, milliseconds: Int64, to store: Store) throws {
        var description = SessionDescription.test(number)
        description.name = "server"
        description.startRealtime = 1_000_000_000_000 * Int64(number)
        var recorder = Recorder(session: description)
        var events: [RecordedEvent] = []
        func say(_ line: String, _ lane: Lane, at time: Int64) {
            recorder.observe(
                .bytes(Array((line + "\n").utf8)[...], on: lane, at: Timestamp(nanoseconds: time)),
                into: &events)
        }
        let meta = #"{"_meta":{"traceparent":"00-\#(Self.trace)-b7ad6b7169203331-01"}}"#
        say(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":\#(meta)}"#, .clientToServer, at: 0)
        say(#"{"jsonrpc":"2.0","id":1,"result":{}}"#, .serverToClient, at: milliseconds * 1_000_000)
        let records = SessionRecords(
            description: description, events: events, state: recorder.state, checkpoint: [])
        try store.sink(for: description).commit(
            RecordBatch(sessions: [records], position: 1, checkpoint: []))
    }

    private func exemplars(_ store: Store) throws -> [Exemplar] {
        try store.metrics().histogram(Self.operations, ["server", "ping", "", "", ""]).exemplars
            .sorted { $0.key < $1.key }.map(\.value)
    }

    @Test func `each bucket keeps the exchange that ended last, over processes`() throws {
        let place = TemporaryStore()
        // The second wrote before the first, which a recovery brings in late.
        for (number, milliseconds) in [(2, Int64(3)), (1, 3), (3, 150)] {
            try commit(number, milliseconds: milliseconds, to: place.open())
        }
        let found = try exemplars(place.open(.read))
        #expect(found.map(\.traceID) == [Self.trace, Self.trace])
        #expect(found.map(\.value) == [3_000_000, 150_000_000])
        #expect(found.map(\.time) == [2_000_003_000_000, 3_000_150_000_000])
        let spans = [2, 3].map {
            SHA256.hex(ExchangeTrace.span(of: 1, in: SessionDescription.test($0).id)[...])
        }
        #expect(found.map(\.spanID) == spans)
    }

    @Test func `a store of version 4 tells its counts, and a program of it goes on writing`() throws {
        let place = TemporaryStore()
        let fourth = Migrator(migrations: Array(Schema.migrations.prefix(4)))
        let old = try Store(place.path, access: .write, system: SystemCalls(), migrator: fourth)
        try old.database.execute(
            """
            INSERT INTO histogram (metric, labels, sum, buckets) VALUES
            ('mcp_client_operation_duration_seconds', '["server","ping","","",""]', 7, x'\(Self.counts)')
            """)
        #expect(try exemplars(place.open(.read)) == [])
        let count = { (store: Store) throws in
            try store.metrics().histogram(Self.operations, ["server", "ping", "", "", ""]).count
        }
        #expect(try count(place.open(.read)) == 1)
        try commit(1, milliseconds: 3, to: place.open())
        #expect(try exemplars(place.open(.read)).count == 1)
        // As a program of version 4 replaces a row.
        try old.database.execute(
            """
            INSERT OR REPLACE INTO histogram (metric, labels, sum, buckets)
                SELECT metric, labels, sum, buckets FROM histogram
            """)
        #expect(try exemplars(place.open(.read)) == [])
        #expect(try count(place.open(.read)) == 2)
        try commit(2, milliseconds: 3, to: place.open())
        #expect(try exemplars(place.open(.read)).count == 1)
    }

    /// One value in the first of its buckets, as the row has it.
    private static let counts: String = {
        let width = operations.definition.bounds.count + 1
        return "01" + String(repeating: "00", count: width - 1)
    }()

    @Test func `exemplars that cannot be read cost no counts`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try commit(1, milliseconds: 3, to: store)
        for bytes in ["00", "ff", "0102", "010100"] {
            try store.database.execute("UPDATE histogram SET exemplars = x'\(bytes)'")
            #expect(try exemplars(store) == [], "\(bytes)")
        }
        try commit(2, milliseconds: 3, to: store)
        #expect(try exemplars(store).count == 1)
        #expect(
            try store.metrics().histogram(Self.operations, ["server", "ping", "", "", ""]).count == 2)
    }
}
