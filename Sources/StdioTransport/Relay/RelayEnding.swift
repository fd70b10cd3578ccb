internal import Recording

/// What is known of the end, and what is due when. Times are CLOCK_BOOTTIME nanoseconds; nil: not due.
///
/// The order of death:
/// - The host closes its end: the server's input is closed, nothing else; it may take as long as it likes.
/// - The server ends: what it wrote is drained to the end of file. Where others still hold its output, its
///   group is asked to end after `holderPatience`, killed after `termPatience` more, and what is in the pipe
///   then is the last that is read. So no byte is lost that a member of the group wrote, and nothing waits
///   for ever for a process that left the group.
/// - A signal that ends us is passed on, and the group is killed after `signalPatience`. Hosts send SIGKILL
///   two seconds after SIGTERM.
struct RelayEnding {
    var exit: ExitStatus?
    /// The host closed its end of the input, or nobody reads the output, while the server ran.
    var isClientGone = false
    /// A signal told us to end.
    var wasSignalled = false
    /// Nothing more is waited for.
    var hasGivenUp = false

    var terminate: Int64?
    var kill: Int64?
    var giveUp: Int64?
    var closeError: Int64?

    /// Those that a server leaves behind with its output open may still be writing their last.
    static let holderPatience: Int64 = 250_000_000
    /// Together with `holderPatience` and `lastPatience` it stays within a second.
    static let termPatience: Int64 = 450_000_000
    static let signalPatience: Int64 = 1_500_000_000
    /// From SIGKILL until its effect is there, on a busy machine.
    static let lastPatience: Int64 = 250_000_000
    /// From the end of the server's error output to its own end, when it closes it by ending.
    static let errorPatience: Int64 = 100_000_000
    /// What may still be read from a pipe that a process outside the group keeps writing to: the most that a
    /// pipe holds for an ordinary user (pipe(7), pipe-max-size).
    static let lastBytes = 1 << 20

    /// Whether anything is due at some time.
    var isUnderWay: Bool {
        terminate != nil || kill != nil || giveUp != nil || closeError != nil || hasGivenUp
    }

    /// When the next thing is due.
    var next: Int64? {
        var first = Int64.max
        if let terminate { first = min(first, terminate) }
        if let kill { first = min(first, kill) }
        if let giveUp { first = min(first, giveUp) }
        if let closeError { first = min(first, closeError) }
        return first == .max ? nil : first
    }

    /// Why the session is over.
    var reason: SessionEnd.Reason {
        wasSignalled ? .signalled : isClientGone ? .clientClosed : .serverExited
    }
}
