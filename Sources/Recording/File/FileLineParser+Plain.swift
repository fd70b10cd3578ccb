import MCPSemantics
import Wire

extension FileLineParser {
    /// The line of a message as the recorder writes nearly all of them: `seq`, `t`, `dir`, perhaps `session`
    /// and `stream`, and `msg`, in this order, without white space. Nil for every other line, which is then
    /// read member by member, at ten times the cost.
    func plainMessage() -> RecordingFileLine.FileMessage? {
        guard let head = text.withUnsafeBufferPointer({ PlainHead($0) }) else { return nil }
        let body = text[(text.startIndex + head.bodyStart)..<(text.endIndex - 1)]
        guard JSONText.isValid(body) else { return nil }
        var place = RecordingFileLine.Place()
        place.sequence = head.sequence
        place.microseconds = head.microseconds
        place.session = head.session
        var message = RecordingFileLine.FileMessage(
            place: place, lane: head.lane, body: .verbatim(body), isPartial: false, hasLineFeed: true,
            statedSize: 0)
        message.stream = head.stream
        message.isPlain = true
        return message
    }
}

/// What stands before `msg` in a plain line.
struct PlainHead {
    var sequence: Int64
    var microseconds: Int64
    var lane: Lane
    var session: String?
    var stream: UInt32 = 0
    /// As an offset from the line's first byte.
    var bodyStart: Int

    init?(_ line: UnsafeBufferPointer<UInt8>) {
        guard line.count > 2, line[line.count - 1] == UInt8(ascii: "}") else { return nil }
        var at = 0
        func skip(_ word: StaticString) -> Bool {
            let count = word.utf8CodeUnitCount
            guard line.count - at >= count else { return false }
            for offset in 0..<count where line[at + offset] != word.utf8Start[offset] { return false }
            at += count
            return true
        }
        /// Digits that are an integer as JSON writes it. Of 18, which no `Int64` overflows, the rest stays.
        func digits() -> Int64? {
            let start = at
            var value: Int64 = 0
            while at < line.count, line[at] &- 0x30 < 10, at - start < 18 {
                value = value * 10 + Int64(line[at] &- 0x30)
                at += 1
            }
            let count = at - start
            guard count > 0, count == 1 || line[start] != 0x30 else { return nil }
            return value
        }
        guard skip("{\"seq\":"), let sequence = digits(), skip(",\"t\":"), let microseconds = digits(),
            skip(",\"dir\":\"")
        else { return nil }
        self.sequence = sequence
        self.microseconds = microseconds
        if skip("c2s\"") {
            lane = .clientToServer
        } else if skip("s2c\"") {
            lane = .serverToClient
        } else {
            return nil
        }
        if skip(",\"session\":\"") {
            let start = at
            while at < line.count, Self.isSessionDigit(line[at]) { at += 1 }
            session = String(decoding: line[start..<at], as: UTF8.self)
            guard skip("\"") else { return nil }
        }
        if skip(",\"stream\":") {
            guard let number = digits(), let stream = UInt32(exactly: number) else { return nil }
            self.stream = stream
        }
        guard skip(",\"msg\":"), at < line.count else { return nil }
        bodyStart = at
    }

    private static func isSessionDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte &- UInt8(ascii: "a") < 26
    }
}
