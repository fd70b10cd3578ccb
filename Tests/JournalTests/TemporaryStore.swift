import Journal
import MCPSemantics
import Platform
import Recording

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of its own for one test, gone with it.
final class TemporaryStore: Sendable {
    let path: String
    var journal: String { path + "/journal" }
    var pointers: String { path + "/journals" }

    /// `inMemory`: on a file system in memory, where there is one.
    init(inMemory: Bool = false) {
        var facts = FileSystemFacts()
        let isThere = RealSystem.fileSystem("/dev/shm", &facts) >= 0 && facts.isMemoryBacked
        let parent = inMemory && isThere ? "/dev/shm" : "/tmp"
        path = "\(parent)/mcptape-test-\(getpid())-\(UInt64.random(in: 0...(.max)))"
        mkdir(path, 0o700)
    }

    deinit { Self.remove(path) }

    /// Everything below `path`, as paths relative to it, sorted.
    func files(below path: String? = nil) -> [String] {
        let root = path ?? self.path
        var names: [String] = []
        _ = RealSystem.entries(root, &names)
        return names.flatMap { name in [name] + files(below: root + "/" + name).map { name + "/" + $0 } }
            .sorted()
    }

    static func remove(_ path: String) {
        var names: [String] = []
        _ = RealSystem.entries(path, &names)
        for name in names { remove(path + "/" + name) }
        if rmdir(path) != 0 { unlink(path) }
    }

    /// A copy of everything, as a crash at this moment would leave it: heads before segments, so that what a
    /// head says is committed is in the copy even while the original goes on.
    func copy(to other: TemporaryStore) { Self.copy(path, other.path) }

    private static func copy(_ from: String, _ to: String) {
        var names: [String] = []
        guard RealSystem.entries(from, &names) == 0 else {
            let source = Int32(RealSystem.open(from, O_RDONLY, 0))
            let target = Int32(RealSystem.open(to, O_WRONLY | O_CREAT | O_TRUNC, 0o600))
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            while case let count = read(source, &buffer, buffer.count), count > 0 {
                _ = write(target, buffer, count)
            }
            close(source)
            close(target)
            return
        }
        mkdir(to, 0o700)
        for name in names.sorted() { copy(from + "/" + name, to + "/" + name) }
    }

    static func bytes(of path: String) -> [UInt8] {
        let source = Int32(RealSystem.open(path, O_RDONLY, 0))
        defer { close(source) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(source, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        return all
    }
}

extension JournalWriter {
    /// What the pump does for bytes that arrive: into the journal when there is room, else counted as lost.
    func pass(_ text: String, on lane: Lane, at nanoseconds: Int64 = 0) -> Bool {
        pass(Array(text.utf8), on: lane, at: nanoseconds)
    }

    func pass(_ bytes: [UInt8], on lane: Lane, at nanoseconds: Int64 = 0) -> Bool {
        let time = Timestamp(nanoseconds: nanoseconds)
        guard let room = reserve(minimum: min(bytes.count, Self.reservationLimit)) else {
            bytes.withUnsafeBytes { lost(lane, $0, time: time) }
            return false
        }
        room.copyBytes(from: bytes)
        let range = append(lane: lane, time: time, count: bytes.count)
        forwarded(lane, upTo: range.end)
        return true
    }
}

/// Options for small journals.
func smallOptions(budget: Int = 1 << 20, segment: Int = 64 << 10) -> JournalOptions {
    var options = JournalOptions()
    options.budget = budget
    options.segmentSize = segment
    return options
}

/// Real time since it was made, for deadlines of tests.
struct SystemClock {
    private let start = RealSystem.boottime()
    var seconds: Double { Double(RealSystem.boottime() - start) / 1e9 }
    /// Between two looks at a condition.
    func rest() { poll(nil, 0, 1) }
}
