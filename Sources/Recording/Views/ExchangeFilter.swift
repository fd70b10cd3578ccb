public import MCPSemantics
internal import Wire

/// Finds the exchanges of one session that a filter asks for, page by page.
///
/// A text is looked for in the messages of a whole page at once, which is many times faster than in one
/// message after the other.
public struct ExchangeFilter {
    private let filter: Filter
    private let source: any RecordingSource
    /// Made once: it has the session, which is large.
    private var subject: FilterSubject

    /// - Parameter now: wall clock, nanoseconds since 1970, for `since:`.
    public init(
        _ filter: Filter, of session: SessionSummary, in source: any RecordingSource, now: Int64
    ) {
        self.filter = filter
        self.source = source
        subject = FilterSubject(session: session, now: now)
    }

    /// Those of `page`, exchanges in the order of their numbers, that the filter asks for.
    public mutating func matches(in page: [Exchange]) throws -> [Exchange] {
        if filter.isEmpty { return page }
        var found: [Exchange] = []
        var isOpen: [Exchange] = []
        for exchange in page {
            subject.exchange = exchange
            switch filter.verdict(on: subject, text: { _ in nil }) {
            case true?: found.append(exchange)
            case false?: continue
            case nil: isOpen.append(exchange)
            }
        }
        guard !isOpen.isEmpty else { return found }
        var text = PageText(of: isOpen, in: subject.session.description.id, source)
        for exchange in isOpen {
            subject.exchange = exchange
            if try text.decides(filter, subject, exchange) { found.append(exchange) }
        }
        return found.sorted { $0.number < $1.number }
    }
}

/// Which messages of some exchanges hold a text.
private struct PageText {
    /// So few exchanges are looked at one by one.
    private static let few = 16
    /// Answers that came so many messages after the last request are looked at one by one.
    private static let late: Int64 = 1024

    private let session: SessionID
    private let source: any RecordingSource
    /// The messages that are looked at together.
    private let range: ClosedRange<Int64>?
    /// Those of them that hold a text.
    private var holders: [String: Set<Int64>] = [:]

    init(of exchanges: [Exchange], in session: SessionID, _ source: any RecordingSource) {
        self.session = session
        self.source = source
        let requests = exchanges.map(\.requestSequence)
        guard exchanges.count >= PageText.few, let first = requests.min(), let last = requests.max() else {
            range = nil
            return
        }
        let answer = exchanges.compactMap(\.responseSequence).max() ?? last
        range = first...max(last, min(answer, last + PageText.late))
    }

    /// What the filter says of an exchange, its text included.
    mutating func decides(
        _ filter: Filter, _ subject: FilterSubject, _ exchange: Exchange
    ) throws -> Bool {
        var failure: (any Error)?
        let isMatch = filter.matches(subject) { needle in
            guard failure == nil else { return false }
            do {
                return try holds(needle, exchange)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return isMatch
    }

    private mutating func holds(_ needle: String, _ exchange: Exchange) throws -> Bool {
        let sequences = [exchange.requestSequence, exchange.responseSequence].compactMap(\.self)
        if let range, sequences.contains(where: { range.contains($0) }) {
            let known =
                try holders[needle]
                ?? source.sequences(of: session, in: range, holding: ByteSearch(needle.utf8))
            holders[needle] = known
            if sequences.contains(where: { known.contains($0) }) { return true }
        }
        for sequence in sequences where !(range?.contains(sequence) ?? false) {
            let one = sequence...sequence
            if try !source.sequences(of: session, in: one, holding: ByteSearch(needle.utf8)).isEmpty {
                return true
            }
        }
        return false
    }
}
