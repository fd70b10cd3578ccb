internal import Platform
public import Recording

/// The thread that takes what the pump appends from the journal to the store.
///
/// It reads the journal behind the pump, runs the pure `Recorder` over it and commits what comes out, in
/// batches. It never holds up the pump; when the store does not take a batch it keeps that batch and tries
/// again, while the journal goes on filling.
public final class RecorderThread {
    private let journal: JournalWriter
    private let loop: RecorderLoop
    private var thread: WorkerThread?

    /// Prepares the recorder of `session`; `start` starts it.
    ///
    /// - Parameters:
    ///   - openSink: makes the sink. Called on the recorder thread, again after a failure, so that opening a
    ///     store delays nobody.
    ///   - afterFirstCommit: called once on the recorder thread after the first commit: the place to recover
    ///     what others left. It is handed a function that says whether to stop because the session ends.
    ///   - report: called on the recorder thread.
    public init(
        journal: JournalWriter, session: SessionDescription, redactor: Redactor? = nil,
        decoding: @escaping ContentDecoding = { _ in nil },
        options: RecorderOptions = RecorderOptions(),
        openSink: @escaping @Sendable () throws(SinkFailure) -> any RecordSink,
        afterFirstCommit: @escaping @Sendable (_ mustStop: () -> Bool) -> Void = { _ in },
        report: @escaping @Sendable (RecorderReport) -> Void = { _ in }
    ) {
        self.journal = journal
        loop = RecorderLoop(
            memory: journal.memory,
            recorder: JournalRecorder(session, redactor: redactor, decoding: decoding), options: options,
            openSink: openSink, afterFirstCommit: afterFirstCommit, report: report)
    }

    /// Starts the thread; once.
    public func start() throws(JournalFailure) {
        precondition(thread == nil, "a recorder is started once")
        let loop = loop
        thread = try WorkerThread("mcptape-record", stackSize: 1 << 20) { loop.run() }
    }

    /// Closes the journal and waits for the last commit, `milliseconds` at most.
    ///
    /// When the store does not take it in that time, the journal stays for the next process. A commit that is
    /// still under way then is left alone; ending the process in its middle is safe.
    public func finish(within milliseconds: Int64 = 500) -> RecorderOutcome {
        journal.close()
        guard thread != nil else { return loop.unfinished }
        let memory = journal.memory
        let deadline = memory.system.boottime() &+ milliseconds * 1_000_000
        while !memory.isFinished {
            let left = deadline &- memory.system.boottime()
            guard left > 0 else {
                memory.abandon()
                return loop.unfinished
            }
            memory.waitForFinish(nanoseconds: left)
        }
        thread?.join()
        thread = nil
        return loop.outcome
    }
}
