import Glibc

/// How a listener is told what to do: SIGTERM and SIGINT end it, SIGHUP has it read its settings again. One
/// thread waits for them, so no handler runs anywhere.
enum ProxySignals {
    /// What a signal asks for.
    enum Demand {
        case end
        case reload
    }

    private static func awaited() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        return set
    }

    /// Holds them back for `next`, in this thread and in those that it makes.
    static func hold() {
        var set = awaited()
        sigprocmask(SIG_BLOCK, &set, nil)
        // A peer that is gone is an error of the write, not the end of the program.
        signal(SIGPIPE) { _ in }
    }

    /// Whether SIGTERM or SIGINT waits.
    static var isEndPending: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1
    }

    /// Returns when one has come, or nil after so many seconds. After `end` the next SIGTERM or SIGINT ends
    /// the program at once.
    static func next(within seconds: Int?) -> Demand? {
        var set = awaited()
        var number: Int32 = -1
        if let seconds {
            var limit = timespec(tv_sec: seconds, tv_nsec: 0)
            number = sigtimedwait(&set, nil, &limit)
            if number < 0 { return nil }
        } else {
            while sigwait(&set, &number) != 0 {}
        }
        if number == SIGHUP { return .reload }
        sigdelset(&set, SIGHUP)
        sigprocmask(SIG_UNBLOCK, &set, nil)
        return .end
    }

    /// As many descriptors as the system permits: every connection takes two.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
