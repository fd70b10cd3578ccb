internal import CSystemCalls
public import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The server process and its guard.
///
/// It is started before anything else is done, so that it starts as soon as it would without us; bytes flow
/// once a `StdioRelay` runs.
public final class StdioServer {
    /// The server's process id.
    public var processID: Int32 { process.process }
    /// The process group that leads nobody but the guard and what the server starts; nil where the server
    /// stays in our own group.
    public var processGroup: Int32? { process.group > 0 ? process.group : nil }

    var process: csystem_server
    private(set) var exit: ExitStatus?

    /// How a server is started.
    public struct Options: Sendable {
        /// The server stays in our process group, and its guard ends it alone. True when standard input is a
        /// terminal.
        public var staysInForeground: Bool
        /// Signals are received for the server from now on, and passed on once the relay runs; false in a
        /// process that has signals of its own to look after.
        public var receivesSignals: Bool
        /// Descriptors from 3 on that we inherited are the server's, and are closed here: whoever holds their
        /// other ends must see when the server closes them.
        public var handsOverDescriptors: Bool
        /// False: the server gets the standard descriptors alone. A process that listens has sockets open,
        /// and nobody would see the end of one as long as the server holds it too.
        public var keepsDescriptors: Bool

        /// What `record` needs.
        public static func standard(_ host: HostDescriptors) -> Options {
            Options(
                staysInForeground: host.isInputTerminal, receivesSignals: true, handsOverDescriptors: true)
        }

        public init(
            staysInForeground: Bool, receivesSignals: Bool, handsOverDescriptors: Bool,
            keepsDescriptors: Bool = true
        ) {
            self.staysInForeground = staysInForeground
            self.receivesSignals = receivesSignals
            self.handsOverDescriptors = handsOverDescriptors
            self.keepsDescriptors = keepsDescriptors
        }
    }

    /// Starts `command` in our working directory with our environment, and its guard before it.
    ///
    /// The search for the program is that of execvp(3): the directories of PATH in turn, and /bin/sh for a
    /// file that has no interpreter line.
    public init(
        _ command: ServerCommand, host: HostDescriptors, options: Options
    ) throws(ServerStartFailure) {
        process = csystem_server()
        if options.receivesSignals { csystem_signals_hold() }
        let failure = StdioServer.start(command, host: host, options: options, into: &process)
        if let failure { throw failure }
        if options.receivesSignals {
            csystem_signals_ignore_pipe()
        }
    }

    /// Tries to start; nil when the server runs.
    private static func start(
        _ command: ServerCommand, host: HostDescriptors, options: Options, into process: inout csystem_server
    ) -> ServerStartFailure? {
        var isOurs: Int32 = 0
        let answer: Int32 = command.withArguments { words in
            var request = csystem_server_request()
            request.arguments = words
            request.closed = host.closed
            request.shares_output = host.sharesOutput ? 1 : 0
            request.foreground = options.staysInForeground ? 1 : 0
            request.hands_over = options.handsOverDescriptors ? 1 : 0
            request.keeps_none = options.keepsDescriptors ? 0 : 1
            return csystem_server_start(&request, &process, &isOurs)
        }
        guard answer != 0 else { return nil }
        let hasSlash = command.words.first?.contains(UInt8(ascii: "/")) ?? false
        return ServerStartFailure(
            failure: StartFailure(
                errno: -answer, command: command.program,
                searchedPath: hasSlash ? nil : String(cString: csystem_search_path()),
                workingDirectory: workingDirectory()),
            isOurs: isOurs == 1)
    }

    private static func workingDirectory() -> String {
        // Linux hands out no longer path than PATH_MAX.
        var buffer = [CChar](repeating: 0, count: 4097)
        guard getcwd(&buffer, buffer.count - 1) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Hands our ends of the server's pipes over to the caller; -1: there is none.
    func takeEnds() -> (input: Int32, output: Int32, error: Int32) {
        defer {
            process.input = -1
            process.output = -1
            process.error_output = -1
        }
        return (process.input, process.output, process.error_output)
    }

    /// Sends a signal to the server's group, or to the server alone where it is in ours.
    func signal(_ number: Int32) {
        // Once it is reaped, its number may be another's; a group's is the guard's as long as that lives.
        if exit != nil, process.group <= 0 { return }
        _ = csystem_server_signal(&process, number)
    }

    /// The exit status once the server has ended, else nil. It is taken from the system once and kept.
    func reap() -> ExitStatus? {
        if let exit { return exit }
        var status: Int32 = 0
        let answer = csystem_server_reap(&process, &status)
        if answer == 0 { return nil }
        var value: Int32 = 0
        if answer < 0 {
            // Somebody else took the status, and nobody knows it any more.
            exit = .code(0)
        } else if csystem_exit_code(status, &value) == 1 {
            exit = .code(value)
        } else {
            exit = .signal(value)
        }
        return exit
    }

    /// Ends the guard's duty. What the server left behind in its group is ended by the guard after us.
    func finish() {
        if process.exit_watch >= 0 { close(process.exit_watch) }
        process.exit_watch = -1
        _ = csystem_guard_end(&process.guard, process.group)
    }

    deinit {
        for descriptor in [process.input, process.output, process.error_output] where descriptor >= 0 {
            close(descriptor)
        }
        // Not reaped: the relay never ran to its end. The guard sees our end of its pipe close, and ends
        // them.
        if exit == nil, process.guard.words >= 0 {
            close(process.guard.words)
            if process.exit_watch >= 0 { close(process.exit_watch) }
        } else {
            finish()
        }
    }
}

/// Why a server does not run.
public struct ServerStartFailure: Error, Sendable, Equatable {
    /// What is recorded.
    public var failure: StartFailure
    /// The failure is ours (no pipe, no process), not the program's.
    public var isOurs: Bool

    /// How `record` ends: 125 mcptape failed before starting it, 127 not found, 126 not executable.
    public var status: Int32 { isOurs ? 125 : failure.errno == ENOENT ? 127 : 126 }
}
