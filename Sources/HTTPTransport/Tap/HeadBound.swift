internal import MCPSemantics
internal import Recording

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
    /// What a tap is told.
    var tapped: TransportEvent { .requestHead(bounded, stream: .stdio, at: .zero) }

    private var bounded: HTTPRequestHead {
        var head = self
        let (kept, omitted) = HeadBound.fields(fields)
        head.fields = kept
        head.omittedFields = omitted
        head.target = HeadBound.cut(target, to: HeadBound.valueLimit)
        return head
    }
}

extension HTTPResponseHead {
    /// What a tap is told.
    var tapped: TransportEvent { .responseHead(bounded, stream: .stdio, at: .zero) }

    private var bounded: HTTPResponseHead {
        var head = self
        let (kept, omitted) = HeadBound.fields(fields)
        head.fields = kept
        head.omittedFields = omitted
        head.reason = HeadBound.cut(reason, to: HeadBound.valueLimit)
        return head
    }
}
