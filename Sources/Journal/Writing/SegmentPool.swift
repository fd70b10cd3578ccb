internal import CSystemCalls
internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The segments of one journal, and who has them.
///
/// A segment is owned by nobody (free), by the pump (in use), or by the recorder (still to be recorded or
/// forwarded). It passes from the pump to the recorder through `order`, and back through the stack of free
/// ones, newest first, so that what is used next is still in the processor's cache.
///
/// `@unchecked Sendable`: two threads share it, the pump and the recorder. A slot's fields are only touched
/// by its owner, and every hand-over is an atomic operation with release and acquire.
final class SegmentPool: @unchecked Sendable {
    /// The most segments at once: the whole default budget in segments of 256 KiB. A power of two, so that
    /// positions in `order` wrap.
    static let slotLimit = 1024

    struct Slot {
        var address: UnsafeMutableRawPointer
        var capacity: Int
        var base: UInt64
        var file: UInt64
    }

    let directory: String
    let isOnDisk: Bool
    let options: JournalOptions
    private let system: SystemCalls

    private let slots: UnsafeMutablePointer<Slot>
    /// The slot has a mapping; changed by whoever makes or discards the segment.
    private let isLive: UnsafeMutablePointer<Bool>
    private let links: UnsafeMutablePointer<UInt64>
    private let orderEntries: UnsafeMutablePointer<UInt64>
    /// Heads of two stacks of slot numbers, and counters; each on a cache line of its own.
    private let words: UnsafeMutablePointer<UInt64>

    private enum Word {
        static let free = 0
        static let empty = 8
        static let orderTail = 16
        static let held = 24
        static let fileNumber = 32
        static let freeCount = 40
        static let total = 48
    }

    init(directory: String, isOnDisk: Bool, options: JournalOptions, system: SystemCalls) {
        self.directory = directory
        self.isOnDisk = isOnDisk
        self.options = options
        self.system = system
        slots = .allocate(capacity: Self.slotLimit)
        isLive = .allocate(capacity: Self.slotLimit)
        isLive.initialize(repeating: false, count: Self.slotLimit)
        links = .allocate(capacity: Self.slotLimit)
        orderEntries = .allocate(capacity: Self.slotLimit)
        words = .allocate(capacity: Word.total)
        links.initialize(repeating: 0, count: Self.slotLimit)
        orderEntries.initialize(repeating: 0, count: Self.slotLimit)
        words.initialize(repeating: 0, count: Word.total)
        for slot in (0..<Self.slotLimit).reversed() { push(slot, on: Word.empty) }
    }

    deinit {
        for slot in 0..<Self.slotLimit where isLive[slot] {
            _ = system.unmap(slots[slot].address, slots[slot].capacity)
        }
        isLive.deallocate()
        slots.deallocate()
        links.deallocate()
        orderEntries.deallocate()
        words.deallocate()
    }

    /// What a slot holds; only for its owner.
    subscript(_ slot: Int) -> Slot { slots[slot] }

    /// Bytes of all segments that exist.
    var heldBytes: Int { Int(truncatingIfNeeded: csystem_load_acquire(words + Word.held)) }

    /// Segments that wait for use.
    var freeCount: Int { Int(truncatingIfNeeded: csystem_load_acquire(words + Word.freeCount)) }

    // MARK: The pump's side

    /// Takes the segment freed last, or nil.
    func takeFree() -> Int? {
        guard let slot = pop(from: Word.free) else { return nil }
        _ = csystem_fetch_add(words + Word.freeCount, UInt64.max)
        return slot
    }

    /// Writes the header of `slot`, whose first byte is `base` in the journal, and lines it up for the
    /// recorder.
    func use(_ slot: Int, base: UInt64) {
        slots[slot].base = base
        SegmentHeader(base: base, capacity: UInt64(slots[slot].capacity)).store(at: slots[slot].address)
        let tail = csystem_load_acquire(words + Word.orderTail)
        orderEntries[Int(tail) & (Self.slotLimit - 1)] = UInt64(slot)
        csystem_store_release(words + Word.orderTail, tail &+ 1)
    }

    // MARK: The recorder's side

    /// The `index`-th segment ever used, or nil while there is none.
    func used(_ index: UInt64) -> Int? {
        guard index < csystem_load_acquire(words + Word.orderTail) else { return nil }
        return Int(orderEntries[Int(index) & (Self.slotLimit - 1)])
    }

    /// Gives back a segment that is recorded and forwarded. On disk it is overwritten with zeros.
    func release(_ slot: Int) {
        if isOnDisk { memset(slots[slot].address, 0, slots[slot].capacity) }
        addFree(slot)
    }

    /// Gives a free segment back to the system when there are more than `count`. False when there are not.
    func trim(keeping count: Int) -> Bool {
        guard freeCount > count, let slot = takeFree() else { return false }
        discard(slot)
        return true
    }

    // MARK: Either side

    func addFree(_ slot: Int) {
        push(slot, on: Word.free)
        _ = csystem_fetch_add(words + Word.freeCount, 1)
    }

    /// Makes a segment: a file, allocated, mapped and touched. It belongs to the caller.
    ///
    /// Throws `.noSpace` when that would break the budget or the file system is full.
    func make() throws(JournalFailure) -> Int {
        let size = options.segmentSize
        let held = Int(truncatingIfNeeded: csystem_fetch_add(words + Word.held, UInt64(size))) + size
        var isMade = false
        defer { if !isMade { _ = csystem_fetch_add(words + Word.held, 0 &- UInt64(size)) } }
        try checkBudget(held)
        guard let slot = pop(from: Word.empty) else {
            throw JournalFailure(.noSpace, "the journal in \(directory) has \(Self.slotLimit) segments")
        }
        do throws(JournalFailure) {
            let file = csystem_fetch_add(words + Word.fileNumber, 1)
            let address = try mapFresh(path(ofFile: file), size: size)
            (slots + slot).initialize(to: Slot(address: address, capacity: size, base: 0, file: file))
            isLive[slot] = true
        } catch {
            push(slot, on: Word.empty)
            throw error
        }
        isMade = true
        return slot
    }

    /// Removes a segment that the caller owns.
    func discard(_ slot: Int) {
        let segment = slots[slot]
        // The zeros that `release` wrote must reach the disk before the blocks go to somebody else.
        if isOnDisk { _ = system.syncMapping(segment.address, segment.capacity) }
        _ = system.unlink(path(ofFile: segment.file))
        _ = system.unmap(segment.address, segment.capacity)
        isLive[slot] = false
        push(slot, on: Word.empty)
        _ = csystem_fetch_add(words + Word.held, 0 &- UInt64(segment.capacity))
    }

    func path(ofFile number: UInt64) -> String { directory + "/" + SegmentHeader.filePrefix + String(number) }

    private func checkBudget(_ held: Int) throws(JournalFailure) {
        guard held <= options.budget else {
            throw JournalFailure(
                .noSpace, "the journal in \(directory) is full (\(options.budget >> 20) MiB)")
        }
        var facts = FileSystemFacts()
        let answer = system.fileSystem(directory, &facts)
        guard answer >= 0 else {
            throw JournalFailure("look at the file system of", directory, answer: answer)
        }
        // What is ours counts as free: it is what this rule may hand out. See product.md, Data.
        let ours = UInt64(held - options.segmentSize)
        guard UInt64(held) <= (facts.available &+ ours) / 4 else {
            throw JournalFailure(
                .noSpace,
                "the journal in \(directory) holds a quarter of its file system's free space "
                    + "(\(facts.available >> 20) MiB are free)", errno: ENOSPC)
        }
    }

    private func mapFresh(_ path: String, size: Int) throws(JournalFailure) -> UnsafeMutableRawPointer {
        let address = try MappedFile.make(path, size: size, system: system, descriptor: nil)
        // Populating answers with an error where a store would raise SIGBUS; an older kernel does not know
        // it.
        let populated = system.advise(address, size, csystem_advice_populate_write)
        guard populated >= 0 || populated == -Int(EINVAL) else {
            _ = system.unmap(address, size)
            _ = system.unlink(path)
            throw JournalFailure("touch", path, answer: populated)
        }
        if options.isDurable {
            do throws(JournalFailure) {
                try MappedFile.syncDirectory(directory, system: system)
            } catch {
                _ = system.unmap(address, size)
                _ = system.unlink(path)
                throw error
            }
        }
        return address
    }

    // MARK: Stacks of slots

    // The upper half of a stack's word counts its changes: a slot that was taken and came back between a
    // thread's look at the stack and its exchange does not go unnoticed.
    private func push(_ slot: Int, on stack: Int) {
        var top = csystem_load_acquire(words + stack)
        repeat {
            csystem_store_release(links + slot, top & 0xffff_ffff)
        } while !csystem_compare_exchange(
            words + stack, &top, ((top >> 32) &+ 1) << 32 | UInt64(slot + 1))
    }

    private func pop(from stack: Int) -> Int? {
        var top = csystem_load_acquire(words + stack)
        while true {
            let first = Int(top & 0xffff_ffff)
            guard first > 0 else { return nil }
            let next = csystem_load_acquire(links + first - 1)
            if csystem_compare_exchange(words + stack, &top, ((top >> 32) &+ 1) << 32 | next) {
                return first - 1
            }
        }
    }
}
