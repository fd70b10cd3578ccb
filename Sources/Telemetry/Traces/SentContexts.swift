public import MCPSemantics
public import Recording
import Wire

/// The spans that `--propagate` put into a request, as the records before it tell.
public struct SentContexts: Sendable, Equatable {
    /// A trace context that the server was told.
    public struct Context: Sendable, Hashable {
        /// The value of `traceparent`, with the exchange's own span.
        public var sent: String
        /// What the client stated in its place; nil: nothing.
        public var stated: String?
    }

    private(set) var contexts: [Context] = []
    /// The first record that told of one, and the newest.
    private(set) var first: Int64 = 0
    private(set) var last: Int64 = 0

    private static let beginning = Array(#"{"edited""#.utf8)

    public init() {}

    /// Nothing was told.
    var isEmpty: Bool { last == 0 }

    /// As it was when these were its parts.
    init(_ contexts: [Context], first: Int64, last: Int64) {
        (self.contexts, self.first, self.last) = (contexts, first, last)
    }

    /// Takes a note of the client's lane in, whose body is `body`.
    public mutating func take(_ body: ArraySlice<UInt8>, at sequence: Int64) {
        guard body.starts(with: Self.beginning), case .edited(let edit)? = HTTPNote(json: body) else {
            return
        }
        if sequence != last + 1 {
            contexts = []
            first = sequence
        }
        last = sequence
        guard let text = TracePropagator.context(in: edit), StatedTrace(traceParent: text) != nil else {
            return
        }
        let isStated = StatedTrace(traceParent: edit.removed) != nil
        contexts.append(Context(sent: text, stated: isStated ? edit.removed : nil))
    }

    /// Where what is on record of a request begins that stands at `sequence`.
    public func beginning(of sequence: Int64) -> Int64 { last + 1 == sequence ? first : sequence }

    /// What was sent with each request of `message`, by the request's id.
    ///
    /// - Parameter body: the message's text. Of a batch whose text was not recorded, see `ids`.
    /// - Parameter ids: of the client's requests in the batch, in order; nil: not known.
    public func contexts(
        of message: MessageRecord, _ body: ArraySlice<UInt8>?, ids: [RequestID]? = nil
    ) -> [String: Context] {
        guard !contexts.isEmpty, last + 1 == message.sequence, message.lane == .clientToServer else {
            return [:]
        }
        guard let body else {
            // Each of as many requests was told of, so they were told of in that order.
            if let ids, ids.count == contexts.count {
                return Dictionary(zip(ids.map(\.text), contexts)) { first, _ in first }
            }
            guard message.kind == .request, let id = message.id, contexts.count == 1 else { return [:] }
            return [id.text: contexts[0]]
        }
        let positions = TracePosition.all(in: body)
        guard positions.count == contexts.count else { return [:] }
        return Dictionary(zip(positions.map(\.id), contexts)) { first, _ in first }
    }
}
