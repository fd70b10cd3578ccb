internal import CSystemCalls
internal import MCPSemantics
internal import Platform
internal import Recording

/// What the recorder thread does.
///
/// `@unchecked Sendable`: after `run` has begun, only that thread touches the fields; `lastWord` is guarded.
final class RecorderLoop: @unchecked Sendable {
    private let memory: JournalMemory
    private let options: RecorderOptions
    private let openSink: @Sendable () throws(SinkFailure) -> any RecordSink
    private let afterFirstCommit: @Sendable (() -> Bool) -> Void
    private let report: @Sendable (RecorderReport) -> Void
    private let lastWord = Guarded<String?>(nil)

    private var recorder: JournalRecorder
    private var sink: (any RecordSink)?
    private var tail: JournalTail?
    /// Bytes of journal that were read and not committed, and when the first of them was read.
    private var uncommitted = 0
    private var firstRead: Int64?
    /// The batch that the sink did not take. Nothing more is read until it does.
    private var stuck: RecordBatch?
    /// What was handed on with a batch.
    private var reportedTimes = ForwardingTimes()
    private var retryAt: Int64 = 0
    private var retryDelay: Int64
    private var troubleSince: Int64?
    private var isImpaired = false
    private var isLossReported = false
    private var isDurabilityReported = false
    private var hasCommitted = false
    private var hasTakenLeftovers = false
    private var lastTraffic: Int64 = 0
    /// Nothing to give back before there was traffic.
    private var hasTrimmed = true
    private var nextSync: Int64 = 0
    private var nextPoint: Int64 = 0

    init(
        memory: JournalMemory, recorder: JournalRecorder, options: RecorderOptions,
        openSink: @escaping @Sendable () throws(SinkFailure) -> any RecordSink,
        afterFirstCommit: @escaping @Sendable (() -> Bool) -> Void,
        report: @escaping @Sendable (RecorderReport) -> Void
    ) {
        self.memory = memory
        self.options = options
        self.openSink = openSink
        self.afterFirstCommit = afterFirstCommit
        self.report = report
        self.recorder = recorder
        retryDelay = options.retryDelay
    }

    /// Runs until the journal is closed and everything is committed, or `abandon`.
    func run() {
        _ = csystem_yield_priority(options.niceness)
        if options.opensSinkAtOnce {
            do throws(SinkFailure) { _ = try openedSink() } catch { failed(error, memory.system.boottime()) }
        }
        while !memory.isAbandoned {
            let now = memory.system.boottime()
            let count = step(now)
            if isDone {
                memory.files?.remove()
                break
            }
            pause(now, hasRead: count > 0)
        }
        tail = nil
        memory.finish()
    }

    /// How it ended, after `run`.
    var outcome: RecorderOutcome { isDone ? .complete : unfinished }

    /// How it stands while the last commit has not been made.
    var unfinished: RecorderOutcome {
        let reason = lastWord.with { $0 } ?? "the store did not take the last batch in time"
        return memory.files == nil ? .unrecorded(reason) : .left(reason)
    }

    private var isDone: Bool {
        memory.isClosed && hasTakenLeftovers && stuck == nil && firstRead == nil && tail?.hasMore != true
    }

    // MARK: One round

    /// Reads, commits what is due, and tidies up. Answers how many bytes of journal it read.
    private func step(_ now: Int64) -> Int {
        if tail == nil, let files = memory.files { tail = JournalTail(files: files) }
        let count = stuck == nil ? readBatch(now) : 0
        if isCommitDue(now), now >= retryAt { commit(now) }
        if let files = memory.files {
            tail?.recycle(recorded: files.recorded, isHeld: memory.isHeld)
            if count >= Self.busyBytes { tail?.prepareAhead() }
        }
        keepHouse(now)
        reportLoss()
        return count
    }

    /// A segment ahead is worth having when this much came in one round.
    private static let busyBytes = 32 << 10

    private func readBatch(_ now: Int64) -> Int {
        var count = 0
        while !isBatchFull, let read = tail?.read(observe), read > 0 {
            count += read
            uncommitted += read
        }
        if count > 0 {
            lastTraffic = now
            hasTrimmed = false
            firstRead = firstRead ?? now
        } else if memory.isClosed, !hasTakenLeftovers, tail?.hasMore != true {
            memory.leftovers.forEach(observe)
            hasTakenLeftovers = true
            firstRead = firstRead ?? now
        }
        return count
    }

    private var isBatchFull: Bool { recorder.isBatchFull(ofBytes: uncommitted, size: options.commitSize) }

    private func observe(_ event: TransportEvent) { recorder.observe(event) }

    private func isCommitDue(_ now: Int64) -> Bool {
        guard stuck == nil else { return true }
        guard let firstRead else { return false }
        return isBatchFull || now &- firstRead >= options.commitDelay
            || (memory.isClosed && hasTakenLeftovers)
    }

    private func commit(_ now: Int64) {
        let batch = stuck ?? takeBatch()
        do throws(SinkFailure) {
            let sink = try openedSink()
            memory.system.reached("recorder.commit")
            try sink.commit(batch)
            memory.system.reached("recorder.committed")
        } catch {
            stuck = batch
            if error.kind == .gone { forgetSink() }
            failed(error, now)
            return
        }
        memory.files?.recorded = batch.position
        stuck = nil
        uncommitted = 0
        firstRead = nil
        succeeded()
    }

    private func takeBatch() -> RecordBatch {
        var batch = recorder.takeBatch(position: tail?.position ?? 0)
        let times = memory.forwardingTimes
        batch.forwardingTimes = times.since(reportedTimes)
        reportedTimes = times
        return batch
    }

    private func openedSink() throws(SinkFailure) -> any RecordSink {
        if let sink { return sink }
        let opened = try openSink()
        sink = opened
        return opened
    }

    /// The next attempt opens it anew; what names the journal there is gone too.
    private func forgetSink() {
        sink = nil
        memory.isPointed = false
        nextPoint = 0
    }

    // MARK: Trouble

    private func failed(_ failure: SinkFailure, _ now: Int64) {
        let since = troubleSince ?? now
        troubleSince = since
        retryAt = now &+ (memory.isClosed ? options.retryDelay / 4 : retryDelay)
        retryDelay = min(retryDelay * 2, options.retryLimit)
        lastWord.with { $0 = failure.message }
        let isWorthAWord = failure.kind != .busy || now &- since >= options.busyPatience
        if isWorthAWord && !isImpaired {
            isImpaired = true
            report(.impaired(failure.message))
        }
    }

    private func succeeded() {
        troubleSince = nil
        retryAt = 0
        retryDelay = options.retryDelay
        lastWord.with { $0 = nil }
        if isImpaired {
            isImpaired = false
            report(.resumed("the store takes records again"))
        }
        guard !hasCommitted else { return }
        hasCommitted = true
        let memory = memory
        if !memory.isClosed { afterFirstCommit { memory.isClosed } }
    }

    private func reportLoss() {
        let isLosing = memory.files?.isLosing ?? memory.isUnavailable
        if isLosing != isLossReported {
            isLossReported = isLosing
            if isLosing {
                let reason = memory.trouble.with { $0 } ?? "the journal has no room"
                report(.impaired("bytes go by unrecorded: \(reason)"))
            } else {
                report(.resumed("traffic is recorded again; the recording has a gap"))
            }
        }
        let syncError = memory.syncError
        if syncError != 0, !isDurabilityReported {
            report(.impaired("cannot sync the journal: \(SystemError.text(syncError))"))
        }
        isDurabilityReported = syncError != 0
    }

    // MARK: House-keeping and rest

    private func keepHouse(_ now: Int64) {
        guard let files = memory.files else { return }
        if !memory.isPointed, now >= nextPoint {
            nextPoint = now &+ options.retryLimit
            memory.isPointed = (try? files.point()) != nil
        }
        if !hasTrimmed, now &- lastTraffic >= options.trimDelay, firstRead == nil {
            hasTrimmed = tail?.trim() != true
            if hasTrimmed { rest() }
        }
        if !files.directory.isMemoryBacked, now >= nextSync, files.synced < files.committed {
            nextSync = now &+ options.syncInterval
            tail?.sync(memory.system)
        }
    }

    /// An idle recorder takes little memory, however busy it was.
    private func rest() {
        sink?.rest()
        csystem_release_free_memory()
    }

    private func pause(_ now: Int64, hasRead: Bool) {
        if stuck != nil {
            // More would not be read; only the end of the session or the next attempt matters.
            memory.nap(nanoseconds: min(max(retryAt &- now, 0), 10_000_000))
            return
        }
        if isBatchFull || memory.isClosed || (hasRead && tail?.hasMore == true) {
            return
        }
        if now &- lastTraffic < options.busyTime {
            memory.nap(nanoseconds: options.napTime)
            return
        }
        var limit = Int64.max
        if let firstRead { limit = min(limit, firstRead &+ options.commitDelay &- now) }
        if !hasTrimmed, memory.files != nil { limit = min(limit, lastTraffic &+ options.trimDelay &- now) }
        if let files = memory.files, !files.directory.isMemoryBacked, files.synced < files.committed {
            limit = min(limit, nextSync &- now)
        }
        if tail?.isHolding == true { limit = min(limit, Self.holdingWait) }
        if !memory.isPointed { limit = min(limit, options.retryLimit) }
        let tail = tail
        let isClosed = memory.isClosed
        memory.sleep(nanoseconds: limit == .max ? -1 : max(limit, options.napTime)) {
            tail?.hasMore == true || memory.isClosed != isClosed || memory.isAbandoned
        }
    }

    /// How soon a segment is given back after a slow peer has at last taken its bytes: nobody wakes us then.
    private static let holdingWait: Int64 = 20_000_000
}
