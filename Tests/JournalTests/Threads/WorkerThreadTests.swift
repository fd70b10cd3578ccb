import Testing

@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct WorkerThreadTests {
    @Test func `a thread runs its body once and blocks every signal`() throws {
        let blocked = Guarded<[Bool]>([])
        let thread = try WorkerThread("test") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let all = [SIGTERM, SIGINT, SIGHUP, SIGCHLD].allSatisfy { sigismember(&mask, $0) == 1 }
            blocked.with { $0.append(all) }
        }
        thread.join()
        #expect(blocked.with { $0 } == [true])
    }

    @Test func `a stack that cannot be had is an error, not a fault`() {
        #expect(throws: JournalFailure.self) { try WorkerThread("test", stackSize: 1 << 46) {} }
    }
}
