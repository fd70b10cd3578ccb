import ArgumentParser
import Glibc
import Journal
import MCPSemantics
import Platform
import Recording
import StdioTransport
import Store

extension RecordCommand {
    /// The order matters: the server starts before anything else is done, so that it starts as soon as
    /// without us. Only with `--fail-closed` the recording comes first: nothing may be said that is not
    /// recorded.
    func run() throws {
        if http.isRequested { return try runProxy() }
        try checkOutput()
        let rules = try redaction.rules()
        let host = HostDescriptors.standard()
        let system = SystemCalls()
        let location = try place()
        let clock = SessionClock(system: system)
        let early = failClosed ? try beginClosed(location, rules, clock, system) : nil
        let server: StdioServer
        do throws(ServerStartFailure) {
            server = try StdioServer(RecordCommand.serverCommand(), host: host, options: .standard(host))
        } catch {
            recordFailedStart(error, in: early ?? recording(in: location, rules, clock, system), clock)
            throw ExitCode(error.status)
        }
        let recording = early ?? recording(in: location, rules, clock, system)
        if early == nil {
            do {
                try recording.begin()
            } catch {
                // `--durable` on a journal that is on no disk. The guard ends the server.
                complain("\(error.message); the server was stopped")
                throw ExitCode(125)
            }
        }
        let outcome = recording.relay(server: server, host: host)
        recording.finish()
        Glibc.exit(outcome.exit.shellStatus)
    }

    /// `-o FILE` is written at the end; that it cannot be must be known before anything is said.
    func checkOutput() throws {
        guard let output else { return }
        let path = StoreLocation.absolute(output)
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR {
            throw Failure(125, "-o \(output) is a directory")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw Failure(
                125, "-o \(output) cannot be written: \(directory): \(String(cString: strerror(errno)))",
                hint: "nothing was started")
        }
    }

    private func recording(
        in location: StoreLocation, _ rules: RedactionRules?, _ clock: SessionClock, _ system: SystemCalls
    ) -> StdioRecording {
        StdioRecording(
            description: describe(rules, clock, system), store: location.path, clock: clock, options: self,
            system: system)
    }

    /// A recording that is known to work before the server is started.
    private func beginClosed(
        _ location: StoreLocation, _ rules: RedactionRules?, _ clock: SessionClock, _ system: SystemCalls
    ) throws -> StdioRecording {
        let recording = recording(in: location, rules, clock, system)
        do {
            _ = try Store.open(location.path, access: .write, system: system)
            try recording.begin()
        } catch {
            let message = (error as? JournalFailure)?.message ?? Failure.explaining(error).message
            complain("\(message); the server was not started, because --fail-closed records or does not run")
            throw ExitCode(125)
        }
        return recording
    }

    /// The store, or with `--no-store` a scratch store beside the file that is to be written.
    func place() throws -> StoreLocation {
        if noStore, let output {
            return StoreLocation(path: RecordCommand.scratch(for: output), origin: .flag)
        }
        do {
            return try global.location()
        } catch let failure as Failure {
            throw Failure(failure.status == Failure.usage ? 64 : 125, failure.message, hint: failure.hint)
        }
    }

    /// Where a recording without a store lies until it is written: `.NAME.recording` beside it.
    static func scratch(for output: String) -> String {
        let path = StoreLocation.absolute(output)
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return path[...slash] + "." + path[path.index(after: slash)...] + ".recording"
    }

    /// The words after `--`, byte for byte.
    private static func serverCommand() -> ServerCommand {
        let index = CommandLine.arguments.firstIndex(of: "--") ?? CommandLine.arguments.count
        return ServerCommand(ownArgumentsFrom: index + 1)
    }

    /// What is known of the session, or of the listener, when it begins.
    func describe(
        _ rules: RedactionRules?, _ clock: SessionClock, _ system: SystemCalls
    ) -> SessionDescription {
        let masked = CommandMask.mask(command)
        var description = SessionDescription(
            id: SessionIDText.id(from: UInt64.random(in: .min ... .max)),
            name: name ?? ServerName.derived(from: masked.argv), transport: .stdio)
        description.command = masked.argv
        description.maskedArguments = masked.masked
        // Checked by `validate`.
        description.tags = (try? tags()) ?? []
        description.run = runID
        description.workingDirectory = StoreLocation.currentDirectory()
        description.environmentNames = RecordCommand.environmentNames()
        description.host = HostProcess.discovered()
        description.recorderProcess = getpid()
        description.bootID = SessionClock.bootID(system: system)
        description.startBoottime = clock.startBoottime
        description.startRealtime = clock.startRealtime
        description.capture = capture
        description.messageLimit = messageLimit?.bytes ?? SessionDescription.defaultMessageLimit
        description.redaction = rules
        description.recorderVersion = Mcptape.version
        return description
    }

    private static func environmentNames() -> [String] {
        var names: [String] = []
        var entry = environ
        while let text = entry.pointee {
            names.append(String(String(cString: text).prefix { $0 != "=" }))
            entry += 1
        }
        return names.sorted()
    }

    /// A start that fails is a session too.
    private func recordFailedStart(
        _ failure: ServerStartFailure, in recording: StdioRecording, _ clock: SessionClock
    ) {
        // The first word of a command may be a credential too: `TOKEN=… server` without a shell.
        var failure = failure.failure
        failure.command = recording.description.command.first ?? failure.command
        var state = SessionState()
        state.startFailure = failure
        state.end = SessionEnd(reason: .notStarted, time: clock.now)
        let summary = SessionSummary(description: recording.description, state: state)
        complain(Diagnosis.of(summary, lastErrorLines: []) ?? "the server could not be started")
        if !failClosed { try? recording.begin() }
        recording.note(.startFailed(failure, at: clock.now))
        recording.note(.ended(.notStarted, at: clock.now))
        recording.finish(within: 2000)
    }
}
