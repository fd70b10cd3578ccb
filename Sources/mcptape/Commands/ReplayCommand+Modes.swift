import ArgumentParser
import Glibc
import HTTPTransport
import Journal
import MCPSemantics
import Platform
import Recording
import Replay
import StdioTransport
import Store

/// `replay --mode`: the real server behind the recording, and what is kept of it.
extension ReplayCommand {
    // MARK: - Which file

    /// The file that is recorded to; nil: none is, the recording is played as it is.
    func recordedFile(_ system: SystemCalls) throws -> SharedRecordingFile? {
        guard modes.mode != .none else { return nil }
        guard case .file(let path)? = (try? RecordingReference(parsing: recording))?.target else {
            throw Failure(
                Failure.usage,
                "--mode \(modes.mode.rawValue) writes a recording file, and \(recording) names none",
                hint: "say a path that ends in .mcptape.jsonl")
        }
        // Whole sessions are recorded.
        if path != recording { throw Failure(Failure.usage, "\(recording) is an exchange of \(path)") }
        if let fault = RecordingFileOutput.fault(inName: path) {
            throw Failure(
                Failure.usage, fault.replacing("-o \(path)", with: "--mode \(modes.mode.rawValue): \(path)"))
        }
        return SharedRecordingFile(path, system: system)
    }

    /// Whether the file is recorded as a whole, and not played.
    func recordsWhole(_ file: SharedRecordingFile) throws -> Bool {
        if modes.mode == .all { return true }
        if file.isThere { return false }
        guard realCommand.isEmpty, modes.upstream == nil else { return true }
        throw Failure(
            Failure.noInput, "\(recording) is not there, and there is no server to record it from",
            hint: Self.howToRecord(recording))
    }

    /// The command of the real server: with --exec what stands there is another program.
    var realCommand: [String] { http.exec ? [] : command }

    static func howToRecord(_ recording: String) -> String {
        "record it: mcptape replay \(recording) --mode once -- COMMAND [ARG…]"
    }

    // MARK: - Recording all of it

    /// Records a session of the real server. Answers the exit status: the server's, or else why the file was
    /// not written.
    func recordWhole(
        _ file: SharedRecordingFile, _ rules: MatchRules, host: HostDescriptors, _ system: SystemCalls
    ) throws -> Int32 {
        let obstacle = file.obstacle
        if let obstacle, obstacle.status != Failure.refused { throw obstacle }
        if !file.isThere {
            try checkAbsent()
        } else if obstacle == nil {
            try checkReplaceable(file)
        }
        if let obstacle {
            // The client comes first: it gets its answers, and the reason stands on standard error.
            Log.commandLine.say(.error, "\(obstacle.message); nothing is recorded")
        }
        if http.listen != nil { return try recordListening(file, rules, obstacle, host: host, system) }
        guard modes.upstream == nil else {
            return try recordUpstream(file, rules, obstacle, host: host, system)
        }
        if let obstacle {
            do throws(ServerStartFailure) {
                let server = try StdioServer(
                    RecordCommand.serverCommand(), host: host, options: .standard(host))
                let outcome = StdioRelay(server: server, host: host, system: system).run()
                let status = outcome.exit.shellStatus
                return status == 0 ? obstacle.status : status
            } catch {
                Log.commandLine.say(.error, error.failure.told)
                return error.status
            }
        }
        let recorder = try recordCommand(for: file)
        let (status, isKept) = try recorder.recordStdio(host: host, system: system) { source, session in
            guard let live = try WholeSession(reading: source, session: session) else { return }
            try keepWhole(live, in: file, rules, system)
        }
        return status == 0 && !isKept ? Failure.io : status
    }

    /// `record --no-store -o FILE`, whose conversation this is.
    func recordCommand(for file: SharedRecordingFile) throws -> RecordCommand {
        // A client can only be answered from payloads, whatever the configuration says.
        var flags = ["--no-store", "--capture", "payloads", "-o", file.path]
        if quiet { flags.append("--quiet") }
        // So that the same command finds it the next time.
        if let server = which.server { flags += ["--name", server] }
        var recorder = try RecordCommand.parse(flags + ["--"] + (realCommand.isEmpty ? ["-"] : realCommand))
        recorder.global = global
        recorder.redaction = modes.redaction
        return recorder
    }

    /// Puts a whole session into the file: as it is where there is none; what another process recorded
    /// meanwhile stays.
    private func keepWhole(
        _ live: WholeSession, in file: SharedRecordingFile, _ rules: MatchRules, _ system: SystemCalls
    ) throws {
        guard live.hasAnswers else {
            // A recording without an answer would be played ever after.
            complain("\(file.path) was not written: the server answered nothing")
            return
        }
        try put(live, into: file, rules)
        let description = live.summary.description
        let report = ReplayReport.recordedAnew(
            recording, session: description.id.text, requests: live.requestCount)
        metricsFile(of: description.name, system)?.keep(report, isFinished: true)
        try reportFile(system)?.write(report, isFinished: true)
    }

    /// Writes a whole session that has answers.
    func put(_ live: WholeSession, into file: SharedRecordingFile, _ rules: MatchRules) throws {
        let identify = rules.identity(of:text:)
        _ = try file.change(waiting: true) { known in
            guard let known else { return live.fileText() }
            if modes.mode == .all, live.wasLeftByServer {
                let count = HumanText.counted(live.summary.state.pending, "request")
                throw Failure(
                    Failure.io, "the server ended with \(count) unanswered; \(file.path) stays as it was")
            }
            let session = try which.choice(among: known.sessions().reversed(), of: recording).description.id
            guard modes.mode == .all else {
                return try known.adding(live, to: session, since: [:], identify: identify).text
            }
            return try known.updated(by: live, replacing: session, identify: identify).text
        }
    }

    /// The same for a server on HTTP: everything is missing, and so everything is asked for there.
    private func recordUpstream(
        _ file: SharedRecordingFile, _ rules: MatchRules, _ obstacle: Failure?, host: HostDescriptors,
        _ system: SystemCalls
    ) throws -> Int32 {
        var rules = rules
        rules.misses = .forward
        let (description, redactor) = try describeWhole(file, system)
        var failure = obstacle
        var isKept = false
        var replay = StdioReplay(
            engine: ReplayEngine(script: ReplayScript(emptyFor: recording), rules: rules), host: host,
            system: system)
        replay.upstream = ReplayUpstream(
            recording: MemoryRecording(description, redactor: redactor), start: startServer(system),
            keepsAtEnd: true
        ) { live, _ in
            guard obstacle == nil else { return .failed }
            do {
                try checkWhole(file, owed: live.unanswered.count)
                let live = try live.withoutUnanswered()
                try keepWhole(live, in: file, rules, system)
                isKept = true
                return .kept(live.requestCount)
            } catch {
                failure = failure ?? Failure.explaining(error)
                complain("\(file.path) was not written: \(Failure.explaining(error).message)")
                return .failed
            }
        }
        let report = replay.run()
        for miss in report.misses where !quiet { complain(miss.line) }
        replay.closeUpstream()
        let status = report.exitStatus()
        guard isKept || failure != nil else {
            complain("\(file.path) was not written: the server answered nothing")
            metricsFile(of: serverName, system)?.keep(report, isFinished: true)
            try reportFile(system)?.write(report, isFinished: true)
            return status == 0 ? Failure.io : Failure.unavailable
        }
        return status == 0 ? failure?.status ?? 0 : status
    }

    /// What is known of a session of the real server that is recorded as a whole, and what cleans it.
    func describeWhole(
        _ file: SharedRecordingFile, _ system: SystemCalls
    ) throws -> (description: SessionDescription, redactor: Redactor?) {
        let recorder = try recordCommand(for: file)
        let settings = try recorder.settings()
        let store = settings.store.value.path
        let redactor = settings.redaction.map { StoreRedactor.later($0, store: store, system: system) }
        if modes.upstream == nil {
            return (recorder.describe(SessionClock(system: system), settings, system), redactor)
        }
        var description = SessionDescription(
            id: SessionIDText.id(from: UInt64.random(in: .min ... .max)), name: serverName, transport: .stdio)
        description.command = [(try? UpstreamURL(modes.upstream ?? ""))?.recorded ?? ""]
        description.startRealtime = system.realtime()
        description.redaction = settings.redaction
        description.recorderVersion = Mcptape.version
        return (description, redactor)
    }

    private func reportFile(_ system: SystemCalls) throws -> ReplayReportFile? {
        try report.map { try ReplayReportFile($0, allPlayed: allPlayed, system: system) }
    }

    // MARK: - Asking for what is missing

    /// What stands behind the recording while it is played; nil: nothing does.
    ///
    /// `failed` is told why an exchange was not added, once.
    func upstream(
        of file: SharedRecordingFile?, playing session: SessionSummary, in source: any RecordingSource,
        _ rules: MatchRules, _ system: SystemCalls, failed: @escaping (Failure) -> Void
    ) throws -> ReplayUpstream? {
        guard rules.misses == .forward else { return nil }
        let start = startServer(system)
        guard modes.mode == .newEpisodes, let file else { return ReplayUpstream(start: start) }
        let (recording, keep) = try additions(
            to: file, playing: session, in: source, rules, system, failed: failed)
        return ReplayUpstream(recording: recording, start: start, keep: keep)
    }

    /// What a client and the real server say is recorded into, and how it is added to the file.
    ///
    /// `failed` is told why an exchange was not added, once.
    func additions(
        to file: SharedRecordingFile, playing session: SessionSummary, in source: any RecordingSource,
        _ rules: MatchRules, _ system: SystemCalls, failed: @escaping (Failure) -> Void
    ) throws -> (recording: MemoryRecording, keep: ReplayUpstream.Keep) {
        var description = session.description
        description.redaction = try redaction(of: session, in: file)
        let store = (try? global.location().path) ?? ""
        let redactor = description.redaction.map { StoreRedactor.later($0, store: store, system: system) }
        let identify = rules.identity(of:text:)
        let id = session.description.id
        let earlier = try WholeSession(reading: source, session: id)?.requestCounts(identify) ?? [:]
        var hasFailed = false
        let keep: ReplayUpstream.Keep = { live, isLast in
            var count = 0
            do {
                let isDone = try file.change(waiting: isLast) { known in
                    guard let known else {
                        throw Failure(Failure.noInput, "\(file.path) is not there any more")
                    }
                    let added = try known.adding(live, to: id, since: earlier, identify: identify)
                    count = added.exchanges
                    return count == 0 ? nil : added.text
                }
                return isDone ? .kept(count) : .busy
            } catch {
                let failure = Failure.explaining(error)
                if !hasFailed { complain("\(file.path): nothing is added: \(failure.message)") }
                hasFailed = true
                failed(failure)
                return .failed
            }
        }
        return (MemoryRecording(description, redactor: redactor), keep)
    }

    /// The rules for what is added: those of the file, and those that are in force now.
    private func redaction(
        of session: SessionSummary, in file: SharedRecordingFile
    ) throws -> RedactionRules? {
        let own = session.description.redaction
        let now = try recordCommand(for: file).settings().redaction
        if own != nil, modes.redaction.noRedact {
            throw Failure(
                Failure.usage,
                "\(recording) is redacted, and --no-redact would put secrets beside its placeholders",
                hint: "leave it out, or record the file anew with --mode all --no-redact")
        }
        guard let own else { return now }
        return now.map { own.adding($0) } ?? own
    }

    func startServer(_ system: SystemCalls) -> ReplayUpstream.Start {
        let modes = modes
        let keepsDescriptors = http.listen == nil
        return { () throws(LiveFailure) in
            if let url = modes.upstream {
                do throws(HTTPFailure) {
                    return try modes.liveServer(at: url)
                } catch {
                    throw LiveFailure(.unreachable, error.message)
                }
            }
            do throws(ServerStartFailure) {
                return try StdioLiveServer(
                    RecordCommand.serverCommand(), keepsDescriptors: keepsDescriptors, system: system)
            } catch {
                throw LiveFailure(.unreachable, error.failure.told)
            }
        }
    }

    var serverName: String {
        which.server ?? (try? UpstreamURL(modes.upstream ?? ""))?.host ?? "http"
    }
}

extension UpstreamURL {
    /// As it may be recorded: without its query.
    fileprivate var recorded: String { "\(origin)\(path.prefix { $0 != "?" })" }
}

extension StartFailure {
    /// One sentence for a person.
    fileprivate var told: String {
        var state = SessionState()
        state.startFailure = self
        let description = SessionDescription(id: SessionID(""), name: "", transport: .stdio)
        return Diagnosis.of(SessionSummary(description: description, state: state), lastErrorLines: [])
            ?? "the server could not be started"
    }
}
