internal import CSystemCalls

/// A process that ends one child of ours when we are killed before we could: it outlives us just so long.
///
/// The child stays in our process group, as a shell's would; what it started itself is its own to end.
public struct ChildGuard {
    private var process = csystem_guard()

    /// Starts the guard, before the child. Nil where the system has no process left.
    public init?() {
        guard csystem_guard_start(&process) == 0 else { return nil }
    }

    /// The guard ends `child` when we are gone.
    public mutating func watch(_ child: Int32) { _ = csystem_guard_watch(&process, child) }

    /// The child has ended and was reaped, or there is none: ends the guard.
    public mutating func end() { _ = csystem_guard_end(&process, 0) }
}
