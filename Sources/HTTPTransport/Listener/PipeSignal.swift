internal import CSystemCalls

/// SwiftNIO ignores SIGPIPE with its first socket, and what is ignored stays so in every program that we
/// start: a server behind a closed pipe would not end. An empty handler serves us as well, and no program
/// inherits it.
enum PipeSignal {
    /// As it was before the first socket; read it before that.
    static let wasIgnored = csystem_signals_pipe_is_ignored() != 0

    /// To be called once there is a socket.
    static func settle() {
        if !wasIgnored { csystem_signals_handle_pipe() }
    }
}
