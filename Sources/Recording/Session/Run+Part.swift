public import MCPSemantics

extension Run {
    /// What a run has of one session.
    public struct Part: Sendable, Equatable {
        public var session: SessionSummary
        /// Nil when it is all of a session, from its begin to its newest event.
        public var stretch: Stretch?

        public init(_ session: SessionSummary, _ stretch: Stretch? = nil) {
            self.session = session
            self.stretch = stretch
        }
    }

    /// A stretch of a session, that holds what was said from its first request to the first of the stretch
    /// after it.
    public struct Stretch: Sendable, Hashable {
        /// Numbers of exchanges. The upper bound of what ends with its session is `Int.max`.
        public var exchanges: Range<Int>
        /// Sequence numbers of what was said; to `Int64.max` as above.
        public var sequences: Range<Int64>
        /// Nanoseconds since the session began; without the silence after it.
        public var span: TimeSpan
        /// How many exchanges, how many of them failed, how many have no answer.
        public var count = 0
        public var errors = 0
        public var pending = 0

        /// The stretches of `all` with those places.
        init(_ range: Range<Int>, of all: [BusyStretch], until newest: Int64) {
            let isLast = range.upperBound == all.count
            let (first, next) = (all[range.lowerBound], isLast ? nil : all[range.upperBound])
            let isFirst = range.lowerBound == 0
            exchanges = (isFirst ? 1 : first.exchange)..<(next?.exchange ?? Int.max)
            sequences = (isFirst ? 1 : first.sequence)..<(next?.sequence ?? Int64.max)
            span = TimeSpan(from: first.span.from, to: all[range].map(\.span.to).max() ?? first.span.to)
            if isLast, newest > span.to, newest - span.to < Run.silence { span.to = newest }
            for stretch in all[range] {
                count += stretch.exchanges
                errors += stretch.errors
                pending += stretch.pending
            }
        }
    }
}

extension Run.Part {
    /// Nanoseconds since the session began.
    var span: TimeSpan { stretch?.span ?? TimeSpan(from: 0, to: session.state.lastTime.nanoseconds) }

    /// Its begin and end: wall clock, nanoseconds since 1970.
    public var start: Int64 { session.description.startRealtime &+ span.from }
    public var end: Int64 { session.description.startRealtime &+ span.to }

    /// Whether it holds the session's begin, and whether its newest event.
    public var isFirst: Bool { stretch.map { $0.exchanges.lowerBound <= 1 } ?? true }
    public var isLast: Bool { stretch.map { $0.exchanges.upperBound == Int.max } ?? true }
    /// Whether nothing of the session is in another run.
    public var isWhole: Bool { isFirst && isLast }
    /// Whether it is recorded now.
    public var isLive: Bool { session.isLive && isLast }

    /// How many exchanges it has, how many of them failed, and how many have no answer.
    public var exchanges: Int { stretch?.count ?? session.state.exchanges }
    public var errors: Int { stretch?.errors ?? (session.state.errors + session.state.toolErrors) }
    public var pending: Int { stretch?.pending ?? session.state.pending }
}

/// A run's part of each of its sessions as a source; sessions themselves are described as they are.
public final class StretchSource: RecordingSource {
    private let source: any RecordingSource
    private let list: [SessionSummary]
    private var stretches: [SessionID: Run.Stretch] = [:]

    public init(_ run: Run, of source: any RecordingSource) {
        self.source = source
        list = run.sessions.reversed()
        for part in run.parts where !part.isWhole { stretches[part.session.description.id] = part.stretch }
    }

    /// See `RecordingSource`.
    public func sessions() throws(SourceFailure) -> [SessionSummary] { list }

    /// See `RecordingSource`.
    public func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? {
        list.first { $0.description.id == id }
    }

    /// See `RecordingSource`.
    public func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        guard let part = stretches[session]?.exchanges else {
            return try source.exchanges(of: session, from: number, limit: limit)
        }
        let page = try source.exchanges(of: session, from: max(number, part.lowerBound), limit: limit)
        return page.filter { part.contains($0.number) }
    }

    /// See `RecordingSource`.
    public func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        guard let part = stretches[session]?.sequences else {
            return try source.entries(of: session, from: sequence, limit: limit)
        }
        let page = try source.entries(of: session, from: max(sequence, part.lowerBound), limit: limit)
        return page.filter { part.contains($0.sequence) }
    }

    /// See `RecordingSource`.
    public func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        try source.readParts(of: session, body: body, receive)
    }
}
