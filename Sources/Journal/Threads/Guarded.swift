#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A value that several threads use, one at a time.
///
/// For what is rare and small; the way of the bytes has no lock. `Synchronization.Mutex` needs macOS 15.
/// `@unchecked Sendable`: every access to `value` is made under `lock`.
public final class Guarded<Value: Sendable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    public init(_ value: Value) {
        self.value = value
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Calls `body` with the value, alone. `body` must be short and do no I/O.
    public func with<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&value)
    }
}
