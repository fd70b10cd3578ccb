import Exporters
import Glibc
import HTTPTransport
import Platform
import Recording
import Store
import Telemetry
import Viewer

/// The store behind `serve`, on the thread that answers.
final class ServedStore: AnsweringRecordings {
    private let path: String
    /// Bytes over which the oldest recordings are removed.
    private let retention: RetentionPolicy
    private let slow: Int64
    private let system: SystemCalls
    /// What this process exports; nil when it does not.
    private let exports: ExportMeter?
    private var opened: Store?
    /// The runs of `opened`; nil until somebody asks.
    private var knownRuns: StoreRuns?
    /// What changed in `opened`.
    private var knownChanges = StoreChanges()
    var densities = KnownDensities()
    /// Whether somebody waits for the answer to the question under way.
    private var isWanted: @Sendable () -> Bool = { true }

    init(_ location: StoreLocation, exports: ExportMeter? = nil, system: SystemCalls) {
        path = location.path
        self.exports = exports
        retention = location.retention
        slow = location.slow
        self.system = system
    }

    var place: String { path }
    var fileNames: [String] { [] }
    var now: Int64 { system.realtime() }

    /// The metrics of all that was ever recorded here, of the store itself, and of this process.
    func metrics() throws(SourceFailure) -> MetricSet {
        var set = try asking { store throws(StoreFailure) in try store.metrics(retention) }
        set.addProcess(.current(system: system))
        if let exports { set.merge(exports.metrics) }
        set.identify(version: Mcptape.version, revision: BuildRevision.text, instance: InstanceName.of(path))
        set.tell(slow: slow)
        return set
    }

    /// The same, to be sent.
    func reading() throws(SourceFailure) -> MetricTelemetry.Reading {
        let set = try metrics()
        let since = try asking { store throws(StoreFailure) in try store.metricsSince() } ?? now
        let began = set.number("process_start_time_seconds")
        return MetricTelemetry.Reading(
            set, time: now,
            starts: [.traffic: since, .store: since, .export: began, .process: began])
    }

    /// What `serve` pushes.
    static func telemetry(
        _ location: StoreLocation, _ settings: OTLPSettings, _ exports: ExportMeter, _ system: SystemCalls
    ) -> TelemetryWorkers.Source {
        TelemetryWorkers.Source(
            store: location.path, includes: nil,
            resource: TelemetryResource.ofMetrics(instance: InstanceName.of(location.path), settings),
            reader: {
                let store = ServedStore(location, exports: exports, system: system)
                return { try store.reading() }
            })
    }

    func source() throws(SourceFailure) -> any RecordingSource {
        let isWanted = isWanted
        return WantedSource(try asking { store throws(StoreFailure) in store }, while: isWanted)
    }

    /// Answers a question, unless its asker has gone meanwhile.
    func answer(while isWanted: @escaping @Sendable () -> Bool, _ question: () -> Void) {
        guard isWanted() else { return }
        self.isWanted = isWanted
        question()
        self.isWanted = { true }
    }

    /// Finds the runs, which the first page would wait for else.
    func prepare() { _ = try? runs() }

    func runs() throws -> [Run] {
        let store = try asking { store throws(StoreFailure) in store }
        var runs = knownRuns ?? StoreRuns()
        // They are not copied while they change; a failure forgets them.
        knownRuns = nil
        let all: [Run]
        do {
            all = try runs.newestFirst(in: store)
        } catch {
            opened = nil
            throw error
        }
        knownRuns = runs
        return all
    }

    func changes(
        since revision: Int64
    ) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        let store = try asking { store throws(StoreFailure) in store }
        do throws(SourceFailure) {
            return try knownChanges.since(revision, in: store)
        } catch {
            opened = nil
            throw error
        }
    }

    func version(of session: SessionID) throws(SourceFailure) -> Int64? {
        try asking { store throws(StoreFailure) in store }.revision(of: session)
    }

    var canRemove: Bool { (try? store())?.isWritable ?? false }

    func remove(_ session: SessionID) throws(SourceFailure) -> Int64? {
        // A store that was removed is not made anew for that.
        try asking { store throws(StoreFailure) in
            try Store.open(store.directory.path, access: .write, system: system).remove(session)
        }
    }

    private func asking<Answer>(
        _ question: (Store) throws(StoreFailure) -> Answer
    ) throws(SourceFailure) -> Answer {
        do throws(StoreFailure) {
            return try question(store())
        } catch {
            // Opened anew next time: it may have been replaced.
            opened = nil
            var failure = error.asSourceFailure
            if failure.kind == .newer {
                failure.message +=
                    ". This server is the older one: end it (process \(getpid())), start it again"
            }
            throw failure
        }
    }

    private func store() throws(StoreFailure) -> Store {
        if let opened, opened.isInPlace {
            try opened.checkVersion()
            return opened
        }
        opened = nil
        knownRuns = nil
        knownChanges = StoreChanges()
        densities = KnownDensities()
        let store = try Store.open(path, access: .read, system: system)
        opened = store
        return store
    }
}

/// gzip in memory.
enum Gzip {
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard let writer = try? GzipWriter() else { return nil }
        return writer.push(bytes[...]) + writer.finish()
    }
}
