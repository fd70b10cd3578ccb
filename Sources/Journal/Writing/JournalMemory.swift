internal import CSystemCalls
internal import Platform
internal import Recording
internal import Wire

/// What the pump and the recorder thread share of one journal, also while there is none yet.
///
/// `@unchecked Sendable`: `files` is published once with release order; the other words are atomic.
final class JournalMemory: @unchecked Sendable {
    let session: SessionID
    let system: SystemCalls
    private let words: UnsafeMutablePointer<UInt64>
    private let wakeWord: UnsafeMutablePointer<UInt32>
    private let finishWord: UnsafeMutablePointer<UInt32>
    /// Why the pump finds no room or no journal: one line.
    let trouble = Guarded<String?>(nil)
    private let leftoverEvents = Guarded<[TransportEvent]>([])

    private enum Word {
        static let files = 0
        static let isClosed = 1
        static let syncError = 2
        static let isUnavailable = 3
        static let isPointed = 4
        static let isAbandoned = 5
        /// Two for each lane, each pair on its own cache line: where what it holds begins and ends.
        static let holds = 8
        /// For each direction its buckets and its total, on cache lines that only the pump writes.
        static let times = holds + 8 * 3
        static let timesSize = 16
        static let total = times + timesSize * 2
    }

    /// The pump holds nothing on this lane.
    static let nothingHeld = UInt64.max

    init(session: SessionID, system: SystemCalls) {
        self.session = session
        self.system = system
        words = .allocate(capacity: Word.total)
        words.initialize(repeating: 0, count: Word.total)
        wakeWord = .allocate(capacity: 1)
        wakeWord.initialize(to: 0)
        finishWord = .allocate(capacity: 1)
        finishWord.initialize(to: 0)
        for lane in Lane.allCases { csystem_store_release(hold(lane), Self.nothingHeld) }
    }

    deinit {
        if let files = UnsafeRawPointer(bitPattern: UInt(words[Word.files])) {
            Unmanaged<JournalFiles>.fromOpaque(files).release()
        }
        words.deallocate()
        wakeWord.deallocate()
        finishWord.deallocate()
    }

    /// The journal's files once they exist.
    var files: JournalFiles? {
        let bits = UInt(truncatingIfNeeded: csystem_load_acquire(words + Word.files))
        return UnsafeRawPointer(bitPattern: bits).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes `files` known to the recorder; at most once.
    func publish(_ files: JournalFiles) {
        precondition(self.files == nil, "a session has one journal")
        let bits = UInt(bitPattern: Unmanaged.passRetained(files).toOpaque())
        csystem_store_release(words + Word.files, UInt64(bits))
        wake()
    }

    /// Nothing will be appended any more.
    var isClosed: Bool { csystem_load_acquire(words + Word.isClosed) != 0 }

    /// `leftovers` found no room in the journal; the recorder takes them after everything else.
    func close(leftovers: [TransportEvent]) {
        leftoverEvents.with { $0 = leftovers }
        csystem_store_sequential(words + Word.isClosed, 1)
        wake()
    }

    /// What found no room in the journal, once it is closed.
    var leftovers: [TransportEvent] { leftoverEvents.with { $0 } }

    /// The recorder shall end as soon as it can, and leave the journal as it is.
    var isAbandoned: Bool { csystem_load_acquire(words + Word.isAbandoned) != 0 }

    func abandon() {
        csystem_store_sequential(words + Word.isAbandoned, 1)
        wake()
    }

    /// The recorder thread has done its last.
    var isFinished: Bool { csystem_load_acquire32(finishWord) != 0 }

    func finish() {
        csystem_store_sequential32(finishWord, 1)
        csystem_futex_wake(finishWord)
    }

    func waitForFinish(nanoseconds: Int64) { csystem_futex_wait(finishWord, 0, nanoseconds) }

    /// Rests without declaring it: nobody wakes us.
    func nap(nanoseconds: Int64) { csystem_nap(nanoseconds) }

    /// The error of the last sync of `--durable`, positive; 0 when it was well.
    var syncError: Int {
        get { Int(truncatingIfNeeded: csystem_load_acquire(words + Word.syncError)) }
        set { csystem_store_release(words + Word.syncError, UInt64(newValue)) }
    }

    /// Bytes went by while there was no journal at all.
    var isUnavailable: Bool {
        get { csystem_load_acquire(words + Word.isUnavailable) != 0 }
        set { csystem_store_release(words + Word.isUnavailable, newValue ? 1 : 0) }
    }

    /// The pointer file is written; until then the recorder tries again.
    var isPointed: Bool {
        get { csystem_load_acquire(words + Word.isPointed) != 0 }
        set { csystem_store_release(words + Word.isPointed, newValue ? 1 : 0) }
    }

    /// The journal offset from which the pump still needs a lane's bytes; `nothingHeld` when it needs none.
    @inline(__always)
    func hold(_ lane: Lane) -> UnsafeMutablePointer<UInt64> { words + Word.holds + 8 * Int(lane.rawValue) }

    /// Whether the pump still needs a byte of what is recorded within `range`.
    ///
    /// The pump writes a hold's end before its start, and both before it publishes the record; so whoever
    /// has seen the record as committed and looks at the start first sees a hold that covers it.
    func isHeld(_ range: Range<UInt64>) -> Bool {
        Lane.allCases.contains { lane in
            let start = csystem_load_acquire(hold(lane))
            return start < range.upperBound && csystem_load_acquire(hold(lane) + 1) > range.lowerBound
        }
    }

    // MARK: Forwarding times

    /// Counts a chunk that stayed with us for `nanoseconds`. Only the pump calls it.
    @inline(__always)
    func passedOn(_ direction: Direction, after nanoseconds: Int64) {
        let words = times(direction)
        let bucket = words + ForwardingTimes.bucket(of: nanoseconds)
        csystem_store_release(bucket, bucket.pointee &+ 1)
        let total = words + ForwardingTimes.bucketCount
        csystem_store_release(total, total.pointee &+ UInt64(truncatingIfNeeded: max(0, nanoseconds)))
    }

    /// All chunks so far. A chunk that is being counted just now may be in a bucket and not in the total.
    var forwardingTimes: ForwardingTimes {
        func read(_ direction: Direction) -> ForwardingTimes.Lane {
            let words = times(direction)
            return ForwardingTimes.Lane(
                counts: (0..<ForwardingTimes.bucketCount).map { csystem_load_acquire(words + $0) },
                total: csystem_load_acquire(words + ForwardingTimes.bucketCount))
        }
        return ForwardingTimes(
            clientToServer: read(.clientToServer), serverToClient: read(.serverToClient))
    }

    @inline(__always)
    private func times(_ direction: Direction) -> UnsafeMutablePointer<UInt64> {
        words + Word.times + (direction == .clientToServer ? 0 : Word.timesSize)
    }

    // MARK: Sleep

    /// Sleeps until `wake`, or until `isReady` was already true, at most `nanoseconds` (negative: no limit).
    ///
    /// The sleeper declares that it sleeps and only then looks again, so that whoever changes something and
    /// then looks for sleepers cannot be missed.
    func sleep(nanoseconds: Int64, unless isReady: () -> Bool) {
        let word = files?.sleeps ?? wakeWord
        csystem_store_sequential32(word, 1)
        if isReady() || (word == wakeWord && files != nil) {
            csystem_store_release32(word, 0)
            return
        }
        csystem_futex_wait(word, 1, nanoseconds)
        csystem_store_release32(word, 0)
    }

    /// Wakes the recorder, if it sleeps.
    func wake() {
        Self.wake(wakeWord)
        if let files { Self.wake(files.sleeps) }
    }

    @inline(__always)
    static func wake(_ word: UnsafeMutablePointer<UInt32>) {
        guard csystem_load_sequential32(word) != 0 else { return }
        if csystem_exchange32(word, 0) != 0 { csystem_futex_wake(word) }
    }
}
