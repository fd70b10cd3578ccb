import MCPSemantics
import Wire

/// What is live in a request: the values that stand in for the recorded ones.
struct LiveRequest: Sendable, Equatable {
    var id: RequestID
    /// JSON text.
    var progressToken: String?
    /// It came in a batch.
    var isBatched: Bool { batch != nil }
    /// Which batch of the client it came in; nil: it came alone.
    var batch: Int?
}

/// One live client message whose recorded consequences are being played.
struct Run: Sendable {
    /// Names the run for as long as the engine lives.
    var serial: Int
    var cue: Int
    /// The step that comes next.
    var next = 0
    /// Nil for notifications and the session's beginning.
    var live: LiveRequest?
    /// Only what belongs to the exchange is played: the cue's other messages were sent the first time.
    var isRepeat: Bool
    /// Server exchanges whose request was sent in this run and that the client has not answered.
    var asked: Set<Int> = []
    var wasAnswered = false
    var wasCancelled = false
    var leftOutProgress = false
    /// The client is of the other era.
    var translation: EraTranslation?
    var pace = RunPace(recorded: .zero, live: .zero)
    /// The request is another one, and the answer says so.
    var nearest: NearestMiss?
}

/// A request of the server that was sent and not answered yet.
struct OpenServerRequest: Sendable {
    var exchange: Int?
    var recordedID: RequestID
    var method: String
    var run: Int
}
