import MCPSemantics
import Wire

/// Where an entry stands in the file, and what only its predecessors tell of it.
struct FileIndexLine {
    var start: Int
    var end: Int
    var number: UInt32
    /// Where the body of a plain line begins, as an offset from `start`; 0: the line must be read again. It
    /// ends before the line's last brace.
    var bodyOffset: UInt16 = 0
    /// Of a plain line.
    var lane = Lane.clientToServer
    /// Of a plain line.
    var kind = MessageKind.foreign
    /// Of a plain line.
    var stream: UInt32 = 0
    var sequence: Int64
    var time: Timestamp
    /// 0: none.
    var exchange: Int
    /// Number of a body that is larger than a part; 0: none.
    var largeBody: Int

    /// Notes what of a line need not be read again.
    mutating func keep(_ message: RecordingFileLine.FileMessage, _ kind: MessageKind) {
        guard message.isPlain, case .verbatim(let body) = message.body,
            let offset = UInt16(exactly: body.startIndex - start), body.endIndex == end - 1
        else { return }
        bodyOffset = offset
        lane = message.lane
        stream = message.stream
        self.kind = kind
    }

    /// The entry, read from the file again. `exchanges` are those of the session.
    func entry(in bytes: [UInt8], _ exchanges: [Exchange]) -> RecordingEntry? {
        if let record = knownRecord(in: bytes, exchanges) { return .message(record) }
        switch content(in: bytes) {
        case .gap(let gap): return .gap(GapRecord(sequence: sequence, gap: gap.gap))
        case .message(let message):
            var record = message.record(message.digested(), sequence: sequence, time: time)
            record.exchange = exchange == 0 ? nil : exchange
            if largeBody > 0, case .inline(let body) = record.body {
                let count = (body.count - 1) / LineFramer.defaultPartSize + 1
                record.body = .parts(body: largeBody, count: count)
            }
            return .message(record)
        case .other, .damaged: return nil
        }
    }

    /// The record of a plain line on stdio whose exchange tells what its message would be read for.
    private func knownRecord(in bytes: [UInt8], _ exchanges: [Exchange]) -> MessageRecord? {
        guard bodyOffset > 0, stream == 0, largeBody == 0, kind == .request || kind == .response,
            exchanges.indices.contains(exchange - 1)
        else { return nil }
        let body = bytes[(start + Int(bodyOffset))..<(end - 1)]
        var record = MessageRecord(
            sequence: sequence, time: time, lane: lane, kind: kind, body: .inline(body), size: body.count)
        record.id = exchanges[exchange - 1].id
        if kind == .request {
            record.method = exchanges[exchange - 1].method
            record.name = exchanges[exchange - 1].name
        }
        record.exchange = exchange
        return record
    }

    /// The body of the message.
    func body(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard case .message(let message) = content(in: bytes) else { return nil }
        return message.bytes
    }

    private func content(in bytes: [UInt8]) -> RecordingFileLine.Content {
        guard bodyOffset > 0 else {
            return RecordingFileLine(bytes[start..<end], number: Int(number), hasLineFeed: true).content
        }
        var message = RecordingFileLine.FileMessage(
            place: RecordingFileLine.Place(), lane: lane,
            body: .verbatim(bytes[(start + Int(bodyOffset))..<(end - 1)]), isPartial: false,
            hasLineFeed: true, statedSize: 0)
        message.stream = stream
        return .message(message)
    }
}
