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
        if http.isRequested || meansConfiguredListeners { return try runProxy() }
        try outputFile?.check()
        try textfile.check()
        let (exit, _) = try recordStdio(host: HostDescriptors.standard(), system: SystemCalls())
        Glibc.exit(exit)
    }

    /// Records one session of the command. Answers the server's status, as a shell shows it, and whether the
    /// file was written, or `keep` took the session that it gets in its place.
    func recordStdio(
        host: HostDescriptors, system: SystemCalls,
        keep: ((any RecordingSource, SessionID) throws -> Void)? = nil
    ) throws -> (status: Int32, isKept: Bool) {
        let settings = try startSettings()
        let faults = try faults.plan(server: describedName(), isHTTP: false)
        let place = place(settings, isShared: keep != nil)
        let clock = SessionClock(system: system)
        let early = settings.failClosed.value ? try beginClosed(place, settings, clock, system, keep) : nil
        let server: StdioServer
        do throws(ServerStartFailure) {
            server = try StdioServer(RecordCommand.serverCommand(), host: host, options: .standard(host))
        } catch {
            recordFailedStart(
                error, in: early ?? recording(in: place, settings, clock, system, keep), settings, clock)
            return (error.status, false)
        }
        let recording = early ?? recording(in: place, settings, clock, system, keep)
        if early == nil {
            do {
                try recording.begin()
            } catch {
                // `--durable` on a journal that is on no disk. The guard ends the server.
                settings.log.say(.error, "\(error.message); the server was stopped")
                throw ExitCode(125)
            }
        }
        let outcome = recording.relay(
            server: server, host: host, faults: faults,
            propagator: traces.propagator(recorder: recording.description.id))
        recording.finish()
        return (outcome.exit.shellStatus, recording.isKept)
    }

    private func recording(
        in place: String, _ settings: Settings, _ clock: SessionClock, _ system: SystemCalls,
        _ keep: ((any RecordingSource, SessionID) throws -> Void)?
    ) -> StdioRecording {
        let description = describe(clock, settings, system)
        // Who reads standard error of a wrapped server takes a line of ours for the server's.
        var quietly = settings.log
        if isatty(STDERR_FILENO) == 0 { quietly.level = .off }
        let reporter = reporter(on: place, settings, quietly, system)
        let recording = JournaledRecording(
            description: description, store: place, clock: clock, settings: settings, system: system,
            committed: reporter?.watcher)
        return StdioRecording(
            recording, output: outputFile, textfile: reporter,
            keep: keep.map { keep in { try keep($0, description.id) } })
    }

    /// A recording that is known to work before the server is started.
    private func beginClosed(
        _ place: String, _ settings: Settings, _ clock: SessionClock, _ system: SystemCalls,
        _ keep: ((any RecordingSource, SessionID) throws -> Void)?
    ) throws -> StdioRecording {
        let recording = recording(in: place, settings, clock, system, keep)
        do {
            _ = try Store.open(place, access: .write, system: system)
            try recording.begin()
        } catch {
            let message = (error as? JournalFailure)?.message ?? Failure.explaining(error).message
            settings.log.say(
                .error,
                "\(message); the server was not started, because --fail-closed records or does not run")
            throw ExitCode(125)
        }
        return recording
    }

    /// The settings; what is wrong outside of them (no home directory, a file that cannot be read) means that
    /// mcptape could not start, which has a status of its own.
    func startSettings() throws -> Settings {
        do {
            return try settings()
        } catch let failure as Failure {
            throw Failure(failure.status == Failure.usage ? 64 : 125, failure.message, hint: failure.hint)
        }
    }

    /// `-o FILE`, when it is asked for.
    var outputFile: OutputFile? { output.map { OutputFile(path: $0, isOnly: noStore) } }

    /// Where the recording lies while it is made.
    func place(_ settings: Settings, isShared: Bool = false) -> String {
        let store = settings.store.value.path
        guard var output = outputFile else { return store }
        output.isShared = isShared
        return output.place(store: store)
    }

    /// `--metrics-textfile`, when it is asked for.
    func reporter(
        on place: String, _ settings: Settings, _ log: Log, _ system: SystemCalls
    ) -> TextfileReporter? {
        TextfileReporter(
            textfile, store: place, isOwn: noStore, isPeriodic: false, retention: settings.retention,
            slow: settings.slow.value, log: log, system: system)
    }

    /// The words after `--`, byte for byte.
    static func serverCommand() -> ServerCommand {
        let index = CommandLine.arguments.firstIndex(of: "--") ?? CommandLine.arguments.count
        return ServerCommand(ownArgumentsFrom: index + 1)
    }

    /// What is known of the session, or of the listener, when it begins.
    func describe(
        _ clock: SessionClock, _ settings: Settings, _ system: SystemCalls
    ) -> SessionDescription {
        let masked = CommandMask.mask(command)
        var description = SessionDescription(
            id: SessionIDText.id(from: UInt64.random(in: .min ... .max)), name: describedName(masked.argv),
            transport: .stdio)
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
        description.capture = settings.capture(ofServer: description.name)
        description.messageLimit = settings.messageLimit.value
        description.redaction = settings.redaction
        description.recorderVersion = Mcptape.version
        return description
    }

    /// The server's name: given, or derived from its command.
    private func describedName(_ argv: [String]? = nil) -> String {
        name ?? ServerName.derived(from: argv ?? CommandMask.mask(command).argv)
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
        _ failure: ServerStartFailure, in recording: StdioRecording, _ settings: Settings,
        _ clock: SessionClock
    ) {
        // The first word of a command may be a credential too: `TOKEN=… server` without a shell.
        var failure = failure.failure
        failure.command = recording.description.command.first ?? failure.command
        var state = SessionState()
        state.startFailure = failure
        state.end = SessionEnd(reason: .notStarted, time: clock.now)
        let summary = SessionSummary(description: recording.description, state: state)
        settings.log.say(
            .error, Diagnosis.of(summary, lastErrorLines: []) ?? "the server could not be started")
        if !settings.failClosed.value { try? recording.begin() }
        recording.note(.startFailed(failure, at: clock.now))
        recording.note(.ended(.notStarted, at: clock.now))
        recording.finish(within: .seconds(2))
    }
}
