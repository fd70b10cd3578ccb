internal import MCPSemantics
internal import Recording
internal import Wire

/// Writes the messages of a session's chapters anew, without what rules find in them.
struct ChapterRewriter {
    private let store: Store
    private let description: SessionDescription
    private let number: Int64
    private let redaction: LaterRedaction
    private var exchanges: ExchangeLookup

    /// Where the rows of a chapter lie while it is written anew: references within it are still followed.
    private var aside: Int64 { -number }
    private var id: SessionID { description.id }

    init(
        _ description: SessionDescription, number: Int64, redaction: LaterRedaction, store: Store
    ) {
        self.store = store
        self.description = description
        self.number = number
        self.redaction = redaction
        exchanges = ExchangeLookup(in: store)
    }

    /// How many messages of the chapter changed; without one nothing is written.
    mutating func rewrite(_ chapter: RetentionPlan.Chapter) throws(StoreFailure) -> Int {
        let blocks = try blocks(of: chapter)
        var changed = 0
        try forEachMessage(in: blocks, of: number) { rewriter, message throws(StoreFailure) in
            let redacted = try rewriter.redacted(message)
            if redacted != message {
                changed += 1
            } else if case .parts(let body, _) = message.body {
                changed += try rewriter.changes(body: body, of: message) ? 1 : 0
            }
        }
        guard changed > 0 else { return 0 }
        try store.writing { _ throws(StoreFailure) in try replace(chapter, blocks) }
        return changed
    }

    static func damaged(_ session: SessionID, _ what: String) -> StoreFailure {
        StoreFailure(
            .damaged,
            "session \(session.text): \(what) cannot be read, so nobody knows what they hold;"
                + " mcptape rm \(session.text) removes it all")
    }

    // MARK: Reading

    private func blocks(of chapter: RetentionPlan.Chapter) throws(StoreFailure) -> [Int64] {
        let query = try store.database.statement(
            "SELECT number FROM block WHERE session = ?1 AND first BETWEEN ?2 AND ?3 ORDER BY first")
        defer { query.reset() }
        query.bind(1, number)
        query.bind(2, chapter.first)
        query.bind(3, chapter.last)
        var blocks: [Int64] = []
        while try query.step() { blocks.append(query.integer(0)) }
        return blocks
    }

    private mutating func forEachMessage(
        in blocks: [Int64], of session: Int64,
        _ body: (inout ChapterRewriter, MessageRecord) throws(StoreFailure) -> Void
    ) throws(StoreFailure) {
        for place in blocks {
            guard let block = try store.block(place) else { throw Self.damaged(id, "some of its messages") }
            for entry in block.entries {
                let message = try store.message(entry, in: block, of: session, id: id)
                if entry.storage == .reference, message.body == .omitted {
                    throw Self.damaged(id, "some of its messages")
                }
                try body(&self, message)
            }
        }
    }

    private mutating func redacted(_ message: MessageRecord) throws(StoreFailure) -> MessageRecord {
        redaction.redacted(message, exchange: try exchange(of: message))
    }

    private mutating func exchange(of message: MessageRecord) throws(StoreFailure) -> Exchange? {
        do { return try exchanges.exchange(answeredBy: message, of: id) } catch {
            throw StoreFailure(.damaged, error.message)
        }
    }

    /// Whether something is replaced in a large message.
    private mutating func changes(body: Int, of message: MessageRecord) throws(StoreFailure) -> Bool {
        let context = redaction.context(of: message, exchange: try exchange(of: message))
        var stream = redaction.redactor.stream(in: context)
        var output: [UInt8] = []
        var part = 0
        while let bytes = try store.part(part, of: number, id, body: body) {
            stream.push(bytes[...], into: &output)
            output.removeAll(keepingCapacity: true)
            part += 1
        }
        stream.push([], isLast: true, into: &output)
        return !stream.redactions.isEmpty
    }

    // MARK: Writing

    private mutating func replace(
        _ chapter: RetentionPlan.Chapter, _ blocks: [Int64]
    ) throws(StoreFailure) {
        try change(
            "UPDATE block SET session = -session WHERE session = ?1 AND first BETWEEN ?2 AND ?3",
            number, chapter.first, chapter.last)
        let bodies = "SELECT body FROM body WHERE session = ?1 AND sequence BETWEEN ?2 AND ?3"
        try change(
            "UPDATE part SET session = -session WHERE session = ?1 AND body IN (\(bodies))",
            number, chapter.first, chapter.last)
        var writer = SessionWriter(rewriting: chapter.number, of: number, description, in: store)
        var newBody = try lastBody() + 1
        var texts = ExchangeTexts()
        try forEachMessage(in: blocks, of: aside) { rewriter, message throws(StoreFailure) in
            var redacted = try rewriter.redacted(message)
            try rewriter.writeParts(of: message, &redacted, &newBody, to: &writer)
            texts.add(redacted, insteadOf: message)
            try writer.rewrite(redacted, of: rewriter.number)
        }
        try writer.finishRewriting(of: number)
        // What was there goes for good, so what stands for it is read once before.
        for block in try self.blocks(of: chapter) where try store.block(block) == nil {
            throw StoreFailure(
                .damaged,
                "session \(id.text): block \(block) was not written as it was read; nothing was changed")
        }
        for table in ["block", "part"] {
            try change("DELETE FROM \(table) WHERE session = ?1", aside)
        }
        guard !texts.isEmpty else { return }
        try store.redactExchanges(of: number, id) { texts.taken(by: $0) }
    }

    /// Writes what of a message lies beside the blocks, redacted: parts, and a body that grew too large.
    private mutating func writeParts(
        of message: MessageRecord, _ redacted: inout MessageRecord, _ newBody: inout Int,
        to writer: inout SessionWriter
    ) throws(StoreFailure) {
        switch redacted.body {
        case .omitted: break
        case .inline(let bytes):
            guard bytes.count > LineFramer.defaultPartSize else { return }
            var count = 0
            try write(bytes, body: newBody, &count, to: &writer)
            redacted.body = .parts(body: newBody, count: count)
            newBody += 1
        case .parts(let body, _):
            let context = redaction.context(of: message, exchange: try exchange(of: message))
            var stream = redaction.redactor.stream(in: context)
            var (part, count, output) = (0, 0, [UInt8]())
            while let bytes = try store.part(part, of: aside, id, body: body) {
                stream.push(bytes[...], into: &output)
                try write(output[...], body: body, &count, to: &writer)
                output.removeAll(keepingCapacity: true)
                part += 1
            }
            stream.push([], isLast: true, into: &output)
            try write(output[...], body: body, &count, to: &writer)
            redacted.add(redactions: stream.redactions)
            redacted.body = .parts(body: body, count: count)
        }
    }

    private func write(
        _ bytes: ArraySlice<UInt8>, body: Int, _ count: inout Int, to writer: inout SessionWriter
    ) throws(StoreFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(LineFramer.defaultPartSize)
            rest = rest.dropFirst(piece.count)
            try writer.rewrite(MessagePart(body: body, index: count, bytes: piece), of: number)
            count += 1
        }
    }

    private func lastBody() throws(StoreFailure) -> Int {
        let query = try store.database.statement("SELECT max(body) FROM body WHERE session = ?1")
        defer { query.reset() }
        query.bind(1, number)
        return try query.step() ? query.optionalInt(0) ?? 0 : 0
    }

    private func change(_ sql: String, _ values: Int64...) throws(StoreFailure) {
        let statement = try store.database.statement(sql)
        for (index, value) in values.enumerated() { statement.bind(Int32(index + 1), value) }
        try statement.run()
    }
}

/// What exchanges tell of messages that changed.
private struct ExchangeTexts {
    private var names: [Int64: String?] = [:]
    private var errors: [Int64: ResponseError] = [:]

    var isEmpty: Bool { names.isEmpty && errors.isEmpty }

    mutating func add(_ redacted: MessageRecord, insteadOf message: MessageRecord) {
        if redacted.name != message.name { names[message.sequence] = .some(redacted.name) }
        guard message.kind == .response, redacted != message, let direction = message.lane.direction,
            case .inline(let bytes) = redacted.body,
            let error = MessageReader.digest(of: bytes, direction: direction).error
        else { return }
        errors[message.sequence] = error
    }

    func taken(by exchange: Exchange) -> Exchange {
        var exchange = exchange
        if let name = names[exchange.requestSequence] { exchange.name = name }
        if let sequence = exchange.responseSequence, let error = errors[sequence] { exchange.error = error }
        return exchange
    }
}
