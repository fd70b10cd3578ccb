internal import MCPSemantics
internal import Recording

/// The spans that `--propagate` put into a request, as the records before it tell.
struct SentContexts {
    private var contexts: [TraceContext] = []
    /// The first record that told of one, and the newest.
    private var first: Int64 = 0
    private var last: Int64 = 0

    private static let beginning = Array(#"{"edited""#.utf8)

    /// Takes a note of the client's lane in, whose body is `body`.
    mutating func take(_ body: ArraySlice<UInt8>, at sequence: Int64) {
        guard body.starts(with: Self.beginning), case .edited(let edit)? = HTTPNote(json: body) else {
            return
        }
        if sequence != last + 1 {
            contexts = []
            first = sequence
        }
        last = sequence
        guard let text = TracePropagator.context(in: edit),
            let context = TraceContext(traceParent: text, state: nil)
        else { return }
        contexts.append(context)
    }

    /// Where what is on record of a request begins that stands at `sequence`.
    func beginning(of sequence: Int64) -> Int64 { last + 1 == sequence ? first : sequence }

    /// What was sent with each request of `message`, which stands at `sequence`, by the request's id.
    func contexts(in message: ArraySlice<UInt8>, at sequence: Int64) -> [String: TraceContext] {
        guard !contexts.isEmpty, last + 1 == sequence else { return [:] }
        let positions = TracePosition.all(in: message)
        guard positions.count == contexts.count else { return [:] }
        return Dictionary(zip(positions.map(\.id), contexts)) { first, _ in first }
    }
}
