public import MCPSemantics

/// Finds the exchanges of messages that are read in order: a message names its own by number alone.
public struct ExchangeLookup {
    private let source: any RecordingSource
    /// Those that were asked for last.
    private var page: (session: SessionID, exchanges: [Exchange])?

    /// Exchanges to a page.
    private static let pageSize = 256

    public init(in source: any RecordingSource) { self.source = source }

    /// The exchange that a response ends; nil for any other message, and where it ends none.
    public mutating func exchange(
        answeredBy message: MessageRecord, of session: SessionID
    ) throws(SourceFailure) -> Exchange? {
        guard message.kind == .response, let number = message.exchange else { return nil }
        if page?.session == session, let place = place(of: number) { return page?.exchanges[place] }
        page = (session, try source.exchanges(of: session, from: number, limit: Self.pageSize))
        return place(of: number).flatMap { page?.exchanges[$0] }
    }

    /// Where in the page an exchange is, by halves: an exchange is large, and each answer asks.
    private func place(of number: Int) -> Int? {
        guard let page else { return nil }
        var (low, high) = (0, page.exchanges.count)
        while low < high {
            let middle = (low + high) / 2
            if page.exchanges[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < page.exchanges.count && page.exchanges[low].number == number ? low : nil
    }
}
