import Journal

/// Runs both to their end, the first on a thread of its own.
func inParallel(_ first: @escaping @Sendable () -> Void, and second: () throws -> Void) throws {
    let thread = try WorkerThread("parallel", first)
    defer { thread.join() }
    try second()
}
