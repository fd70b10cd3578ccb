internal import MCPSemantics
internal import Platform
internal import Recording
internal import Telemetry

/// One session on its way into the store: what the next transaction needs to know of the earlier ones.
///
/// A value, so that a transaction that fails leaves the writer as it was.
struct SessionWriter {
    let store: Store
    private let description: SessionDescription
    /// The session's row; nil before its first commit.
    private var number: Int64?
    private var position: UInt64 = 0
    /// Messages of the blocks that are not sealed yet, and how many of them lie in `openBlocks`.
    private var builder = BlockBuilder()
    private var writtenEntries = 0
    private var openBlocks: [Int64] = []
    private var chapter = OpenChapter()
    private var shared = SharedBodies()
    private var exchanges = ExchangeWriter()
    /// Compressed bytes written since the writer was made; retention looks at it now and then.
    private(set) var storedBytes = 0
    private var lastSequence: Int64 = 0
    private var budget: CompressionBudget
    private var meter = SessionMeter()
    /// What the newest batch adds to the metrics, and what it wrote of sealed blocks and parts.
    private(set) var metered: MeteredChanges?
    private(set) var sealed = SealedBytes()
    /// What is here of the session does not begin with its first message.
    private var lacksHead = false
    /// A chapter is written anew: its messages stay in it, however large they became.
    private var staysInChapter = false

    init(_ description: SessionDescription, in store: Store) throws(StoreFailure) {
        self.store = store
        self.description = description
        budget = CompressionBudget(now: store.system.boottime())
        try store.reading { () throws(StoreFailure) in try resume() }
    }

    /// Takes up what an earlier writer of the session left.
    private mutating func resume() throws(StoreFailure) {
        let row = try store.database.statement(
            """
            SELECT s.number, r.position, r.meter, s.state, s.head_lost_before
            FROM session s LEFT JOIN recovery r ON r.session = s.number
            WHERE s.id = ?1
            """)
        defer { row.reset() }
        row.bind(1, description.id.text)
        guard try row.step() else { return }
        number = row.integer(0)
        position = UInt64(bitPattern: row.integer(1))
        lacksHead = !row.isNull(4)
        let state = SessionState(json: row.textBytes(3)[...]) ?? SessionState()
        meter = (row.isNull(2) ? nil : SessionMeter(checkpoint: row.bytes(2))) ?? SessionMeter(after: state)
        meter.resume(at: state)
        let last = try store.database.statement(
            """
            SELECT number, first, last, touched, stored FROM chapter
            WHERE session = ?1 ORDER BY number DESC LIMIT 1
            """)
        defer { last.reset() }
        last.bind(1, number)
        if try last.step() {
            chapter.number = last.integer(0)
            chapter.first = last.integer(1)
            chapter.last = last.integer(2)
            lastSequence = chapter.last
            chapter.touched = last.integer(3)
            chapter.stored = last.int(4)
            chapter.size = chapter.stored
        }
        let open = try store.database.statement(
            """
            SELECT number, codec, size, checksum, content FROM block
            WHERE session = ?1 AND sealed = 0 ORDER BY first
            """)
        defer { open.reset() }
        open.bind(1, number)
        while try open.step() {
            guard let block = store.decodeBlock(open, from: 1) else {
                // A damaged block, and what is before it, stay as they are: merged blocks must not overlap
                // it.
                builder.removeAll()
                openBlocks = []
                continue
            }
            openBlocks.append(open.integer(0))
            builder.append(block)
        }
        writtenEntries = builder.count
        if let number { try exchanges.resume(of: number, from: store) }
    }

    // MARK: A batch

    /// Writes what is new. `position` is that of the session's journal, 0 where it has none of its own.
    mutating func write(
        _ records: SessionRecords, position: UInt64, revision: Int64
    ) throws(StoreFailure) {
        let session = try row(for: records, revision: revision)
        sealed = SealedBytes()
        let isMetered = importedAt == nil
        var metered = meter.start(records)
        var exchanges: [Int: Exchange] = [:]
        for (place, event) in records.events.enumerated() {
            switch event {
            case .message(let message):
                if isMetered { meter.count(message, of: description, &metered) }
                try append(lacksHead ? withoutLostParts(message, of: session) : message, of: session)
            case .part(let part): try write(part, of: session)
            case .gap(let gap):
                if isMetered { meter.count(gap, &metered) }
                try GapRow.write(gap, of: session, to: store.database)
            case .exchange(let exchange):
                if isMetered { meter.take(exchange, in: records.events, at: place, &metered) }
                exchanges[exchange.number] = exchange
            }
        }
        if isMetered { meter.finish(records, &metered) }
        self.metered = isMetered ? metered : nil
        let hasEnded = records.state.end != nil
        if hasEnded { try seal(of: session) } else { try writeOpenBlock(of: session) }
        try self.exchanges.write(exchanges, isLast: hasEnded, of: session, to: store)
        try writeChapter(of: session)
        let recovery = try store.database.statement(
            "INSERT OR REPLACE INTO recovery (session, position, checkpoint, meter) VALUES (?1, ?2, ?3, ?4)")
        recovery.bind(1, session)
        recovery.bind(2, Int64(bitPattern: position))
        // Nothing follows the end, so there is nothing to resume.
        recovery.bind(3, hasEnded ? [] : records.checkpoint)
        if isMetered { recovery.bind(4, meter.checkpoint()) }
        try recovery.run()
        self.position = position
    }

    /// Makes or updates the session's row; its number.
    private mutating func row(for batch: SessionRecords, revision: Int64) throws(StoreFailure) -> Int64 {
        let ended = batch.state.end?.time.nanoseconds
        let touched = touched(at: batch.state.lastTime.nanoseconds)
        if let number {
            try refuseOtherWriter(of: number)
            let update = try store.database.statement(
                "UPDATE session SET state = ?2, ended = ?3, touched = ?4, revision = ?5 WHERE number = ?1")
            update.bind(1, number)
            update.bindText(2, batch.state.encodedJSON())
            update.bind(3, ended)
            update.bind(4, touched)
            update.bind(5, revision)
            try update.run()
            return number
        }
        let insert = try store.database.statement(
            """
            INSERT INTO session (id, name, started, touched, ended, revision, description, state,
                head_lost_before) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        insert.bind(1, description.id.text)
        insert.bind(2, description.name)
        insert.bind(3, description.startRealtime)
        insert.bind(4, touched)
        insert.bind(5, ended)
        insert.bind(6, revision)
        insert.bindText(7, description.encodedJSON())
        insert.bindText(8, batch.state.encodedJSON())
        let head = headLost(before: batch)
        insert.bind(9, head)
        lacksHead = head != nil
        try insert.run()
        let number = store.database.lastInsertedRow
        self.number = number
        return number
    }

    /// The journal's lock lets only one process write a session; this notices when that went wrong.
    private func refuseOtherWriter(of number: Int64) throws(StoreFailure) {
        let query = try store.database.statement("SELECT position FROM recovery WHERE session = ?1")
        defer { query.reset() }
        query.bind(1, number)
        guard try query.step() else {
            throw StoreFailure(.missing, "session \(description.id.text) was removed from the store")
        }
        guard UInt64(bitPattern: query.integer(0)) == position else {
            throw StoreFailure(.io, "session \(description.id.text) is written by another process too")
        }
    }

    /// Wall clock of an import: it is kept from then on, and not metered. Nil of what is recorded here.
    var importedAt: Int64?

    /// When something of the session was written that happened at `time`, as retention sees it.
    private func touched(at time: Int64) -> Int64 { max(wallClock(time), importedAt ?? .min) }

    private func wallClock(_ time: Int64) -> Int64 {
        let (sum, overflow) = description.startRealtime.addingReportingOverflow(time)
        return overflow ? description.startRealtime : sum
    }

    // MARK: Messages

    private mutating func append(_ message: MessageRecord, of session: Int64) throws(StoreFailure) {
        if case .inline(let bytes) = message.body {
            precondition(
                bytes.count <= BlockFormat.rawLimit / 2, "a body beyond the part size comes in parts")
            // A large body lies alone, so that reading its small neighbours stays fast.
            if builder.count > 0, builder.size + bytes.count > 2 * BlockFormat.target {
                try seal(of: session)
            }
        }
        guard message.sequence > lastSequence else {
            throw StoreFailure(
                .io, "session \(description.id.text): message \(message.sequence) comes after \(lastSequence)"
            )
        }
        lastSequence = message.sequence
        touchChapter(message.sequence, time: message.time.nanoseconds)
        switch message.body {
        case .inline(let bytes): appendInline(message, bytes)
        case .omitted: builder.append(message, body: .omitted)
        case .parts(let body, let count):
            builder.append(message, body: .parts(body: body, count: count))
            let insert = try store.database.statement(
                "INSERT OR REPLACE INTO body (session, body, sequence) VALUES (?1, ?2, ?3)")
            insert.bind(1, session)
            insert.bind(2, body)
            insert.bind(3, message.sequence)
            try insert.run()
        }
        if builder.size >= BlockFormat.target { try seal(of: session) }
    }

    private mutating func appendInline(_ message: MessageRecord, _ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { body in
            let id = IDPlace.range(of: message.id, in: body)
            // The rebuilt body takes our id in the place of the other's, so an id that is not found in the
            // body, or a body cut short, is stored as it is.
            let canShare =
                body.count >= BlockFormat.sharedSize && message.truncated == nil
                && (id != nil || message.id == nil)
            if canShare, let target = shared.target(for: body, id: id, orRemember: message.sequence) {
                builder.append(message, body: .shared(target: target, checksum: Deflate.checksum(body)))
            } else {
                builder.append(message, body: .inline(body, id: id))
            }
        }
    }

    private mutating func write(_ part: MessagePart, of session: Int64) throws(StoreFailure) {
        let insert = try store.database.statement(
            """
            INSERT OR REPLACE INTO part (session, body, part, codec, size, checksum, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        insert.bind(1, session)
        insert.bind(2, part.body)
        insert.bind(3, part.index)
        insert.bind(5, part.bytes.count)
        let stored = try part.bytes.withUnsafeBufferPointer { bytes throws(StoreFailure) in
            let raw = UnsafeRawBufferPointer(bytes)
            insert.bind(6, Int(Deflate.checksum(raw)))
            let level: Deflate.Level = raw.count > 256 << 10 || part.index > 0 ? .fast : .normal
            return try store.deflate.compress(raw, level: level) { codec, content throws(StoreFailure) in
                insert.bind(4, codec.rawValue)
                insert.bindInPlace(7, content)
                try insert.run()
                return content.count
            }
        }
        chapter.size += part.bytes.count
        chapter.stored += stored
        storedBytes += stored
        sealed.raw += part.bytes.count
        sealed.stored += stored
    }

    // MARK: Blocks and chapters

    /// Writes what the batch added as a small block.
    private mutating func writeOpenBlock(of session: Int64) throws(StoreFailure) {
        guard builder.count > writtenEntries else { return }
        openBlocks.append(try writeBlock(from: writtenEntries, isSealed: false, of: session))
        writtenEntries = builder.count
    }

    /// Merges the small blocks, and what is not yet in one, into one block.
    private mutating func seal(of session: Int64) throws(StoreFailure) {
        guard builder.count > 0 else { return }
        let delete = try store.database.statement("DELETE FROM block WHERE number = ?1")
        for block in openBlocks {
            delete.bind(1, block)
            try delete.run()
        }
        openBlocks = []
        _ = try writeBlock(from: 0, isSealed: true, of: session)
        chapter.size += builder.size
        builder.removeAll()
        writtenEntries = 0
        guard chapter.size >= BlockFormat.chapterSize, !staysInChapter else { return }
        try writeChapter(of: session)
        chapter = OpenChapter(number: chapter.number + 1)
        shared.removeAll()
    }

    private mutating func writeBlock(
        from start: Int, isSealed: Bool, of session: Int64
    ) throws(StoreFailure) -> Int64 {
        let raw = builder.encoded(from: start)
        let last = builder.entries[builder.count - 1]
        let insert = try store.database.statement(
            """
            INSERT INTO block (session, chapter, first, last, time, sealed, codec, size, checksum, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
        insert.bind(1, session)
        insert.bind(2, chapter.number)
        insert.bind(3, builder.entries[start].sequence)
        insert.bind(4, last.sequence)
        insert.bind(5, last.time)
        insert.bind(6, isSealed ? 1 : 0)
        insert.bind(8, raw.count)
        let began = store.system.boottime()
        let span = last.time &- builder.entries[start].time
        let level = isSealed ? budget.level(bytes: raw.count, span: span, now: began) : .normal
        let stored = try raw.withUnsafeBufferPointer { bytes throws(StoreFailure) in
            let raw = UnsafeRawBufferPointer(bytes)
            insert.bind(9, Int(Deflate.checksum(raw)))
            return try store.deflate.compress(raw, level: level) { codec, content throws(StoreFailure) in
                insert.bind(7, codec.rawValue)
                insert.bindInPlace(10, content)
                try insert.run()
                return content.count
            }
        }
        if level == .thorough { budget.spent(store.system.boottime() &- began) }
        chapter.stored += stored
        storedBytes += stored
        if isSealed {
            sealed.raw += raw.count
            sealed.stored += stored
        }
        return store.database.lastInsertedRow
    }

    private mutating func touchChapter(_ sequence: Int64, time: Int64) {
        if chapter.first == 0 { chapter.first = sequence }
        chapter.last = sequence
        chapter.touched = max(chapter.touched, touched(at: time))
        chapter.hasChanged = true
    }

    private mutating func writeChapter(of session: Int64) throws(StoreFailure) {
        guard chapter.hasChanged else { return }
        let insert = try store.database.statement(
            """
            INSERT OR REPLACE INTO chapter (session, number, first, last, touched, stored)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        insert.bind(1, session)
        insert.bind(2, chapter.number)
        insert.bind(3, chapter.first)
        insert.bind(4, chapter.last)
        insert.bind(5, chapter.touched)
        insert.bind(6, chapter.stored)
        try insert.run()
        chapter.hasChanged = false
    }
}

// MARK: - Writing a chapter anew

extension SessionWriter {
    /// A writer for the messages of a chapter whose former blocks are out of the way.
    init(
        rewriting chapter: Int64, of session: Int64, _ description: SessionDescription, in store: Store
    ) {
        self.store = store
        self.description = description
        budget = CompressionBudget(now: store.system.boottime())
        number = session
        self.chapter.number = chapter
        staysInChapter = true
    }

    /// Takes the chapter's next message; its parts come first.
    mutating func rewrite(_ message: MessageRecord, of session: Int64) throws(StoreFailure) {
        try append(message, of: session)
    }

    mutating func rewrite(_ part: MessagePart, of session: Int64) throws(StoreFailure) {
        try write(part, of: session)
    }

    /// Writes what is left, and the chapter's row.
    mutating func finishRewriting(of session: Int64) throws(StoreFailure) {
        try seal(of: session)
        try writeChapter(of: session)
    }
}
