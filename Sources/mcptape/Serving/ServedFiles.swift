import Glibc
import MCPSemantics
import Platform
import Recording
import Telemetry
import Viewer

/// Recording files behind `serve`, on the thread that answers. A file that changed is read anew.
final class ServedFiles: AnsweringRecordings {
    private var files: [File]
    private var group: RecordingGroup?
    /// The runs of `group`; nil until somebody asks.
    private var groupRuns: [Run]?
    /// Grows whenever a file was read anew.
    private var revision: Int64 = 0
    private let slow: Int64
    private let log: Log
    private let system: SystemCalls
    private var isWanted: @Sendable () -> Bool = { true }

    private struct File {
        /// As it was typed.
        var name: String
        var path: String
        /// Nil until it is read.
        var recording: FileRecording?
        /// What it was when it was read, or when reading it failed: it is not tried again until it changes.
        var version: FileVersion?
        var revision: Int64 = 0
    }

    /// Nothing is read until somebody asks.
    init(_ names: [String], slow: Int64, log: Log, system: SystemCalls) {
        self.slow = slow
        self.log = log
        self.system = system
        files = names.map { File(name: $0, path: StoreLocation.absolute($0)) }
    }

    /// Throws for a file that cannot be read, or holds nothing. What is damaged in one is said on standard
    /// error: the rest of it is shown.
    static func check(_ names: [String], system: SystemCalls) throws {
        for name in names {
            let recording = try RecordingFileInput.open(StoreLocation.absolute(name), system: system)
            guard try !recording.sessions().isEmpty else {
                throw Failure(
                    recording.faults.isEmpty ? Failure.noInput : Failure.io, "\(name) holds no session")
            }
        }
    }

    /// Reads all of them.
    func prepare() { _ = try? current() }

    var place: String { files.count == 1 ? files[0].name : "\(files.count) files" }
    var fileNames: [String] { files.map(\.name) }
    var now: Int64 { system.realtime() }

    /// Of this process: files have no metrics.
    func metrics() throws(SourceFailure) -> MetricSet {
        var set = MetricSet()
        set.addProcess(.current(system: system))
        set.identify(
            version: Mcptape.version, revision: BuildRevision.text,
            instance: InstanceName.of(files.map(\.path).joined()))
        set.tell(slow: slow)
        return set
    }

    func source() throws(SourceFailure) -> any RecordingSource {
        let isWanted = isWanted
        return WantedSource(try current(), while: isWanted)
    }

    func runs() throws -> [Run] {
        let group = try current()
        if let groupRuns { return groupRuns }
        let runs = try Run.newestFirst(try group.sessions(), of: group)
        groupRuns = runs
        return runs
    }

    func changes(
        since revision: Int64
    ) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        let group = try current()
        guard revision < self.revision else { return ([], self.revision) }
        // Which session of a file changed is not known: all of them are asked for again.
        var changed: [SessionID] = []
        for (file, names) in zip(files, group.names) where file.revision > revision { changed += names }
        return (changed, self.revision)
    }

    var densities = KnownDensities()

    func version(of session: SessionID) throws(SourceFailure) -> Int64? {
        _ = try current()
        return revision
    }

    var canRemove: Bool { false }

    func remove(_ session: SessionID) throws(SourceFailure) -> Int64? {
        throw SourceFailure(.refused, "nothing is removed from a recording file")
    }

    func answer(while isWanted: @escaping @Sendable () -> Bool, _ question: () -> Void) {
        guard isWanted() else { return }
        self.isWanted = isWanted
        question()
        self.isWanted = { true }
    }

    /// All files as they are now. One that cannot be read stays as it was.
    private func current() throws(SourceFailure) -> RecordingGroup {
        var isChanged = false
        for index in files.indices {
            let version = FileVersion(of: files[index].path)
            guard let version, version != files[index].version else { continue }
            files[index].version = version
            do {
                files[index].recording = try RecordingFileInput.read(files[index].path, system: system)
            } catch {
                let rest = files[index].recording == nil ? "" : "; what was read before is still shown"
                log.say(.warning, Failure.explaining(error).message + rest)
                continue
            }
            files[index].revision = revision + 1
            isChanged = true
        }
        if let group, !isChanged { return group }
        revision += 1
        let nothing = try RecordingGroup([])
        let made = try RecordingGroup(files.map { $0.recording ?? nothing as any RecordingSource })
        group = made
        groupRuns = nil
        return made
    }
}

/// What tells one content of a file from another without reading it.
private struct FileVersion: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int

    /// Nil when there is no such file.
    init?(of path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        size = Int64(facts.st_size)
        seconds = facts.st_mtim.tv_sec
        nanoseconds = facts.st_mtim.tv_nsec
    }
}
