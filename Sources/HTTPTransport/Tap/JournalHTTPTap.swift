public import Journal
internal import MCPSemantics
public import Recording

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

    public func requestHead(_ head: HTTPRequestHead, stream: StreamID) {
        journal.append(.requestHead(head.bounded, stream: stream, at: clock.now))
    }

    public func responseHead(_ head: HTTPResponseHead, stream: StreamID) {
        journal.append(.responseHead(head.bounded, stream: stream, at: clock.now))
    }

    public func bodyOmitted(_ count: Int, on lane: Lane, stream: StreamID) {
        journal.append(.bodyOmitted(count, on: lane, stream: stream, at: clock.now))
    }

    public func trailers(_ fields: [HTTPField], on lane: Lane, stream: StreamID) {
        let bounded = HeadBound.fields(fields).kept
        journal.append(.trailers(bounded, on: lane, stream: stream, at: clock.now))
    }

    public func edited(_ edit: ForwardedEdit, on lane: Lane, stream: StreamID) {
        journal.append(.edited(edit, on: lane, stream: stream, at: clock.now))
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

    public func changed(_ change: ListenerChange) {
        journal.append(.listenerChanged(change, at: clock.now))
    }

    public func closed(_ closure: StreamClosure, stream: StreamID) {
        journal.append(.streamClosed(closure, stream: stream, at: clock.now))
    }
}

/// What of a head goes on record: a record has a size limit, a head may be larger.
enum HeadBound {
    /// Longer values and targets are cut.
    static let valueLimit = 4 << 10
    /// All fields together. With the target, below what the journal takes as one event (32 KiB) and what it
    /// keeps while it has no room (16 KiB).
    static let fieldsLimit = 8 << 10

    static func fields(_ fields: [HTTPField]) -> (kept: [HTTPField], omitted: Int) {
        var kept: [HTTPField] = []
        kept.reserveCapacity(fields.count)
        var room = fieldsLimit
        for field in fields {
            let fits = cut(field.value, to: min(valueLimit, max(0, room - field.name.utf8.count)))
            room -= field.name.utf8.count + fits.utf8.count
            guard room > 0 else { break }
            let isWhole = fits.utf8.count == field.value.utf8.count
            kept.append(
                HTTPField(
                    name: field.name, value: fits, form: isWhole ? field.form : .cut, size: field.size))
        }
        return (kept, fields.count - kept.count)
    }

    /// The beginning of `text`, at most `limit` bytes.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        // Not within a character: bytes that go on with one begin with the bits 10.
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }
}

extension HTTPRequestHead {
    fileprivate var bounded: HTTPRequestHead {
        var head = self
        let (kept, omitted) = HeadBound.fields(fields)
        head.fields = kept
        head.omittedFields = omitted
        head.target = HeadBound.cut(target, to: HeadBound.valueLimit)
        return head
    }
}

extension HTTPResponseHead {
    fileprivate var bounded: HTTPResponseHead {
        var head = self
        let (kept, omitted) = HeadBound.fields(fields)
        head.fields = kept
        head.omittedFields = omitted
        head.reason = HeadBound.cut(reason, to: HeadBound.valueLimit)
        return head
    }
}
