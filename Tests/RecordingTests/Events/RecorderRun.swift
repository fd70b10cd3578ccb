import MCPSemantics
import Recording
import Wire

/// A recorder and what it put on record.
struct RecorderRun {
    var recorder: Recorder
    var events: [RecordedEvent] = []

    init(
        _ capture: CaptureMode = .payloads, messageLimit: Int = 0, partSize: Int = LineFramer.defaultPartSize
    ) {
        recorder = Recorder(session: Self.session(capture, messageLimit), partSize: partSize)
    }

    static func session(_ capture: CaptureMode, _ messageLimit: Int) -> SessionDescription {
        var session = SessionDescription(id: SessionID("abcdefghjkmn"), name: "s", transport: .stdio)
        session.capture = capture
        session.messageLimit = messageLimit
        return session
    }

    var state: SessionState { recorder.state }

    var messages: [MessageRecord] {
        events.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    var parts: [MessagePart] {
        events.compactMap { if case .part(let part) = $0 { part } else { nil } }
    }

    var exchanges: [Exchange] {
        events.compactMap { if case .exchange(let exchange) = $0 { exchange } else { nil } }
    }

    mutating func observe(_ event: TransportEvent) { recorder.observe(event, into: &events) }

    mutating func bytes(_ text: String, _ lane: Lane, at time: Int64 = 0) {
        bytes(Array(text.utf8), lane, at: time)
    }

    mutating func bytes(_ bytes: [UInt8], _ lane: Lane, at time: Int64 = 0) {
        observe(.bytes(bytes[...], on: lane, at: Timestamp(nanoseconds: time)))
    }

    /// Saves the recorder and goes on with another one from the checkpoint.
    mutating func reload() {
        recorder = Recorder(session: Self.session(.payloads, 0), resuming: recorder.checkpoint())
    }

    /// Everything that `messages[index]` keeps.
    func body(_ index: Int) -> [UInt8]? {
        switch messages[index].body {
        case .inline(let bytes): Array(bytes)
        case .parts(let body, _): parts.filter { $0.body == body }.flatMap(\.bytes)
        case .omitted: nil
        }
    }
}
