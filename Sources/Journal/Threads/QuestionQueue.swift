#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a `QueryThread` has to do, in order.
///
/// `@unchecked Sendable`: everything that changes is touched under `lock` alone.
final class QuestionQueue<State>: @unchecked Sendable {
    private let limit: Int
    private let chore: QueryThread<State>.Chore?
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var waiting: [QueryThread<State>.Question] = []
    private var isClosed = false
    private var isAsked = false
    /// When the chore may be done, nanoseconds of the clock that the condition waits by.
    private var nextChore: Int64

    init(limit: Int, chore: QueryThread<State>.Chore?) {
        self.limit = limit
        self.chore = chore
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        #if canImport(Glibc)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(changed, &attributes)
            pthread_condattr_destroy(&attributes)
        #else
            pthread_cond_init(changed, nil)
        #endif
        nextChore = 0
        if let chore, chore.isPeriodic { nextChore = now() + chore.interval }
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func add(_ question: @escaping QueryThread<State>.Question) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isClosed, waiting.count < limit else { return false }
        waiting.append(question)
        pthread_cond_signal(changed)
        return true
    }

    func ask() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !isAsked else { return }
        isAsked = true
        pthread_cond_signal(changed)
    }

    func close() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        isClosed = true
        pthread_cond_signal(changed)
    }

    /// What is to be done next; waits for it. Nil: the queue is closed and empty.
    func next() -> QueryThread<State>.Question? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            // Before the questions, or many of them would keep it from ever being done.
            if let chore, !isClosed, chore.isPeriodic || isAsked, now() >= nextChore {
                isAsked = false
                return { [self] state in
                    chore.perform(&state)
                    rest(chore.interval)
                }
            }
            if !waiting.isEmpty { return waiting.removeFirst() }
            if isClosed { return nil }
            wait()
        }
    }

    private func rest(_ interval: Int64) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        nextChore = now() + interval
    }

    /// Until something changes, or the chore is due.
    private func wait() {
        guard let chore, chore.isPeriodic || isAsked else {
            pthread_cond_wait(changed, lock)
            return
        }
        #if canImport(Glibc)
            var due = timespec(
                tv_sec: Int(nextChore / 1_000_000_000), tv_nsec: Int(nextChore % 1_000_000_000))
            pthread_cond_timedwait(changed, lock, &due)
        #else
            let left = max(0, nextChore - now())
            var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            pthread_cond_timedwait_relative_np(changed, lock, &time)
        #endif
    }

    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
