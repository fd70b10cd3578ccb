internal import Glibc
internal import Platform

/// The advisory lock that every write transaction and every checkpoint holds.
///
/// SQLite before 3.51.3 is reported to lose pages when a checkpoint meets a commit that resets the log; with
/// one writer or checkpointer at a time that cannot happen. The lock dies with its holder.
final class WriteLock {
    private let path: String
    private let system: SystemCalls
    private let descriptor: Int32
    private var isHeld = false

    init(in directory: StoreDirectory) throws(StoreFailure) {
        path = directory.lock
        system = directory.system
        _ = try directory.create(directory.lock)
        let opened = system.open(path, O_RDWR | O_NOFOLLOW, 0)
        guard opened >= 0 else { throw StoreFailure(cannot: "open", path, opened) }
        descriptor = Int32(opened)
    }

    deinit { _ = system.close(descriptor) }

    /// Waits at most `milliseconds` for the lock.
    ///
    /// Asks again after 1, 2, 4 … 16 ms: flock(2) has no time limit, and a signal to end a wait is not ours
    /// to send. Commits take well under a millisecond, so the first question nearly always succeeds.
    func acquire(within milliseconds: Int) throws(StoreFailure) {
        precondition(!isHeld, "the store's write lock is taken once at a time")
        let deadline = system.boottime() + Int64(milliseconds) * 1_000_000
        var pause: Int32 = 1
        while true {
            let result = system.lock(descriptor, LOCK_EX | LOCK_NB)
            if result >= 0 { break }
            if result == -Int(EINTR) { continue }
            guard result == -Int(EWOULDBLOCK) else {
                throw StoreFailure(cannot: "lock", path, result)
            }
            guard system.boottime() < deadline else {
                throw StoreFailure(
                    .busy, "\(path): another process has held the store's lock for \(milliseconds) ms")
            }
            var none = pollfd()
            _ = system.poll(&none, 0, pause)
            pause = min(pause * 2, 16)
        }
        isHeld = true
    }

    func release() {
        guard isHeld else { return }
        isHeld = false
        _ = system.lock(descriptor, LOCK_UN)
    }
}
