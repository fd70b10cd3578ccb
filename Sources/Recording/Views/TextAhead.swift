internal import MCPSemantics
internal import Wire

/// Where the next messages are that hold one of some texts: looked for far ahead, so that what lies between
/// is never read one by one.
struct TextAhead {
    /// Messages that are looked through at one time, where the last look found none: the more, the less of
    /// them is unpacked twice.
    private static let mostLooked: Int64 = 16_384
    /// Of so many that are found at one time, each is read by itself.
    private static let few = 64

    private let session: SessionID
    private let source: any RecordingSource
    private let searches: [ByteSearch]
    /// What was looked through last.
    private var range: ClosedRange<Int64>?
    private var found: Set<Int64> = []
    /// The same in order, from where it was asked for last.
    private var order: ArraySlice<Int64> = []
    /// How many are looked through next: few at first, where the first of them may be enough.
    private var window: Int64 = 1024

    init(_ texts: [String], in session: SessionID, of source: any RecordingSource) {
        self.session = session
        self.source = source
        searches = texts.map { ByteSearch($0.utf8) }
    }

    /// The first message from `sequence` on that holds one of the texts, or where looking ends: after `limit`
    /// messages, or behind the newest one.
    mutating func next(
        from sequence: Int64, within limit: Int
    ) throws -> (sequence: Int64, isSparse: Bool) {
        var start = sequence
        let sum = sequence.addingReportingOverflow(Int64(limit))
        let end = sum.overflow ? .max : sum.partialValue
        while start < end {
            if range?.contains(start) != true {
                guard let last = try source.lastSequence(of: session), start <= last else { break }
                try look(start...min(last, end - 1, start + window - 1))
                window = found.isEmpty ? min(2 * window, TextAhead.mostLooked) : window
            }
            order = order.drop { $0 < start }
            if let place = order.first { return (place, found.count <= TextAhead.few) }
            start = (range?.upperBound ?? start) + 1
            // A file may number its lines by the clock: what no message has is not looked through.
            let following = try source.entries(of: session, from: start, limit: 1).first
            start = min(max(start, following?.sequence ?? start), end)
        }
        return (start, false)
    }

    /// Whether that message was looked at and holds none of them.
    func rulesOut(_ sequence: Int64) -> Bool {
        range?.contains(sequence) == true && !found.contains(sequence)
    }

    private mutating func look(_ range: ClosedRange<Int64>) throws {
        found = []
        for search in searches {
            found.formUnion(try source.sequences(of: session, in: range, holding: search))
        }
        order = found.sorted()[...]
        self.range = range
    }
}
