public import MCPSemantics
import Wire

/// Applies rules to what is on record already.
///
/// What was replaced before stays as it is: applying the same rules under the same key again changes nothing.
public struct LaterRedaction: Sendable {
    public let redactor: Redactor
    /// Whether what `export` would stop at is replaced too, in whatever no rule finds it; not in messages in
    /// parts.
    let replacesSuspects: Bool

    public init(_ redactor: Redactor, replacesSuspects: Bool = false) {
        self.redactor = redactor
        self.replacesSuspects = replacesSuspects
    }

    /// Nothing but prompts and what people answered is replaced, and those stand in messages alone.
    var sparesAllButPeople: Bool { !replacesSuspects && !redactor.rules.findSecrets }

    /// Whether `redacted` may change a message, as far as its bytes tell: mostly those of a session are not
    /// changed when it is exported, and need not be taken apart to know.
    func mayChange(_ message: MessageRecord) -> Bool {
        guard sparesAllButPeople else { return true }
        switch message.body {
        case .omitted: return false
        case .inline(let bytes):
            return message.kind != .http && redactor.mayReplaceByPlace(bytes, from: message.lane.direction)
        case .parts: return true
        }
    }

    /// What the rules may ask of a message. `exchange` is the one that it belongs to.
    public func context(of message: MessageRecord, exchange: Exchange?) -> RedactionContext {
        var context = RedactionContext(direction: message.lane.direction, kind: message.kind)
        if message.kind != .response {
            (context.method, context.name) = (message.method, message.name)
        } else if let exchange {
            (context.method, context.name) = (exchange.method, exchange.name)
        }
        return context
    }

    /// The message without what the rules find; of one in parts everything but the parts. O(bytes).
    public func redacted(_ message: MessageRecord, exchange: Exchange?) -> MessageRecord {
        var result = message
        result.framing = message.framing.map { framing in
            MessageFraming(pieces: framing.pieces.map { text($0) })
        }
        guard message.kind != .http else {
            if case .inline(let bytes) = message.body {
                let redacted = note(bytes)
                result.body = .inline(redacted)
                // A note was never on the wire: its size is its own.
                if redacted != bytes { result.size = redacted.count }
            }
            return result
        }
        if case .inline(let bytes) = message.body {
            var redacted = redactor.redact(bytes, in: context(of: message, exchange: exchange))
            if let clean = withoutSuspects(redacted.bytes) {
                redacted.bytes = clean
                redacted.redactions.append(Redaction(pointer: "", rule: "suspect"))
            }
            guard !redacted.redactions.isEmpty else { return result }
            result.body = .inline(redacted.bytes)
            result.add(redactions: redacted.redactions)
            if let direction = message.lane.direction, message.kind != .batch {
                let digest = MessageReader.digest(of: redacted.bytes, direction: direction)
                result.name = digest.name
                result.id = digest.id ?? message.id.map { RequestID(text($0.text)) }
                result.method = digest.method ?? message.method.map { text($0) }
            }
        } else {
            result.name = message.name.map { text($0) }
        }
        return result
    }

    /// The session without secrets in what is told of it, and with these rules among those that were applied.
    public func redacted(_ summary: SessionSummary) -> SessionSummary {
        var summary = summary
        summary.description.name = text(summary.description.name)
        summary.description.command = summary.description.command.map { text($0) }
        summary.description.workingDirectory = summary.description.workingDirectory.map { text($0) }
        for index in summary.description.tags.indices {
            summary.description.tags[index].value = text(summary.description.tags[index].value)
        }
        summary.description.redaction =
            summary.description.redaction?.adding(redactor.rules) ?? redactor.rules
        summary.state.client = summary.state.client.map { redacted($0) }
        summary.state.server = summary.state.server.map { redacted($0) }
        if let failure = summary.state.startFailure {
            summary.state.startFailure?.command = text(failure.command)
            summary.state.startFailure?.searchedPath = failure.searchedPath.map { text($0) }
            summary.state.startFailure?.workingDirectory = text(failure.workingDirectory)
        }
        return summary
    }

    /// A JSON text that is no message without what the rules find in it.
    func text(json: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let redacted = redactor.redact(json, in: RedactionContext(direction: nil)).bytes
        return withoutSuspects(redacted) ?? redacted
    }

    func text(_ text: String) -> String {
        String(decoding: self.text(Array(text.utf8)), as: UTF8.self)
    }

    private func text(_ bytes: [UInt8]) -> [UInt8] {
        Array(text(json: bytes[...]))
    }

    /// The text with placeholders for what looks like a secret still; nil when nothing does.
    func withoutSuspects(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard replacesSuspects else { return nil }
        let ranges = ExportInspection.suspects(in: bytes)
        guard !ranges.isEmpty else { return nil }
        var result: [UInt8] = []
        var copied = bytes.startIndex
        for range in ranges where range.lowerBound >= copied {
            result += bytes[copied..<range.lowerBound]
            result += redactor.placeholder(for: bytes[range]).utf8
            copied = range.upperBound
        }
        result += bytes[copied...]
        // A key that is not closed may reach over the string's end.
        return JSONText.isValid(bytes) && !JSONText.isValid(result[...]) ? nil : result[...]
    }

    // MARK: Heads

    /// A note of HTTP. Heads are masked when they are recorded; a file that was written by hand may hold
    /// more.
    private func note(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rules = redactor.rules
        guard rules.usesDefaults || !rules.keys.isEmpty || !rules.prefixes.isEmpty,
            let note = HTTPNote(json: bytes)
        else { return bytes }
        let redacted: HTTPNote
        switch note {
        case .request(var head):
            head.target = String(
                decoding: URLMask.recorded(text(Array(head.target.utf8))[...], by: redactor), as: UTF8.self)
            head.fields = fields(head.fields)
            redacted = .request(head)
        case .response(var head):
            head.fields = fields(head.fields)
            redacted = .response(head)
        case .trailers(let trailers): redacted = .trailers(fields(trailers))
        case .event(let event): redacted = .event(text(event))
        case .edited(var edit):
            edit.removed = text(edit.removed)
            edit.inserted = text(edit.inserted)
            redacted = .edited(edit)
        case .omitted, .closed: redacted = note
        }
        return redacted == note ? bytes : redacted.encodedJSON()[...]
    }

    private func fields(_ fields: [HTTPField]) -> [HTTPField] {
        fields.map { field in
            guard field.form != .masked else { return field }
            let value = Array(field.value.utf8)
            let recorded = HeaderPolicy.recorded(value[...], of: field.name, by: redactor)
            guard recorded != value else { return field }
            return HTTPField(
                name: field.name, value: String(decoding: recorded, as: UTF8.self), form: .masked,
                size: value.count)
        }
    }
}

extension MessageRecord {
    /// Adds places that were replaced, up to the limit.
    public mutating func add(redactions more: [Redaction]) {
        for redaction in more where redactions.count < Redaction.limit && !redactions.contains(redaction) {
            redactions.append(redaction)
        }
    }
}
