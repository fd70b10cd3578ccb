import MCPSemantics
import Wire

/// One lane on its way from bytes to messages.
struct RecordedLane: Sendable {
    var framer: LineFramer
    /// The line that is being recorded in parts; nil between lines and inside an ordinary one.
    @Rare var large: LargeMessage? = nil
    /// The head of the line that is being read, or of the next one, is missing.
    var isCut = false
    /// The lane's end was seen; nothing more comes.
    var hasEnded = false
    /// What was done to the message that comes next, or is being read.
    var fault: FaultMark?
    /// When the newest bytes arrived.
    var lastTime = Timestamp.zero

    init(partSize: Int) { framer = LineFramer(partSize: partSize) }
}

/// A line longer than the framer's part size, while it arrives.
struct LargeMessage: Sendable {
    /// Its number among the large messages of the session; 0 when no part of it is recorded.
    var body: Int
    /// Parts recorded so far.
    var parts = 0
    /// Bytes seen, and those of them that are recorded, as they are or redacted.
    var size = 0
    var kept = 0
    /// Finds out what it is; nil on standard error, and when nothing but counts is recorded.
    var scanner: EnvelopeScanner?
    /// Of all bytes; nil when it cannot become truncated.
    var hash: SHA256?
    /// Replaces what is secret in it; nil when nothing is.
    var redaction: RedactionStream?
}

// MARK: - Checkpoints

extension RecordedLane {
    func save(to state: inout StateWriter) {
        state.int(framer.partSize)
        state.bytes(framer.pending)
        state.bool(framer.isInsideLine)
        state.optional(large) { $1.save(to: &$0) }
        state.bool(isCut)
        state.bool(hasEnded)
        state.int(lastTime.nanoseconds)
    }

    init(from state: inout StateReader, _ redactor: Redactor?) throws(StateReader.Failure) {
        let partSize = try state.int(Int.self)
        let pending = try state.bytes()
        guard partSize > 0, pending.count <= partSize else { throw .malformed }
        framer = LineFramer(partSize: partSize, pending: pending[...], isInsideLine: try state.bool())
        large = try state.optional { state throws(StateReader.Failure) in
            try LargeMessage(from: &state, redactor)
        }
        isCut = try state.bool()
        hasEnded = try state.bool()
        lastTime = Timestamp(nanoseconds: try state.int())
    }
}

extension LargeMessage {
    func save(to state: inout StateWriter) {
        state.int(body)
        state.int(parts)
        state.int(size)
        state.int(kept)
        state.optional(scanner) { $1.save(to: &$0) }
        state.optional(hash) { $1.save(to: &$0) }
        state.optional(redaction) { $1.save(to: &$0) }
    }

    init(from state: inout StateReader, _ redactor: Redactor?) throws(StateReader.Failure) {
        // No session comes near this; counting on from it cannot overflow.
        let countLimit = 1 << 48
        self.init(body: try state.count(limit: countLimit))
        parts = try state.count(limit: countLimit)
        size = try state.count(limit: countLimit)
        kept = try state.count(limit: size)
        scanner = try state.optional { state throws(StateReader.Failure) in
            try EnvelopeScanner(from: &state, watching: MessageReader.watchedPaths)
        }
        hash = try state.optional(SHA256.init(from:))
        redaction = try state.optional { state throws(StateReader.Failure) in
            guard let redactor else { throw .malformed }
            return try redactor.stream(from: &state)
        }
    }
}
