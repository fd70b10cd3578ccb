/// A note as text, ready for the record.
struct WrittenNote: Sendable {
    /// As `HTTPNote.isAboutExchange`.
    let isAboutExchange: Bool
    private let content: Content

    private enum Content {
        case text([UInt8])
        /// It holds bytes of a body, or what a body says: it is written once the rules for that were applied.
        case unwritten(HTTPNote)
    }

    /// The head of a request that a session must see before it is written: it mirrors arguments of the body,
    /// or names a trace.
    var unwrittenRequest: HTTPRequestHead? {
        if case .unwritten(.request(let head)) = content { head } else { nil }
    }

    init(_ note: HTTPNote) {
        isAboutExchange = note.isAboutExchange
        switch note {
        case .event, .edited: content = .unwritten(note)
        case .request(let head) where head.fields.contains(where: WrittenNote.concernsSession):
            content = .unwritten(note)
        case .request, .response, .trailers, .omitted, .closed: content = .text(note.encodedJSON())
        }
    }

    private static func concernsSession(_ field: HTTPField) -> Bool {
        MirroredValue.isArgument(field.name) || field.name.lowercased() == "traceparent"
    }

    /// What goes on record, where `redact` makes a body's bytes fit for it.
    func text(redacting redact: ([UInt8]) -> [UInt8]) -> [UInt8] {
        switch content {
        case .text(let text): return text
        case .unwritten(.event(let bytes)): return HTTPNote.event(redact(bytes)).encodedJSON()
        case .unwritten(.edited(var edit)):
            edit.removed = String(decoding: redact(Array(edit.removed.utf8)), as: UTF8.self)
            edit.inserted = String(decoding: redact(Array(edit.inserted.utf8)), as: UTF8.self)
            return HTTPNote.edited(edit).encodedJSON()
        case .unwritten(let note): return note.encodedJSON()
        }
    }
}
