internal import Recording
internal import Wire

/// Cuts an event stream behind the empty line of each event, and keeps every byte.
/// Source: WHATWG HTML, 9.2.5: lines end with CR, LF, or both.
struct EventCutter {
    /// A longer event is handed out in parts, and is looked at by nobody: docs/faults.md.
    static let eventLimit = 1 << 20

    /// An event with its empty line, or a part of a long one.
    struct Part: Equatable {
        var bytes: ArraySlice<UInt8>
        var isFirst = true
        var isLast = true
    }

    private var held: [UInt8] = []
    private var isLineEmpty = true
    private var isAfterReturn = false
    /// Parts of the event were handed out.
    private var isInside = false

    /// Hands out what `bytes` complete, in order.
    mutating func push(_ bytes: [UInt8], _ receive: (Part) -> Void) {
        var start = 0
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A, isAfterReturn {
                // The second half of the line's end. Behind an event's last CR it begins the next one.
                isAfterReturn = false
                continue
            }
            isAfterReturn = byte == 0x0D
            guard byte == 0x0A || byte == 0x0D else {
                isLineEmpty = false
                continue
            }
            guard isLineEmpty else {
                isLineEmpty = true
                continue
            }
            let hasFeed = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            let end = index + (hasFeed ? 2 : 1)
            hand(out: bytes[start..<end], isLast: true, receive)
            start = end
        }
        held += bytes[start...]
        if held.count > Self.eventLimit { hand(out: [], isLast: false, receive) }
    }

    /// The stream is over: hands out what is left.
    mutating func finish(_ receive: (Part) -> Void) {
        if !held.isEmpty || isInside { hand(out: [], isLast: true, receive) }
    }

    private mutating func hand(out bytes: ArraySlice<UInt8>, isLast: Bool, _ receive: (Part) -> Void) {
        let whole = held + bytes
        held = []
        receive(Part(bytes: whole[...], isFirst: !isInside, isLast: isLast))
        isInside = !isLast
    }
}

/// One event of a server: its message, and what stands around it.
struct ServerEvent {
    private(set) var data: [UInt8] = []
    private var framing: MessageFraming?

    /// Reads an event as `EventCutter` cuts it.
    init(_ bytes: ArraySlice<UInt8>) {
        var parser = EventStreamParser()
        var found: (data: [UInt8], framing: MessageFraming?) = ([], nil)
        parser.push(bytes) { part in
            switch part {
            case .data(let more): found.data += more
            case .unframed: break
            case .end(let event): if event.hasData { found.framing = MessageFraming(pieces: event.pieces) }
            }
        }
        (data, framing) = found
    }

    /// Whether it says where a client of HTTP+SSE posts to.
    var isEndpoint: Bool { framing?.value(of: "event") == "endpoint" }

    /// The same event with another message.
    func carrying(_ message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if let framing, framing.pieces.count == 2, !message.contains(0x0A), !message.contains(0x0D) {
            return framing.event(around: message)[...]
        }
        return MockSession.event(message, id: framing?.value(of: "id"))[...]
    }
}
