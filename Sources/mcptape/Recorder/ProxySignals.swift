import Glibc

/// How a listener ends: by SIGTERM, SIGINT or SIGHUP. One thread waits for them, so no handler runs anywhere.
enum ProxySignals {
    private static func ending() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        return set
    }

    /// Holds them back for `wait`, in this thread and in those that it makes.
    static func hold() {
        var set = ending()
        sigprocmask(SIG_BLOCK, &set, nil)
        // A peer that is gone is an error of the write, not the end of the program.
        signal(SIGPIPE) { _ in }
    }

    /// Returns when one has come. The next one ends the program at once.
    static func wait() {
        var set = ending()
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        sigprocmask(SIG_UNBLOCK, &set, nil)
    }

    /// As many descriptors as the system permits: every connection takes two.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
