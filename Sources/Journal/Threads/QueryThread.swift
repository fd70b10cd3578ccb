/// A thread for questions that take time: one after the other, on state that is that thread's alone.
///
/// What answers on an event loop hands them here, so that a long one delays nobody else. It can have a chore
/// besides, which is done between two questions.
public final class QueryThread<State>: Sendable {
    /// A question, with its way to answer.
    public typealias Question = @Sendable (inout State) -> Void

    /// What the thread does by itself.
    public struct Chore: Sendable {
        /// Nanoseconds from the end of one to the next, at least.
        public var interval: Int64
        /// Every `interval`; else only once `ask` was called.
        public var isPeriodic: Bool
        public var perform: Question

        public init(interval: Int64, isPeriodic: Bool, perform: @escaping Question) {
            self.interval = interval
            self.isPeriodic = isPeriodic
            self.perform = perform
        }
    }

    private let queue: QuestionQueue<State>
    private let thread: WorkerThread

    /// Starts the thread, which makes the state when the first question needs it.
    ///
    /// - Parameter limit: how many questions may wait. Throws when the system has no thread left.
    public init(
        _ name: StaticString, limit: Int, chore: Chore? = nil, state make: @escaping @Sendable () -> State
    ) throws(JournalFailure) {
        let queue = QuestionQueue<State>(limit: limit, chore: chore)
        self.queue = queue
        // SQLite's searches and the program's own lie deeper than a relay's.
        thread = try WorkerThread(name, stackSize: 1 << 20) {
            var state: State?
            while let question = queue.next() {
                var current = state ?? make()
                state = nil
                question(&current)
                state = current
            }
        }
    }

    /// Has `question` asked after those that wait. False: as many wait as may, or the thread ends, and it
    /// never is.
    public func submit(_ question: @escaping Question) -> Bool { queue.add(question) }

    /// Has the chore done, as soon as its interval permits.
    public func ask() { queue.ask() }

    /// Answers what waits, and ends; the chore is not done any more. Once.
    public func close() {
        queue.close()
        thread.join()
    }
}
