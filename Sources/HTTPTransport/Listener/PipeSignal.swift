internal import CSystemCalls
internal import NIOCore
internal import NIOPosix

/// SwiftNIO ignores SIGPIPE with its first socket, and what is ignored stays so in every program that we
/// start: a server behind a closed pipe would not end. An empty handler serves us as well, and no program
/// inherits it.
enum PipeSignal {
    /// To be called before anything of SwiftNIO's: its first socket is one that nobody uses, so that no
    /// program is started while the signal is ignored.
    static func settle() { _ = isSettled }

    private static let isSettled: Bool = {
        guard csystem_signals_pipe_is_ignored() == 0 else { return true }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Whether it can be bound does not matter: it was made.
        let socket = try? DatagramBootstrap(group: group).bind(host: "127.0.0.1", port: 0).wait()
        csystem_signals_handle_pipe()
        try? socket?.close().wait()
        try? group.syncShutdownGracefully()
        return true
    }()
}
