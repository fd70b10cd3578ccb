internal import Replay

/// A server's output of which some answers go wrong: lines in, and out of it what is due, in order of time.
///
/// A delayed line delays no other. A line that comes byte by byte holds up those behind it, as it would on
/// any pipe.
struct FaultedOutput {
    var plan: FaultPlan
    private var pieces: [Piece] = []
    private var count = 0
    /// Bytes that wait.
    private(set) var size = 0
    /// The output is closed: nothing more is taken.
    private var isClosed = false
    /// What was written last is a part of a line: only its next part may follow.
    private var isInsideLine = false

    /// Something to write, and what ends behind it.
    private struct Piece {
        /// Nanoseconds of the clock that the caller keeps.
        var due: Int64
        /// Of pieces that are due at one time the first taken is the first.
        var number: Int
        var bytes: ArraySlice<UInt8>
        var pause: Int64?
        var ending: FaultedAnswer.Ending?
        /// Set of what `--fault` did something to.
        var mark: String?
        /// It stands for an answer.
        var isReplacement = false
        /// Some of it is written: no other piece may come before it.
        var isUnderWay = false
        /// It goes on with the line of the piece before it; and more of its line follows.
        var continues = false
        var isContinued = false
    }

    /// What is to be done next.
    enum Step: Equatable {
        /// What follows is a whole line, or a part of a long one, and this is all of it.
        case begin(ArraySlice<UInt8>, mark: String?, isReplacement: Bool)
        case bytes(ArraySlice<UInt8>)
        case end(FaultedAnswer.Ending)
    }

    init(_ plan: FaultPlan) { self.plan = plan }

    /// Whether something is still to be done.
    var isWaiting: Bool { !pieces.isEmpty }

    /// When the next step is due; nil: not before more is taken.
    var next: Int64? {
        guard let first = pieces.first, !isInsideLine || first.continues else { return nil }
        return first.due
    }

    /// Takes a line of the server, without its line feed, at `time`; answers what stands for it when it is
    /// an answer with faults.
    @discardableResult
    mutating func take(_ line: ArraySlice<UInt8>, hasLineFeed: Bool = true, at time: Int64) -> FaultedAnswer?
    {
        let faults = plan.faults(with: line)
        guard !faults.isEmpty else {
            put(Piece(due: time, number: 0, bytes: hasLineFeed ? line + [0x0A] : line))
            return nil
        }
        let answer = FaultedAnswer(faults, on: line)
        let due = time &+ answer.delay
        var rest = answer.lines[...]
        repeat {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            var piece = Piece(due: due, number: 0, bytes: rest[..<end], pause: answer.pause)
            rest = rest[end...]
            piece.mark = answer.mark
            piece.isReplacement = answer.isReplaced
            if rest.isEmpty { piece.ending = answer.ending }
            if !piece.bytes.isEmpty || piece.ending != nil { put(piece) }
        } while !rest.isEmpty
        return answer
    }

    /// Takes a part of a line that is too long to be looked at.
    mutating func take(part: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool, at time: Int64) {
        var piece = Piece(due: time, number: 0, bytes: part)
        piece.continues = !isFirst
        piece.isContinued = !isLast
        put(piece)
    }

    /// Nobody reads any more.
    mutating func close() {
        isClosed = true
        pieces = []
        size = 0
    }

    private mutating func put(_ given: Piece) {
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
    mutating func step(at time: Int64) -> Step? {
        guard let next, next <= time, let piece = pieces.first else { return nil }
        if !piece.isUnderWay, !piece.bytes.isEmpty {
            pieces[0].isUnderWay = true
            return .begin(piece.bytes, mark: piece.mark, isReplacement: piece.isReplacement)
        }
        guard !piece.bytes.isEmpty else {
            pieces.removeFirst()
            guard let ending = piece.ending else { return step(at: time) }
            if ending == .disconnect { close() }
            return .end(ending)
        }
        isInsideLine = piece.isContinued
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
