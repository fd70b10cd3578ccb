internal import MCPSemantics
internal import Platform
internal import Recording

/// The recorder's side of a live journal: reads what is committed, gives segments back.
struct JournalTail {
    /// Bytes that one `read` takes at most, plus one record: what is copied at once out of the mapping.
    static let readLimit = 256 << 10

    let files: JournalFiles
    /// Everything before it was read.
    private(set) var position: UInt64 = 0
    /// Which segment, in the order of use, holds `position`, and the segment once it is known.
    private var index: UInt64 = 0
    private var slot: Int?
    /// Segments that were read to their end and are not yet recorded and forwarded; oldest first.
    private var passed: [(slot: Int, range: Range<UInt64>)] = []

    init(files: JournalFiles) { self.files = files }

    /// Something is committed that was not read.
    var hasMore: Bool { files.committed > position }

    /// Segments wait until they are recorded or forwarded.
    var isHolding: Bool { !passed.isEmpty }

    /// Hands the next committed events to `receive`, in order, and answers how many bytes of journal they
    /// were.
    mutating func read(_ receive: (TransportEvent) -> Void) -> Int {
        let committed = files.committed
        let start = position
        while position < committed {
            guard let slot = slot ?? files.pool.used(index) else { break }
            let segment = files.pool[slot]
            self.slot = slot
            if position == segment.base { position += UInt64(SegmentHeader.size) }
            let end = segment.base + UInt64(segment.capacity)
            let count = readRun(of: segment, to: min(committed, end), receive)
            if position == end {
                passed.append((slot, segment.base..<end))
                self.slot = nil
                index += 1
            }
            if count > 0 { break }
        }
        return Int(position - start)
    }

    /// Copies up to `readLimit` bytes of whole records out of the mapping, and hands them on.
    private mutating func readRun(
        of segment: SegmentPool.Slot, to limit: UInt64, _ receive: (TransportEvent) -> Void
    ) -> Int {
        let from = Int(position - segment.base)
        var to = from
        let stop = Int(limit - segment.base)
        while to + RecordHeader.size <= stop, to - from < Self.readLimit {
            let offset = segment.base + UInt64(to)
            guard let header = RecordHeader.load(from: segment.address + to, offset: offset) else {
                preconditionFailure("what this process committed to its journal is a record")
            }
            to += header.span
        }
        let run = [UInt8](UnsafeRawBufferPointer(start: segment.address + from, count: to - from))
        // Less than a header is left of a segment: nothing can follow there.
        position = to + RecordHeader.size > segment.capacity ? limit : segment.base + UInt64(to)
        RecordRun(bytes: run, offset: segment.base + UInt64(from)).forEach(receive)
        return to - from
    }

    /// Gives back the segments that are recorded up to `recorded` and of which the pump needs nothing more.
    mutating func recycle(recorded: UInt64, isHeld: (Range<UInt64>) -> Bool) {
        passed.removeAll { segment in
            guard segment.range.upperBound <= recorded, !isHeld(segment.range) else { return false }
            files.pool.release(segment.slot)
            return true
        }
    }

    /// Gives unused segments back to the system. One stays, in use or for the next byte.
    ///
    /// One at a time: on a disk each takes a sync. False when there is nothing left to give.
    func trim() -> Bool { files.pool.trim(keeping: slot == nil ? 1 : 0) }

    /// Puts everything that is committed now on the disk, then says so in the head.
    func sync(_ system: SystemCalls) {
        let committed = files.committed
        let synced = files.synced
        var slots = passed.map(\.slot)
        var next = index
        while let slot = files.pool.used(next) {
            slots.append(slot)
            next += 1
        }
        for slot in slots {
            let segment = files.pool[slot]
            let end = segment.base + UInt64(segment.capacity)
            guard end > synced, segment.base < committed else { continue }
            guard system.syncMapping(segment.address, segment.capacity) >= 0 else { return }
        }
        files.synced = committed
        _ = files.syncHead()
    }

    /// Makes the segment that the pump will want next, when it is in the second half of its last one.
    func prepareAhead() {
        guard files.pool.freeCount == 0, let slot = slot, files.pool.used(index + 1) == nil else { return }
        let segment = files.pool[slot]
        guard position - segment.base > UInt64(segment.capacity / 2) else { return }
        // The last one that the budget allows is left to the pump, which may want it this very moment.
        guard files.pool.heldBytes + 2 * segment.capacity <= files.pool.options.budget else { return }
        if let fresh = try? files.pool.make() { files.pool.addFree(fresh) }
    }
}
