internal import MCPSemantics

/// Which records of HTTP say nothing that the messages beside them do not: a conversation is read without
/// them. Fed with the entries of a session in order.
public struct RoutineHTTP: Sendable {
    /// Streams whose request was worth showing, and so is its answer.
    private var shown: Set<UInt32> = []
    /// Streams whose answer is 202: a text in its body says no more.
    private var accepted: Set<UInt32> = []
    /// Streams whose answer is a refusal, which says all.
    private var refused: Set<UInt32> = []
    /// Streams that brought an answer.
    private var answered: Set<UInt32> = []

    public init() {}

    /// Whether `entry` can be left out: the head of a POST, of an answer that went well, the end of a stream
    /// that brought its answer or was refused, an event without a message, the text of a 202.
    public mutating func canOmit(_ entry: RecordingEntry) -> Bool {
        guard case .message(let message) = entry else { return false }
        let stream = message.stream.number
        guard message.kind == .http else {
            if message.kind == .response, message.lane == .serverToClient { answered.insert(stream) }
            return message.kind == .foreign && message.framing == nil && accepted.contains(stream)
        }
        switch HTTPNote(message) {
        case .request(let head)?:
            guard head.method != "POST" else { return true }
            shown.insert(stream)
            return false
        case .response(let head)?:
            if head.status == 202 {
                answered.insert(stream)
                accepted.insert(stream)
            }
            if head.status >= 400 { refused.insert(stream) }
            return (head.status == 200 || head.status == 202) && !shown.contains(stream)
        case .closed(let closure)?:
            return closure.closer == .client && answered.contains(stream)
                || closure.reason == .complete && refused.contains(stream)
        case .event?, .trailers?: return true
        case .omitted?, .edited?, nil: return false
        }
    }
}
