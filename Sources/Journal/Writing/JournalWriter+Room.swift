internal import CSystemCalls
internal import MCPSemantics
internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// Where room comes from, and what happens while there is none. None of this is on the way of a record that
// fits where the last one ended.
extension JournalWriter {
    /// Whether `span` bytes of record fit now, behind the gap record and the events that wait.
    func makeRoom(for span: Int) -> Bool {
        if state.pointee.files == nil {
            guard system.boottime() >= nextAttempt else { return false }
            openJournal()
        }
        guard let files = state.pointee.files else { return false }
        let needed = span + backlogSpan
        guard state.pointee.room >= needed || moveOn(in: files) else { return false }
        if state.pointee.hasBacklog { writeBacklog(in: files) }
        return true
    }

    /// Makes the journal in the first directory that takes it; on failure says why in `failure`.
    func openJournal() {
        let usable = JournalDirectory.usable(place.choice, store: place.store, system: system)
        var failures = usable.refusals.map(\.reason)
        let directories = usable.directories.filter { !place.options.isDurable || !$0.isMemoryBacked }
        if directories.isEmpty, place.options.isDurable, let memory = usable.directories.first {
            failures.append(
                JournalFailure(
                    .durableNeedsDisk,
                    "--durable needs a journal on a disk, and \(memory.path) is in memory: --journal store"
                ))
        }
        for directory in directories {
            do throws(JournalFailure) {
                let files = try JournalFiles(
                    session: place.session, description: place.description, in: directory,
                    pointers: JournalDirectory.pointers(ofStore: place.store), options: place.options,
                    system: system)
                adopt(files)
                return
            } catch {
                failures.append(error)
            }
        }
        nextAttempt = system.boottime() &+ Self.openInterval
        failure = JournalFailure(
            failures.last?.kind ?? .system,
            "no journal: " + failures.map(\.message).joined(separator: "; "), errno: failures.last?.errno ?? 0
        )
    }

    private func adopt(_ files: JournalFiles) {
        failure = nil
        memory.isPointed = (try? files.point()) != nil
        state.pointee.files = files
        state.pointee.committed = files.word(HeadLayout.committedAt)
        state.pointee.sleeps = files.sleeps
        if loss.gap != nil { loss.store(at: files.head + HeadLayout.lossAt) }
        storeSpilled(in: files)
        memory.publish(files)
    }

    /// Goes on in the segment freed last, or in a new one. Without either the journal is at a standstill, and
    /// what is left of the present segment is given up, so that it can be recycled as well.
    private func moveOn(in files: JournalFiles) -> Bool {
        let slot = mayResume(in: files) ? files.pool.takeFree() ?? makeSegment(in: files.pool) : nil
        leaveSegment(in: files)
        guard let slot else { return false }
        let base = state.pointee.offset
        files.pool.use(slot, base: base)
        let segment = files.pool[slot]
        state.pointee.slot = slot
        state.pointee.cursor = segment.address + SegmentHeader.size
        state.pointee.limit = segment.address + segment.capacity
        state.pointee.offset = base + UInt64(SegmentHeader.size)
        return true
    }

    /// After a loss, recording resumes when a quarter of the segments is free or everything is recorded: few
    /// long gaps say more than many short ones.
    private func mayResume(in files: JournalFiles) -> Bool {
        guard loss.gap != nil, state.pointee.slot == nil else { return true }
        let free = files.pool.freeCount * place.options.segmentSize
        return free * 4 >= files.pool.heldBytes || files.recorded >= state.pointee.offset
    }

    private func makeSegment(in pool: SegmentPool) -> Int? {
        guard system.boottime() >= nextAttempt else { return nil }
        do throws(JournalFailure) {
            return try pool.make()
        } catch {
            nextAttempt = system.boottime() &+ Self.attemptInterval
            roomFailure = error
            return nil
        }
    }

    private func leaveSegment(in files: JournalFiles) {
        guard let slot = state.pointee.slot else { return }
        let room = state.pointee.room
        if room >= RecordHeader.size {
            RecordHeader(
                length: UInt32(room - RecordHeader.size), kind: RecordHeader.padding, lane: 0, stream: 0,
                time: 0
            ).store(at: state.pointee.cursor, offset: state.pointee.offset)
        }
        state.pointee.offset &+= UInt64(room)
        state.pointee.cursor = state.pointee.limit
        publish()
        state.pointee.slot = nil
        precondition(files.pool[slot].base + UInt64(files.pool[slot].capacity) == state.pointee.offset)
    }

    // MARK: What waits for room

    /// The span of a gap record, at most: 10 numbers of up to 10 bytes.
    private static let gapSpan = RecordHeader.span(ofPayload: 104)

    private var backlogSpan: Int {
        guard state.pointee.hasBacklog else { return 0 }
        return spilled.reduce(loss.gap == nil ? 0 : Self.gapSpan) {
            $0 + RecordHeader.span(ofPayload: $1.payload.count)
        }
    }

    /// Publishes the gap and the events as one, and marks the copies in the head as told.
    private func writeBacklog(in files: JournalFiles) {
        csystem_store_release(files.word(HeadLayout.backlogToldAt), state.pointee.offset &+ 1)
        system.reached("journal.backlog")
        if let gap = loss.gap { write(TransportEvent.gap(gap, at: gap.to)) }
        for event in spilled { write(event) }
        publish()
        system.reached("journal.backlog told")
        loss.gap = nil
        spilled = []
        state.pointee.hasBacklog = false
        loss.store(at: files.head + HeadLayout.lossAt)
        storeSpilled(in: files)
        csystem_store_release(files.word(HeadLayout.backlogToldAt), 0)
    }

    /// Keeps an event until there is room. What would go over the limit is dropped: a peer cannot cause that.
    func spill(_ event: TransportEvent) {
        let size = spilled.reduce(event.payload.count) { $0 + $1.payload.count + RecordHeader.size }
        guard size <= Self.spilledLimit else { return }
        spilled.append(event)
        state.pointee.hasBacklog = true
        if let files = state.pointee.files { storeSpilled(in: files) }
    }

    /// Writes `spilled` into the head, as far as it fits.
    private func storeSpilled(in files: JournalFiles) {
        var used = 0
        for event in spilled {
            let span = RecordHeader.span(ofPayload: event.payload.count)
            guard used + span <= HeadLayout.overflowSize else { break }
            let address = files.head + HeadLayout.overflowAt + used
            RecordHeader(
                length: UInt32(event.payload.count), kind: event.kind.rawValue, lane: event.lane.rawValue,
                stream: event.stream.number, time: event.time.nanoseconds
            ).store(at: address, offset: UInt64(used))
            UnsafeMutableRawBufferPointer(start: address + RecordHeader.size, count: event.payload.count)
                .copyBytes(from: event.payload)
            used += span
        }
        csystem_store_release(files.word(HeadLayout.overflowLengthAt), UInt64(used))
    }

    /// Why there is no room, for a person: for those who wait for it.
    public var roomTrouble: String {
        failure?.message ?? roomFailure?.message
            ?? "the journal is full, and the store does not take what it holds"
    }

    /// Why bytes are being lost now.
    var lossReason: Gap.Reason {
        guard state.pointee.files != nil else {
            return failure?.kind == .noSpace ? .noSpace : .journalUnavailable
        }
        return roomFailure?.errno == ENOSPC ? .noSpace : .journalFull
    }

    // MARK: --durable

    /// Puts everything up to the present offset on the disk, then says so in the head.
    func sync() {
        guard let files = state.pointee.files, let slot = state.pointee.slot else { return }
        let segment = files.pool[slot]
        let page = 4095
        let from = Int(max(state.pointee.synced, segment.base) - segment.base) & ~page
        let to = Int(state.pointee.offset - segment.base)
        while true {
            var answer = system.syncMapping(segment.address + from, to - from)
            if answer >= 0 {
                files.synced = state.pointee.offset
                csystem_store_release(state.pointee.committed, state.pointee.offset)
                answer = files.syncHead()
            }
            memory.syncError = answer < 0 ? -answer : 0
            guard answer < 0 else { break }
            // Bytes that are not on the disk must not be passed on with --fail-closed; else it is reported.
            guard place.options.failsClosed else { return }
            csystem_nap(10_000_000)
        }
        state.pointee.synced = state.pointee.offset
    }
}
