internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The segment files of a journal that another process left.
struct StoredSegments {
    /// What is at an offset.
    enum Piece {
        /// Whole records, and the offset behind them.
        case records(RecordRun, next: UInt64)
        /// Nothing that could be read from here to `next`.
        case damage(next: UInt64)
    }

    private struct Segment {
        var base: UInt64
        /// Where its header, or its file if that is shorter, ends.
        var end: UInt64
        /// Where the next one begins.
        var nextBase: UInt64
        var path: String
    }

    /// More than any version makes: a larger capacity is damage.
    private static let capacityLimit: UInt64 = 1 << 30

    /// Sorted by base. Unused and unreadable ones are left out.
    private var segments: [Segment] = []
    private let system: SystemCalls

    init(in path: String, system: SystemCalls) throws(JournalFailure) {
        self.system = system
        var names: [String] = []
        let answer = system.entries(path, &names)
        guard answer >= 0 else { throw JournalFailure("list", path, answer: answer) }
        for name in names where name.hasPrefix(SegmentHeader.filePrefix) {
            let file = try StoredFile(path + "/" + name, system: system)
            defer { file.close() }
            let bytes = try file.read(SegmentHeader.size, at: 0)
            var facts = stat()
            let answer = system.fileStatus(file.descriptor, &facts)
            guard answer >= 0 else { throw JournalFailure("look at", file.path, answer: answer) }
            guard bytes.count == SegmentHeader.size,
                let header = bytes.withUnsafeBytes(SegmentHeader.load), header.capacity <= Self.capacityLimit
            else { continue }
            let length = min(header.capacity, UInt64(clamping: facts.st_size))
            segments.append(
                Segment(
                    base: header.base, end: header.base + length, nextBase: header.base + header.capacity,
                    path: file.path))
        }
        segments.sort { $0.base < $1.base }
    }

    /// The oldest offset that is still there.
    var start: UInt64? { segments.first?.base }

    /// What is at `position`, below `limit`; never empty: `next` is beyond `position`.
    func piece(at position: UInt64, limit: UInt64) throws(JournalFailure) -> Piece {
        guard let segment = segments.last(where: { $0.base <= position && position < $0.nextBase }) else {
            let next = segments.first { $0.base > position }?.base ?? limit
            return .damage(next: min(next, limit))
        }
        let from = position == segment.base ? position + UInt64(SegmentHeader.size) : position
        let stop = min(segment.end, limit)
        let behind = min(segment.nextBase, limit)
        if from + UInt64(RecordHeader.size) > segment.nextBase {
            return .records(RecordRun(bytes: [], offset: from), next: behind)
        }
        // The newest segment may have been taken into use without a record in it.
        if from >= limit { return .records(RecordRun(bytes: [], offset: from), next: limit) }
        guard from < stop else { return .damage(next: behind) }

        let file = try StoredFile(segment.path, system: system)
        defer { file.close() }
        let at = Int(from - segment.base)
        let most = Int(stop - from)
        var run = RecordRun(bytes: try file.read(min(JournalTail.readLimit, most), at: at), offset: from)
        var next = run.forEach { _ in }
        if next == from, let span = run.firstSpan, span <= most {
            run.bytes = try file.read(span, at: at)
            next = run.forEach { _ in }
        }
        guard next > from else { return .damage(next: behind) }
        return .records(run, next: next)
    }
}
