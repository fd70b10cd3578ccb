public import Journal
public import MCPSemantics
public import Recording
public import Wire

/// Puts everything into the journal before it is passed on.
///
/// The relay forwards from its own buffers, so nothing in the journal is held back for it.
/// `@unchecked Sendable`: from its start to the end of `drain` the proxy's loop is the one thread that
/// appends.
public final class JournalHTTPTap: @unchecked Sendable {
    private let journal: JournalWriter
    private let clock: SessionClock
    private let failsClosed: Bool
    private let report: @Sendable (RecorderReport) -> Void

    /// - Parameters:
    ///   - failsClosed: traffic waits while there is no room, instead of going on without a record.
    ///   - report: told when requests are refused for that, and when they are no more; on the proxy's loop.
    public init(
        journal: JournalWriter, clock: SessionClock, failsClosed: Bool,
        report: @escaping @Sendable (RecorderReport) -> Void = { _ in }
    ) {
        self.report = report
        self.journal = journal
        self.clock = clock
        self.failsClosed = failsClosed
    }
}

extension JournalHTTPTap: HTTPTap {
    public var isRecording: Bool { true }

    public func hasRoom(for count: Int) -> Bool {
        !failsClosed || journal.reserve(minimum: min(count, JournalWriter.reservationLimit)) != nil
    }

    public func body(
        _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, on lane: Lane, stream: StreamID
    ) {
        let time = clock.now
        var rest = pieces.reduce(0) { $0 + $1.count }
        var piece = 0
        var offset = 0
        while rest > 0 {
            let wanted = min(rest, JournalWriter.reservationLimit)
            guard let room = journal.reserve(minimum: wanted) else {
                return lose(pieces[piece...], from: offset, of: bytes, on: lane, time)
            }
            var filled = 0
            while filled < room.count, piece < pieces.count {
                let range = pieces[piece]
                let count = min(range.count - offset, room.count - filled)
                let source = UnsafeRawBufferPointer(
                    rebasing: bytes[range.lowerBound + offset..<range.upperBound])
                UnsafeMutableRawBufferPointer(rebasing: room[filled..<filled + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
                filled += count
                offset += count
                if offset == range.count {
                    piece += 1
                    offset = 0
                }
            }
            let record = journal.append(.bytes, lane: lane, stream: stream, time: time, count: filled)
            journal.forwarded(lane, upTo: record.end)
            rest -= filled
        }
    }

    private func lose(
        _ pieces: ArraySlice<Range<Int>>, from offset: Int, of bytes: UnsafeRawBufferPointer, on lane: Lane,
        _ time: Timestamp
    ) {
        var offset = offset
        for piece in pieces {
            let range = piece.lowerBound + offset..<piece.upperBound
            journal.lost(lane, UnsafeRawBufferPointer(rebasing: bytes[range]), time: time)
            offset = 0
        }
    }

    public func head(_ event: TransportEvent, stream: StreamID) {
        var event = event
        event.stream = stream
        event.time = clock.now
        journal.append(event)
    }

    public func bodyOmitted(_ count: Int, on lane: Lane, stream: StreamID) {
        journal.append(.bodyOmitted(count, on: lane, stream: stream, at: clock.now))
    }

    public func trailers(_ fields: [HTTPField], on lane: Lane, stream: StreamID) {
        let bounded = HeadBound.fields(fields).kept
        journal.append(.trailers(bounded, on: lane, stream: stream, at: clock.now))
    }

    public func takesEdits(_ edits: [ForwardedEdit], on lane: Lane, stream: StreamID) -> Bool {
        let time = clock.now
        return journal.appendNow(edits.map { .edited($0, on: lane, stream: stream, at: time) }, before: 0)
    }

    public func edited(_ edit: ForwardedEdit, on lane: Lane, stream: StreamID) {
        journal.append(.edited(edit, on: lane, stream: stream, at: clock.now))
    }

    public func faulted(_ mark: FaultMark, stream: StreamID) {
        journal.append(.faulted(mark, lane: .serverToClient, stream: stream, at: clock.now))
    }

    public func refuses(_ isRefusing: Bool) {
        report(
            isRefusing
                ? .stopped("\(journal.roomTrouble); requests are refused")
                : .resumed("requests are taken again"))
    }

    public func laneEnded(_ lane: Lane, stream: StreamID) {
        journal.append(.laneEnded(lane, stream: stream, at: clock.now))
    }

    public var now: Timestamp { clock.now }

    public func passedOn(_ direction: Direction, since time: Timestamp) {
        journal.passedOn(direction, after: clock.now.since(time))
    }

    public func changed(_ change: ListenerChange) {
        journal.append(.listenerChanged(change, at: clock.now))
    }

    public func closed(_ closure: StreamClosure, stream: StreamID) {
        journal.append(.streamClosed(closure, stream: stream, at: clock.now))
    }
}
