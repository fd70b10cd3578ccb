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
        // Of a long session every exchange comes by here: what it is, is not looked at for nothing.
        if let needle = filter.onlyText {
            var text = PageText(of: page, in: subject.session.description.id, source)
            return try page.indices.filter { place in
                try text.holds(needle, page[place].requestSequence, page[place].responseSequence)
            }.map { page[$0] }
        }
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
    /// Those of them that hold a text; a filter has few texts.
    private var holders: [(needle: String, messages: Set<Int64>)] = []

    init(of exchanges: [Exchange], in session: SessionID, _ source: any RecordingSource) {
        self.session = session
        self.source = source
        guard exchanges.count >= PageText.few else {
            range = nil
            return
        }
        var (first, last, answer) = (Int64.max, Int64.min, Int64.min)
        for place in exchanges.indices {
            first = min(first, exchanges[place].requestSequence)
            last = max(last, exchanges[place].requestSequence)
            if let response = exchanges[place].responseSequence { answer = max(answer, response) }
        }
        range = first...max(last, min(answer, last + PageText.late))
    }

    /// What the filter says of an exchange that it cannot tell of without its text.
    mutating func decides(
        _ filter: Filter, _ subject: FilterSubject, _ exchange: Exchange
    ) throws -> Bool {
        var failure: (any Error)?
        let verdict = filter.verdict(on: subject) { needle in
            guard failure == nil else { return false }
            do {
                return try holds(needle, exchange.requestSequence, exchange.responseSequence)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return verdict ?? false
    }

    /// Whether the request or the response holds a text.
    mutating func holds(_ needle: String, _ request: Int64, _ response: Int64?) throws -> Bool {
        let isRequestNear = isNear(request)
        let isResponseNear = response.map { isNear($0) } ?? false
        if let range, isRequestNear || isResponseNear {
            let place = try place(of: needle, in: range)
            if !holders[place].messages.isEmpty {
                if holders[place].messages.contains(request) { return true }
                if let response, holders[place].messages.contains(response) { return true }
            }
        }
        if !isRequestNear, try isHolder(request, of: needle) { return true }
        guard let response, !isResponseNear else { return false }
        return try isHolder(response, of: needle)
    }

    private func isNear(_ sequence: Int64) -> Bool { range?.contains(sequence) ?? false }

    /// Where the messages are that hold a text, which are looked for once.
    private mutating func place(of needle: String, in range: ClosedRange<Int64>) throws -> Int {
        if let known = holders.firstIndex(where: { $0.needle == needle }) { return known }
        let search = ByteSearch(needle.utf8)
        holders.append((needle, try source.sequences(of: session, in: range, holding: search)))
        return holders.count - 1
    }

    private func isHolder(_ sequence: Int64, of needle: String) throws -> Bool {
        let search = ByteSearch(needle.utf8)
        return try !source.sequences(of: session, in: sequence...sequence, holding: search).isEmpty
    }
}
