public import MCPSemantics
internal import Wire

/// The bytes of an exchange's request and response, read only where a filter asks for text.
public struct ExchangePayload {
    private let exchange: Exchange
    private let session: SessionID
    private let source: any RecordingSource

    public init(_ exchange: Exchange, _ session: SessionID, _ source: any RecordingSource) {
        self.exchange = exchange
        self.session = session
        self.source = source
    }

    /// The messages that are still recorded.
    public func messages() throws -> (request: MessageRecord?, response: MessageRecord?) {
        (try message(exchange.requestSequence), try message(exchange.responseSequence))
    }

    /// The whole response; nil when there is none, it is not recorded, or it is longer than `limit` bytes. Of
    /// a batch it is the array that holds it.
    public func response(upTo limit: Int) throws -> ArraySlice<UInt8>? {
        guard let message = try message(exchange.responseSequence), message.size <= limit else { return nil }
        return try source.bytes(of: message, in: session)
    }

    /// Whether the exchange, its text included, is what the filter asks for.
    public func matches(_ filter: Filter, _ subject: FilterSubject) throws -> Bool {
        if let early = filter.verdict(on: subject, text: { _ in nil }) { return early }
        let (request, response) = try messages()
        var failure: (any Error)?
        let isMatch = filter.matches(subject) { text in
            let search = ByteSearch(text.utf8)
            return [request, response].contains { message in
                guard let message else { return false }
                do {
                    return try source.payload(of: message, in: session, contains: search)
                } catch {
                    failure = error
                    return false
                }
            }
        }
        if let failure { throw failure }
        return isMatch
    }

    private func message(_ sequence: Int64?) throws -> MessageRecord? {
        guard let sequence else { return nil }
        let entries = try source.entries(of: session, from: sequence, limit: 1)
        guard case .message(let message)? = entries.first, message.sequence == sequence else { return nil }
        return message
    }
}
