import CSystemCalls
import Testing

/// Runs both to their end, the first on a thread of its own.
func inParallel(_ first: @escaping () -> Void, and second: () throws -> Void) throws {
    let box = Unmanaged.passRetained(Box(first))
    var thread: csystem_thread = 0
    let status = csystem_thread_start(
        &thread, 1 << 20, "parallel",
        { context in
            guard let context else { return }
            Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
        }, box.toOpaque())
    try #require(status == 0)
    defer { csystem_thread_join(thread) }
    try second()
}

private final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
