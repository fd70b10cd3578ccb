import Glibc
import Platform
import StdioTransport

/// What runs while a recording is served: a program of the user's, or nothing until a signal comes.
enum MockProgram {
    private static let ending = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]

    /// What was open when we began.
    private static let inherited = openDescriptors()

    private static func openDescriptors() -> Set<Int32> {
        var names: [String] = []
        _ = SystemCalls().entries("/dev/fd", &names)
        return Set(names.compactMap { Int32($0) })
    }

    private static func set(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    /// Holds signals back for `run` and `waitForSignal`, in this thread and in those that it makes.
    ///
    /// It is the first that happens: the program is to get the descriptors that are open by then.
    static func holdSignals() {
        _ = inherited
        HostSignals.remember()
        var held = set(ending + [SIGCHLD])
        sigprocmask(SIG_BLOCK, &held, nil)
        signal(SIGPIPE) { _ in }
        ProxySignals.raiseDescriptorLimit()
    }

    private static func nextSignal(of signals: [Int32]) -> Int32 {
        var waited = set(signals)
        var number: Int32 = 0
        while sigwait(&waited, &number) != 0 {}
        return number
    }

    /// Returns when a signal asks for the end. The status is 0: that is how a listener ends.
    static func waitForSignal() -> Int32 {
        _ = nextSignal(of: ending)
        return 0
    }

    /// Runs `command` and answers its exit status, 128 + n for a signal. What asks us to end is passed on to
    /// it, and when we are killed it ends soon after. Its environment is ours with `environment`; a variable
    /// that is nil is left out.
    static func run(
        _ command: [String], environment: [(name: String, value: String?)]
    ) throws -> Int32 {
        for (name, value) in environment {
            if let value { setenv(name, value, 1) } else { unsetenv(name) }
        }
        // A program that lives longer than we do must not keep our port open.
        for descriptor in openDescriptors().subtracting(inherited) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = set([])
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        var childGuard = ChildGuard()
        // The program is reaped by then, or was not started.
        defer { childGuard?.end() }
        let failure = posix_spawnp(&child, command[0], nil, &attributes, &words, environ)
        guard failure == 0 else {
            throw Failure(
                failure == ENOENT ? 127 : 126,
                "cannot start \(command[0]): \(String(cString: strerror(failure)))")
        }
        childGuard?.watch(child)
        while true {
            let number = nextSignal(of: ending + [SIGCHLD])
            guard number == SIGCHLD else {
                kill(child, number)
                continue
            }
            var status: Int32 = 0
            guard waitpid(child, &status, WNOHANG) == child else { continue }
            let signal = status & 0x7F
            return signal == 0 ? status >> 8 & 0xFF : 128 + signal
        }
    }
}
