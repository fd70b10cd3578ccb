internal import CSystemCalls
public import MCPSemantics
public import Platform
public import Recording
public import Wire

/// The pump's side of a session's journal: one thread appends, and never waits for the recorder.
///
/// For every piece of traffic: `reserve`, `read(2)` straight into what it returns, `append`, write the bytes
/// to the peer from the mapping, `forwarded`. What was appended survives `kill -9` of this process; with
/// `--durable` also power loss. An append allocates nothing, takes no lock and makes no system call, except
/// one to wake a recorder that sleeps.
public final class JournalWriter {
    /// What `reserve` can promise at most.
    public static let reservationLimit = 32 << 10
    /// How long to wait before asking `reserve` again with `--fail-closed`: milliseconds.
    public static let roomInterval: Int32 = 2

    /// Why there is no journal, when there is none; nil while recording works.
    public internal(set) var failure: JournalFailure?

    let memory: JournalMemory
    let place: Place
    let system: SystemCalls
    /// Fields of the appending path, behind a pointer: no exclusivity checks, one load each.
    let state: UnsafeMutablePointer<State>
    var loss = PendingLoss(gap: nil)
    /// Events that found no room yet; in the head as well, see `HeadLayout.overflowAt`.
    var spilled: [TransportEvent] = []
    /// Bytes of `spilled`: all events that a stdio session can have without traffic, with the longest PATH.
    static let spilledLimit = 16 << 10
    /// CLOCK_BOOTTIME before which no further attempt to get room from the system is made.
    var nextAttempt: Int64 = 0
    /// An attempt costs some system calls; the pump reads up to a hundred thousand times a second.
    static let attemptInterval: Int64 = 20_000_000
    /// The same while there is no journal at all: directories are looked at again, some of them written to.
    static let openInterval: Int64 = 1_000_000_000
    /// Why there was no further segment, last time.
    var roomFailure: JournalFailure?

    struct Place {
        var session: SessionID
        var description: [UInt8]
        var choice: JournalDirectory.Choice
        var store: String
        var options: JournalOptions
    }

    struct State {
        /// Where the next record goes, and the end of its segment. Equal while there is no segment.
        var cursor: UnsafeMutableRawPointer
        var limit: UnsafeMutableRawPointer
        /// `cursor` as an offset in the journal.
        var offset: UInt64
        var committed: UnsafeMutablePointer<UInt64>
        var sleeps: UnsafeMutablePointer<UInt32>
        var files: JournalFiles?
        var slot: Int?
        /// A gap record or an event waits for room.
        var hasBacklog = false
        let isDurable: Bool
        /// The end of the newest record of each lane.
        var ends: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// Durable only: everything below it is on the disk.
        var synced: UInt64 = 0

        var room: Int { limit - cursor }
    }

    /// Makes the journal of a session.
    ///
    /// When no directory can be used now, recording starts as soon as one can; until then `reserve` answers
    /// nil and `failure` says why. With `failsClosed` that is thrown instead.
    /// - Parameters:
    ///   - description: opaque bytes that recovery is handed (a `SessionDescription`'s encoding).
    ///   - store: the store's directory; the pointer goes below it.
    public init(
        session: SessionID, description: [UInt8], choice: JournalDirectory.Choice = .automatic, store: String,
        options: JournalOptions = JournalOptions(), system: SystemCalls = SystemCalls()
    ) throws(JournalFailure) {
        place = Place(
            session: session, description: description, choice: choice, store: store, options: options)
        self.system = system
        memory = JournalMemory(session: session, system: system)
        let nowhere = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        nowhere.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                cursor: nowhere, limit: nowhere, offset: 0,
                committed: nowhere.assumingMemoryBound(to: UInt64.self),
                sleeps: (nowhere + 8).assumingMemoryBound(to: UInt32.self), isDurable: options.isDurable))
        idle = nowhere
        openJournal()
        if let failure, options.failsClosed || failure.kind == .durableNeedsDisk { throw failure }
    }

    /// Stands in for a head while there is none.
    private let idle: UnsafeMutableRawPointer

    deinit {
        close()
        state.deinitialize(count: 1)
        state.deallocate()
        idle.deallocate()
    }

    /// Where the journal is, or nil while there is none.
    public var path: String? { memory.files?.path }

    /// The directory that it lies in, or nil while there is none.
    public var directory: JournalDirectory? { memory.files?.directory }

    // MARK: Traffic

    /// Room for at least `minimum` (up to `reservationLimit`) contiguous payload bytes, or nil.
    ///
    /// Nil means that the budget or the file system is used up, or that there is no journal. Then the pump
    /// reads into a buffer of its own and says so with `lost`. With `--fail-closed` it must instead read
    /// nothing: it polls for `roomInterval` at most and asks again.
    /// The room is valid until the next call of `reserve` or `append(_:)`; reading nothing into it is fine.
    @inline(__always)
    public func reserve(minimum: Int = 4096) -> UnsafeMutableRawBufferPointer? {
        if state.pointee.hasBacklog || state.pointee.room < RecordHeader.size + minimum {
            guard makeRoom(for: RecordHeader.span(ofPayload: min(minimum, Self.reservationLimit))) else {
                return nil
            }
        }
        return UnsafeMutableRawBufferPointer(
            start: state.pointee.cursor + RecordHeader.size, count: state.pointee.room - RecordHeader.size)
    }

    /// Makes the first `count` bytes of the reservation a record.
    ///
    /// When it returns, the record survives this process. The bytes stay where they are until `forwarded`.
    public func append(
        _ kind: TransportEvent.Kind = .bytes, lane: Lane, stream: StreamID = .stdio, time: Timestamp,
        count: Int
    ) -> JournalRange {
        precondition(
            count >= 0 && RecordHeader.size + count <= state.pointee.room,
            "append stays within its reservation")
        let offset = state.pointee.offset
        let payload = UnsafeRawPointer(state.pointee.cursor + RecordHeader.size)
        let end = write(kind, lane, stream, time, count)
        hold(lane, from: offset, to: end)
        publish()
        return JournalRange(
            start: offset, end: end, bytes: UnsafeRawBufferPointer(start: payload, count: count))
    }

    /// Everything of `lane` below `offset` was passed on: its segments may be used again.
    ///
    /// `offset` is a `JournalRange.end`, or a `start` as long as some of that record is still to be sent.
    public func forwarded(_ lane: Lane, upTo offset: UInt64) {
        let end: UInt64
        switch lane {
        case .clientToServer: end = state.pointee.ends.0
        case .serverToClient: end = state.pointee.ends.1
        case .standardError: end = state.pointee.ends.2
        }
        csystem_store_release(memory.hold(lane), offset >= end ? JournalMemory.nothingHeld : offset)
    }

    /// Counts a chunk that the other side took at once, `nanoseconds` after it was read.
    @inline(__always)
    public func passedOn(_ direction: Direction, after nanoseconds: Int64) {
        memory.passedOn(direction, after: nanoseconds)
    }

    /// Appends an event without traffic. It is never lost: without room it waits, before a crash in the head.
    public func append(_ event: TransportEvent) {
        let span = RecordHeader.span(ofPayload: event.payload.count)
        let hasRoom = !state.pointee.hasBacklog && state.pointee.room >= span
        guard hasRoom || (span <= Self.reservationLimit && makeRoom(for: span)) else {
            spill(event)
            return
        }
        write(event)
        publish()
    }

    /// Appends `events` together, where there is room for them now and for the beginning of `count` bytes
    /// that they tell of. False: there is none, and nothing of them waits for any.
    public func appendNow(_ events: [TransportEvent], before count: Int) -> Bool {
        let span = events.reduce(0) { $0 + RecordHeader.span(ofPayload: $1.payload.count) }
        guard span <= Self.reservationLimit,
            reserve(minimum: min(span + RecordHeader.span(ofPayload: count), Self.reservationLimit)) != nil
        else { return false }
        for event in events { write(event) }
        publish()
        return true
    }

    /// Counts `bytes` of `lane` that go on without a record.
    ///
    /// A gap record tells of them as soon as there is room again, before anything else.
    public func lost(_ lane: Lane, _ bytes: UnsafeRawBufferPointer, time: Timestamp) {
        guard let last = bytes.last else { return }
        if loss.gap == nil { memory.trouble.with { $0 = (failure ?? roomFailure)?.message } }
        loss.count(
            bytes.count, lines: LineFeeds.count(in: bytes), endsInLine: last != UInt8(ascii: "\n"), on: lane,
            at: time, reason: lossReason)
        state.pointee.hasBacklog = true
        if let files = state.pointee.files {
            loss.store(at: files.head + HeadLayout.lossAt)
        } else {
            memory.isUnavailable = true
        }
        memory.wake()
    }

    /// Ends the journal: nothing is appended any more. The recorder thread takes the rest to the store.
    ///
    /// What has no room even now goes to the recorder without being in the journal.
    public func close() {
        guard !memory.isClosed else { return }
        if state.pointee.hasBacklog { _ = makeRoom(for: 0) }
        memory.close(leftovers: (loss.gap.map { [TransportEvent.gap($0, at: $0.to)] } ?? []) + spilled)
    }
}

// MARK: Appending
extension JournalWriter {
    @inline(__always)
    private func write(
        _ kind: TransportEvent.Kind, _ lane: Lane, _ stream: StreamID, _ time: Timestamp, _ count: Int
    ) -> UInt64 {
        let header = RecordHeader(
            length: UInt32(truncatingIfNeeded: count), kind: kind.rawValue, lane: lane.rawValue,
            stream: stream.number, time: time.nanoseconds)
        header.store(at: state.pointee.cursor, offset: state.pointee.offset)
        let span = RecordHeader.span(ofPayload: count)
        state.pointee.cursor += span
        state.pointee.offset &+= UInt64(truncatingIfNeeded: span)
        return state.pointee.offset
    }

    func write(_ event: TransportEvent) {
        let room = UnsafeMutableRawBufferPointer(
            start: state.pointee.cursor + RecordHeader.size, count: event.payload.count)
        room.copyBytes(from: event.payload)
        _ = write(event.kind, event.lane, event.stream, event.time, event.payload.count)
    }

    @inline(__always)
    func publish() {
        if state.pointee.isDurable { sync() }
        csystem_store_sequential(state.pointee.committed, state.pointee.offset)
        JournalMemory.wake(state.pointee.sleeps)
    }

    @inline(__always)
    private func hold(_ lane: Lane, from start: UInt64, to end: UInt64) {
        switch lane {
        case .clientToServer: state.pointee.ends.0 = end
        case .serverToClient: state.pointee.ends.1 = end
        case .standardError: state.pointee.ends.2 = end
        }
        let word = memory.hold(lane)
        csystem_store_release(word + 1, end)
        if csystem_load_acquire(word) == JournalMemory.nothingHeld { csystem_store_release(word, start) }
    }
}
