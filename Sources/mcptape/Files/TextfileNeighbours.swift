import Glibc
import Platform
import Telemetry

/// The other files that node_exporter reads beside one of ours. The directory is one target: a series in two
/// files of it is an error of every scrape, and one of the two is not shown.
struct TextfileNeighbours: Sendable {
    private let directory: String
    private let name: String
    private let owner: TextfileContent.Owner
    private let system: SystemCalls
    /// Names that were looked at; series of a file hardly change, and each is read once.
    private var known: Set<String> = []
    private var hasTold = false

    /// Files that are looked at: more than an operator has.
    private static let limit = 1000
    /// Bytes of one that are read: a store's metrics are a few MiB at most.
    private static let sizeLimit = 32 << 20

    init(of path: String, owner: TextfileContent.Owner, system: SystemCalls) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        directory = String(path[...slash])
        name = String(path[path.index(after: slash)...])
        self.owner = owner
        self.system = system
    }

    /// Looks at what has come since the last time. The first file with a series of `bytes` is told, once.
    mutating func look(beside bytes: [UInt8]) -> String? {
        guard !hasTold, name.hasSuffix(Self.suffix) else { return nil }
        var names: [String] = []
        guard system.entries(directory, &names) >= 0 else { return nil }
        for other in names.sorted() where other.hasSuffix(Self.suffix) && other != name {
            guard known.count < Self.limit, known.insert(other).inserted else { continue }
            let path = directory + other
            // Not one that would be waited for, as a pipe.
            var facts = stat()
            guard system.status(path, &facts) >= 0, facts.st_mode & S_IFMT == S_IFREG else { continue }
            let opened = system.open(path, O_RDONLY | O_NOFOLLOW, 0)
            guard opened >= 0 else { continue }
            let found = Self.bytes(Int32(opened), limit: Self.sizeLimit, system)
            _ = system.close(Int32(opened))
            guard let series = TextfileContent.sharedSeries(bytes, found) else { continue }
            hasTold = true
            return told(of: path, series, isOurStores: isOurStores(found))
        }
        return nil
    }

    /// What node_exporter reads.
    private static let suffix = ".prom"

    private func isOurStores(_ content: [UInt8]) -> Bool {
        if case .store = owner { TextfileContent.Owner(of: content) == owner } else { false }
    }

    private func told(of path: String, _ series: String, isOurStores: Bool) -> String {
        "\(path) has series that \(directory)\(name) has too, as \(series): node_exporter shows one of the "
            + "two and reports an error at each scrape; "
            + (isOurStores
                ? "it is the same store's, so give both the same path and remove the other file"
                : "give each file a label of its own with --textfile-label NAME=VALUE and remove what was "
                    + "written without, or remove the one that nothing writes any more")
    }

    /// The beginning of an open file; less where it cannot be read.
    static func bytes(_ descriptor: Int32, limit: Int, _ system: SystemCalls) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10))
        while bytes.count < limit {
            let count = chunk.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return system.read(descriptor, start, min(buffer.count, limit - bytes.count))
            }
            if count == -Int(EINTR) { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
