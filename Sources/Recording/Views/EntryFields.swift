internal import MCPSemantics
public import Wire

extension JSONWriter {
    /// A message or a gap as an object, its bytes as in a recording file: `msg`, `text`, `raw_b64` or
    /// `http`, last.
    ///
    /// A body in parts is left out (`in_parts` says so): `export` writes it whole.
    public mutating func entry(_ entry: RecordingEntry, of session: SessionID) {
        object { json in
            json.member("session", session.text)
            json.member("seq", entry.sequence)
            switch entry {
            case .message(let message): json.message(message)
            case .gap(let record): json.gap(record)
            }
        }
    }

    private mutating func message(_ message: MessageRecord) {
        member("t_us", message.time.nanoseconds / 1000)
        if let direction = message.lane.direction {
            member("dir", direction.word)
        } else {
            member("stderr", true)
        }
        member("kind", message.kind.word)
        member("method", ifPresent: message.method)
        member("name", ifPresent: message.name)
        if let id = message.id { member("id") { json in json.token(id.text.utf8) } }
        member("exchange", ifPresent: message.exchange)
        member("bytes", message.size)
        if message.truncated != nil { member("truncated", true) }
        if !message.redactions.isEmpty {
            member("redacted") { list in
                list.array { for place in message.redactions { $0.strings([place.pointer, place.rule]) } }
            }
        }
        if let fault = message.fault {
            member("fault", fault.text)
            member("fault_side", ifPresent: fault.side.fileWord)
        }
        if message.stream != .stdio { member("stream", Int(message.stream.number)) }
        if message.isPartial { member("partial", true) }
        if !message.hasLineFeed { member("eol", "") }
        switch message.body {
        case .omitted: break
        case .parts(_, let count): member("in_parts", count)
        case .inline(let bytes):
            if message.kind == .http { member("http", raw: bytes) } else { body(bytes) }
        }
    }

    private mutating func body(_ bytes: ArraySlice<UInt8>) {
        switch FileBodyForm.of(bytes) {
        case .json: member("msg", raw: bytes)
        case .text:
            key("text")
            string(utf8: bytes)
        case .base64:
            var encoder = Base64Encoder()
            var text: [UInt8] = []
            encoder.push(bytes, into: &text)
            encoder.finish(into: &text)
            key("raw_b64")
            string(utf8: text[...])
        }
    }

    private mutating func gap(_ record: GapRecord) {
        let gap = record.gap
        member("kind", "gap")
        member("reason", gap.reason.fileWord)
        // Of what is damaged only the numbers are known.
        member("to_seq", ifPresent: record.lastSequence.map { Int($0) })
        guard gap.reason != .damaged else { return member("t_us", gap.from.nanoseconds / 1000) }
        member("t_us", gap.from.nanoseconds / 1000)
        member("to_us", gap.to.nanoseconds / 1000)
        member("c2s_bytes", gap.clientToServer)
        member("s2c_bytes", gap.serverToClient)
        member("stderr_bytes", gap.standardError)
        member("lines", gap.clientToServerLines + gap.serverToClientLines)
    }
}
