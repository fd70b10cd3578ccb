import MCPSemantics
import Wire

extension FileRecording {
    /// Hands the file's text to `emit` with the rules applied, and answers how many messages changed.
    ///
    /// Every line without a secret, and lines that this version does not know, stay as they are, byte for
    /// byte. O(bytes).
    public func writeRedacted(
        by redaction: LaterRedaction, to emit: (ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        var changed = 0
        var position = bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        try emit(redactedHeader(by: redaction, of: bytes[..<position]))
        var number = 1
        // Lines of several sessions stand in any order.
        let sessions = contents.indices.map { (session: $0, lines: contents[$0].lines) }
        let places = sessions.flatMap { entry in entry.lines.map { (entry.session, $0) } }
            .sorted { $0.1.number < $1.1.number }
        var next = 0
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let behind = min(end + 1, bytes.count)
            number += 1
            var line = bytes[position..<end]
            if next < places.count, places[next].1.number == number {
                let (session, place) = places[next]
                if let redacted = redacted(line, place, contents[session], redaction) {
                    changed += 1
                    line = redacted[...]
                }
                next += 1
            } else {
                // Damaged, or of a later version: nobody knows what is in it.
                line = redaction.text(json: line)
            }
            try emit(line)
            try emit(bytes[end..<behind])
            position = behind
        }
        return changed
    }

    /// Nil when the line stays as it is.
    private func redacted(
        _ text: ArraySlice<UInt8>, _ place: FileIndexLine, _ session: FileSessionContent,
        _ redaction: LaterRedaction
    ) -> [UInt8]? {
        let line = RecordingFileLine(text, number: Int(place.number), hasLineFeed: true)
        guard case .message(let content) = line.content else { return nil }
        var message = content.record(content.digested(), sequence: place.sequence, time: place.time)
        message.exchange = place.exchange == 0 ? nil : place.exchange
        let redacted = redaction.redacted(message, exchange: session.exchange(place.exchange))
        let written = line.redacted(to: redacted) { redaction.text(json: $0) }
        // Nothing but the body, what stands around it and an error's text can hold a secret.
        let isChanged = redacted != message || content.stated?.error != nil && written.map { $0[...] } != text
        return isChanged ? written : nil
    }

    /// The first line, with its line feed: its texts without secrets, and the rules named in each session.
    private func redactedHeader(
        by redaction: LaterRedaction, of line: ArraySlice<UInt8>
    ) -> ArraySlice<UInt8> {
        let text = redaction.text(json: line)
        guard let tree = JSONTree(text) else { return line }
        var result: [UInt8] = []
        var copied = text.startIndex
        let nodes = tree.root["sessions"].map { Array($0.children) } ?? [tree.root]
        for (node, session) in zip(nodes, header.sessions) {
            let rules =
                session.description.redaction?.adding(redaction.redactor.rules) ?? redaction.redactor.rules
            let encoded = FileTextEscaper.lineSafe(rules.encodedJSON())
            if let known = node["redaction"] {
                result += text[copied..<text.startIndex + known.range.lowerBound] + encoded
                copied = text.startIndex + known.range.upperBound
            } else {
                // Behind the opening brace.
                let open = text.startIndex + node.range.lowerBound + 1
                result += text[copied..<open] + Array("\"redaction\":".utf8) + encoded
                if node.childCount > 0 { result.append(UInt8(ascii: ",")) }
                copied = open
            }
        }
        return (result + text[copied...])[...]
    }
}
