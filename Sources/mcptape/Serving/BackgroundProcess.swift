import Glibc

/// A server that no terminal holds: `serve --background`, which `open` starts.
enum BackgroundProcess {
    /// Leaves the terminal's session, and the directory it was started in.
    static func begin() {
        setsid()
        _ = chdir("/")
    }

    /// Closes standard output and error: whoever started it has read all that it had to say.
    static func detach() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        dup2(null, STDOUT_FILENO)
        dup2(null, STDERR_FILENO)
        close(null)
    }
}
