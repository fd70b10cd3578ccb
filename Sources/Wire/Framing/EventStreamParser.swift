import CScan

/// What a `text/event-stream` body is made of, in order.
public enum EventStreamPart: Sendable, Equatable {
    /// Bytes of the current event's data, its lines joined by line feeds.
    case data(ArraySlice<UInt8>)
    /// Bytes of the current event beside its data that are too many to be kept as its framing.
    case unframed([UInt8])
    /// The current event is over.
    case end(Event)

    /// An event but for its data.
    public struct Event: Sendable, Equatable {
        /// The event's own text around its data lines: one piece before each line, and one behind the last.
        /// Without data it is the whole event: a comment, an id, a retry time, an empty line.
        public var pieces: [[UInt8]]
        /// It has a `data` field, so a client dispatches it when it is complete.
        public var hasData: Bool
        /// False when the body ended in the middle of it.
        public var isComplete: Bool
        /// Some of its text was handed out as `unframed` before.
        public var isUnframed: Bool
    }
}

/// Cuts a `text/event-stream` body into events, without losing a byte of it.
///
/// The parts, put together again, are the body. They do not depend on how the body was chunked, except that
/// the data of one event may come in several `data` parts.
/// Source: WHATWG HTML, 9.2.5 and 9.2.6 (fields, CR, LF and CRLF line ends, comments, a byte order mark at
/// the start); MCP 2025-11-25, basic/transports (events of a server).
public struct EventStreamParser: Sendable, Equatable {
    /// Bytes of an event beside its data that are kept as its framing. Names, ids and retry times take a few
    /// dozen; what an event has beyond that is handed out as `unframed`.
    public static let framingLimit = 16 << 10

    /// What the current line is, as far as it was read.
    private enum Line: Equatable {
        /// Nothing of it was read.
        case start
        /// The first bytes of a byte order mark, at the start of the body.
        case byteOrderMark(Int)
        /// The first bytes of `data`.
        case name(Int)
        /// `data:`; one space behind it does not count.
        case beforeData
        case data
        /// Another field, a comment, or the line end of a data line.
        case other
    }

    private var line = Line.start
    /// The newest byte is a CR, of whose line end an LF may be the rest.
    private var isAfterCarriageReturn = false
    private var isAtStart = true
    private var pieces: [[UInt8]] = [[]]
    private var framingSize = 0
    private var hasData = false
    private var isUnframed = false

    public init() {}

    /// Hands what `chunk` completes to `receive`, in order. O(n).
    public mutating func push(_ chunk: ArraySlice<UInt8>, _ receive: (EventStreamPart) -> Void) {
        var at = chunk.startIndex
        while at < chunk.endIndex {
            if line == .data, !isAfterCarriageReturn {
                let end = EventStreamParser.lineEnd(in: chunk[at...])
                if end > at { receive(.data(chunk[at..<end])) }
                guard end < chunk.endIndex else { return }
                endDataValue()
                at = end
            }
            take(chunk[at], receive)
            at += 1
        }
    }

    /// The body is over: hands out what an unfinished event has, which no client dispatches.
    ///
    /// The parser is then as new.
    public mutating func finish(_ receive: (EventStreamPart) -> Void) {
        if isAfterCarriageReturn { endLine(receive) }
        if hasData || framingSize > 0 || isUnframed {
            if line == .beforeData { beginData(receive) }
            if line == .data { endDataValue() }
            receive(.end(takeEvent(isComplete: false)))
        }
        self = EventStreamParser()
    }

    private static func lineEnd(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return bytes.endIndex }
            let lineFeed = cscan_find(base, buffer.count, 0x0A)
            return bytes.startIndex + Int(cscan_find(base, lineFeed, 0x0D))
        }
    }

    // MARK: Byte by byte

    private mutating func take(_ byte: UInt8, _ receive: (EventStreamPart) -> Void) {
        if isAfterCarriageReturn {
            isAfterCarriageReturn = false
            if byte == 0x0A {
                keep(byte, receive)
                return endLine(receive)
            }
            endLine(receive)
        }
        switch byte {
        case 0x0A:
            if line == .beforeData { beginEmptyData(receive) }
            keep(byte, receive)
            endLine(receive)
        case 0x0D:
            if line == .beforeData { beginEmptyData(receive) }
            keep(byte, receive)
            isAfterCarriageReturn = true
        default:
            if line == .beforeData {
                if byte == 0x20 { keep(byte, receive) }
                beginData(receive)
                if byte != 0x20 { receive(.data([byte])) }
                return
            }
            keep(byte, receive)
            advance(byte)
        }
    }

    private static let name: [UInt8] = Array("data".utf8)
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Finds out what the line is.
    private mutating func advance(_ byte: UInt8) {
        defer { isAtStart = false }
        switch line {
        case .start:
            if isAtStart, byte == EventStreamParser.mark[0] {
                line = .byteOrderMark(1)
            } else {
                line = byte == EventStreamParser.name[0] ? .name(1) : .other
            }
        case .byteOrderMark(let count):
            guard byte == EventStreamParser.mark[count] else { return line = .other }
            line = count == 2 ? .start : .byteOrderMark(count + 1)
        case .name(let count):
            if count < 4, byte == EventStreamParser.name[count] {
                line = .name(count + 1)
            } else {
                line = count == 4 && byte == 0x3A ? .beforeData : .other
            }
        case .beforeData, .data, .other: break
        }
    }

    private mutating func endLine(_ receive: (EventStreamPart) -> Void) {
        // A line that is no more than the name is an empty data line, behind its line end.
        if line == .name(4) { beginEmptyData(receive) }
        let isEmpty = line == .start
        line = .start
        isAtStart = false
        if isEmpty { receive(.end(takeEvent(isComplete: true))) }
    }

    // MARK: Data

    private mutating func beginData(_ receive: (EventStreamPart) -> Void) {
        if hasData { receive(.data([0x0A])) }
        hasData = true
        line = .data
    }

    private mutating func beginEmptyData(_ receive: (EventStreamPart) -> Void) {
        beginData(receive)
        endDataValue()
    }

    /// What follows is framing again: the next piece.
    private mutating func endDataValue() {
        pieces.append([])
        line = .other
    }

    // MARK: Framing

    private mutating func keep(_ byte: UInt8, _ receive: (EventStreamPart) -> Void) {
        pieces[pieces.count - 1].append(byte)
        framingSize += 1
        guard framingSize >= EventStreamParser.framingLimit else { return }
        receive(.unframed(pieces.flatMap { $0 }))
        isUnframed = true
        pieces = [[]]
        framingSize = 0
    }

    private mutating func takeEvent(isComplete: Bool) -> EventStreamPart.Event {
        defer {
            pieces = [[]]
            framingSize = 0
            hasData = false
            isUnframed = false
        }
        return EventStreamPart.Event(
            pieces: pieces, hasData: hasData, isComplete: isComplete, isUnframed: isUnframed)
    }
}

// MARK: - Checkpoints

extension EventStreamParser {
    /// Writes everything that decides what later bytes give.
    public func save(to state: inout StateWriter) {
        let (kind, count): (UInt8, UInt8) =
            switch line {
            case .start: (0, 0)
            case .byteOrderMark(let count): (1, UInt8(count))
            case .name(let count): (2, UInt8(count))
            case .beforeData: (3, 0)
            case .data: (4, 0)
            case .other: (5, 0)
            }
        state.int(kind)
        state.int(count)
        state.bool(isAfterCarriageReturn)
        state.bool(isAtStart)
        state.array(pieces) { $0.bytes($1) }
        state.bool(hasData)
        state.bool(isUnframed)
    }

    /// Goes on where the parser stood that wrote `state`.
    public init(from state: inout StateReader) throws(StateReader.Failure) {
        let kind = try state.int(UInt8.self)
        let count = Int(try state.int(UInt8.self))
        switch (kind, count) {
        case (0, _): line = .start
        case (1, 1...2): line = .byteOrderMark(count)
        case (2, 1...4): line = .name(count)
        case (3, _): line = .beforeData
        case (4, _): line = .data
        case (5, _): line = .other
        default: throw .malformed
        }
        isAfterCarriageReturn = try state.bool()
        isAtStart = try state.bool()
        pieces = try state.array(limit: EventStreamParser.framingLimit) { state throws(StateReader.Failure) in
            try state.bytes()
        }
        framingSize = pieces.reduce(0) { $0 + $1.count }
        guard !pieces.isEmpty, framingSize < EventStreamParser.framingLimit else { throw .malformed }
        hasData = try state.bool()
        isUnframed = try state.bool()
    }
}
