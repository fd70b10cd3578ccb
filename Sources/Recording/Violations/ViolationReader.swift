public import MCPSemantics

/// Reads a session for what was sent against the protocol and only a comparison shows.
public struct ViolationReader {
    /// One, with the message that did it.
    public struct Finding: Sendable, Hashable {
        public var sequence: Int64
        public var time: Timestamp
        public var violation: ProtocolViolation
    }

    private let session: SessionSummary
    private let source: any RecordingSource

    private static let pageSize = 1024

    public init(_ session: SessionSummary, of source: any RecordingSource) {
        self.session = session
        self.source = source
    }

    /// What the first `limit` messages and gaps show, in their order, `count` at most; and whether that is
    /// all of the session.
    public func findings(
        among limit: Int, count: Int
    ) throws(SourceFailure) -> (findings: [Finding], isWhole: Bool) {
        let id = session.description.id
        var finder = ViolationFinder(session.description)
        var stages = ExchangeStages(id, source)
        var found: [Finding] = []
        var next: Int64 = .min
        var left = limit
        while left > 0, found.count < count {
            let page = try source.entries(of: id, from: next, limit: min(left, ViolationReader.pageSize))
            guard let last = page.last?.sequence, last < .max else { return (found, true) }
            for entry in page {
                switch entry {
                case .gap: finder.takeGap()
                case .message(let message):
                    finder.take(message)
                    for exchange in try stages.told(by: message) { finder.take(exchange) }
                    found += finder.takeFound().map {
                        Finding(sequence: message.sequence, time: message.time, violation: $0)
                    }
                }
            }
            left -= page.count
            next = last + 1
        }
        let isWhole = try source.entries(of: id, from: next, limit: 1).isEmpty
        return (Array(found.prefix(count)), isWhole && found.count <= count)
    }
}
