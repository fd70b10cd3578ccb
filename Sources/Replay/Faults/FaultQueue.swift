public import MCPSemantics

/// What is to be sent to a client of which some answers go wrong, in order of time.
///
/// A delayed answer delays nothing else. One that comes byte by byte holds up what is behind it, as it would
/// on any connection.
public struct FaultQueue: Sendable {
    private var pieces: [Piece] = []
    private var count = 0
    /// Bytes that wait.
    public private(set) var size = 0
    /// The output is closed: nothing more is taken.
    private var isClosed = false
    /// What was written last is a part of a message: only its next part may follow.
    private var isInsideMessage = false

    /// Something to write, and what ends behind it.
    public struct Piece: Sendable {
        /// Nanoseconds of the clock that the caller keeps.
        public var due: Int64
        /// A message as it is sent, or a part of one.
        public var bytes: ArraySlice<UInt8>
        /// It goes on with the message of the piece before it; and more of its message follows.
        public var continues = false
        public var isContinued = false
        /// Set of what `--fault` did something to.
        fileprivate var mark: String?
        /// It stands for an answer.
        fileprivate var isReplacement = false
        fileprivate var requests: Set<RequestID> = []
        /// Nanoseconds between two bytes; nil: all at once.
        fileprivate var pause: Int64?
        fileprivate var ending: FaultedAnswer.Ending?
        /// Of pieces that are due at one time the first taken is the first.
        fileprivate var number = 0
        /// Some of it is written: no other piece may come before it.
        fileprivate var isUnderWay = false

        /// `bytes` as they came, at `time`.
        public init(_ bytes: ArraySlice<UInt8>, due time: Int64) {
            due = time
            self.bytes = bytes
        }
    }

    /// What is to be done next.
    public enum Step: Equatable {
        /// What follows is a whole message, or a part of a long one, and this is all of it.
        case begin(ArraySlice<UInt8>, mark: String?, isReplacement: Bool)
        case bytes(ArraySlice<UInt8>)
        case end(FaultedAnswer.Ending)
    }

    /// An empty queue.
    public init() {}

    /// Whether something is still to be done.
    public var isWaiting: Bool { !pieces.isEmpty }

    /// When the next step is due; nil: not before more is put in.
    public var next: Int64? {
        guard let first = pieces.first, !isInsideMessage || first.continues else { return nil }
        return first.due
    }

    /// When the last of what waits is due; nil: nothing waits.
    public var lastDue: Int64? { pieces.map(\.due).max() }

    /// Nobody reads any more.
    public mutating func close() {
        isClosed = true
        pieces = []
        size = 0
    }

    /// The client does not wait for the answer to `request` any more: what was not begun of it is dropped.
    /// Answers those messages of it that the server sent, with their marks.
    public mutating func cancel(_ request: RequestID) -> [(bytes: ArraySlice<UInt8>, mark: String)] {
        let isDropped = { (piece: Piece) in
            !piece.isUnderWay && piece.ending == nil && piece.requests == [request]
        }
        let dropped = pieces.filter(isDropped)
        guard !dropped.isEmpty else { return [] }
        pieces.removeAll(where: isDropped)
        size -= dropped.reduce(0) { $0 + $1.bytes.count }
        return dropped.filter { !$0.isReplacement }.map { ($0.bytes, $0.mark ?? "") }
    }

    /// Puts in what stands for an answer that came at `time`: `messages` are those of `answer` as they are
    /// sent. Where the connection is cut, half of their bytes is.
    public mutating func put(_ answer: FaultedAnswer, as messages: [ArraySlice<UInt8>], at time: Int64) {
        var room = messages.reduce(0) { $0 + $1.count }
        if answer.ending == .disconnect { room = FaultedAnswer.halfCount(of: room) }
        var pieces: [Piece] = []
        for message in messages where room > 0 {
            var piece = Piece(message.prefix(room), due: time &+ answer.delay)
            room -= piece.bytes.count
            piece.pause = answer.pause
            piece.mark = answer.mark
            piece.isReplacement = answer.isReplaced
            piece.requests = answer.requests
            pieces.append(piece)
        }
        if let ending = answer.ending {
            if pieces.isEmpty { pieces.append(Piece([], due: time &+ answer.delay)) }
            pieces[pieces.count - 1].ending = ending
        }
        for piece in pieces { put(piece) }
    }

    /// Puts in what is sent as it came.
    public mutating func put(_ given: Piece) {
        guard !isClosed else { return }
        var piece = given
        count += 1
        size += piece.bytes.count
        piece.number = count
        var place = pieces.count
        if piece.continues {
            place = pieces.lastIndex(where: \.isContinued).map { $0 + 1 } ?? 0
        } else {
            // Most come in order, and belong at the end.
            while place > 0, !pieces[place - 1].isUnderWay, pieces[place - 1].due > piece.due { place -= 1 }
        }
        pieces.insert(piece, at: place)
    }

    /// The next step, when it is due at `time`.
    public mutating func step(at time: Int64) -> Step? {
        guard let next, next <= time, let piece = pieces.first else { return nil }
        if !piece.isUnderWay, !piece.bytes.isEmpty {
            pieces[0].isUnderWay = true
            return .begin(piece.bytes, mark: piece.mark, isReplacement: piece.isReplacement)
        }
        guard !piece.bytes.isEmpty else {
            pieces.removeFirst()
            isInsideMessage = piece.isContinued
            guard let ending = piece.ending else { return step(at: time) }
            if ending == .disconnect { close() }
            return .end(ending)
        }
        isInsideMessage = piece.isContinued
        guard let pause = piece.pause, piece.bytes.count > 1 else {
            size -= piece.bytes.count
            pieces[0].bytes = []
            if piece.ending == nil { pieces.removeFirst() }
            return .bytes(piece.bytes)
        }
        size -= 1
        pieces[0].bytes = piece.bytes.dropFirst()
        pieces[0].due = time &+ pause
        return .bytes(piece.bytes.prefix(1))
    }
}
