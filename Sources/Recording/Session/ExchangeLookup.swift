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
        if let page, page.session == session,
            let found = page.exchanges.first(where: { $0.number == number })
        {
            return found
        }
        let exchanges = try source.exchanges(of: session, from: number, limit: Self.pageSize)
        page = (session, exchanges)
        return exchanges.first { $0.number == number }
    }
}
