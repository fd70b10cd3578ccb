import ArgumentParser
import Glibc
import HTTPTransport
import Platform
import Recording
import Replay
import StdioTransport
import Store
import Wire

extension VerifyCommand {
    func run() throws {
        let system = SystemCalls()
        var rules = try options.rules()
        for path in options.noise { rules.ignored += try Self.noise(in: path, system) }
        let opened = try OpenedRecording.open(recording, global: global, isQuiet: true)
        if let file = opened.source as? FileRecording, !file.faults.isEmpty {
            // What it lacks would be told as a difference of the server.
            throw Failure(
                Failure.io, "\(recording) is damaged and is not verified", hint: "mcptape check \(recording)")
        }
        let summary = try choice.choice(among: opened.sessions, of: recording)
        rules.exchange = rules.exchange ?? opened.exchange
        let plan = try VerifyPlan(
            reading: opened.source, session: summary.description.id, name: recording)
        if let store = opened.source as? Store, let damage = store.damage.first {
            throw Failure(Failure.io, "\(recording) is damaged and is not verified: \(damage.text)")
        }
        let key = (try? global.location()).flatMap { RedactionKey.known(inStore: $0.path, system: system) }
        let engine = VerifyEngine(plan, rules: rules, key: key)
        guard engine.knowsChosenExchange else {
            throw Failure(
                Failure.noInput,
                "\(recording) has no exchange #\(rules.exchange ?? 0) that a client asked for",
                hint: "mcptape show \(recording) lists them")
        }
        if dryRun { return preview(plan, rules) }
        try refuseUpdateElsewhere()
        var played = try play(engine, plan, system)
        if let file = opened.source as? FileRecording {
            played.report.requestLines = file.requestLines(of: summary.description.id)
        }
        let outcome = try write(played.report, of: played.engine, system)
        throw ExitCode(outcome)
    }

    /// Runs once, or twice to learn what is noise.
    private func play(
        _ engine: VerifyEngine, _ plan: VerifyPlan, _ system: SystemCalls
    ) throws -> (engine: VerifyEngine, report: VerifyReport) {
        var runs: [VerifyRun] = []
        for _ in 0..<(options.learnNoise == nil ? 1 : 2) {
            let run = VerifyRun(engine, passesError: serverStderr, system: system)
            let server = try server(for: plan, system)
            run.play(against: server)
            if runs.isEmpty, (server as? HTTPLiveServer)?.fellBackToEvents == true {
                complain(
                    "\(serverName) refused Streamable HTTP and has HTTP+SSE (2024-11-05), which was verified")
            }
            runs.append(run)
            if run.engine.unreachable != nil { break }
        }
        guard let last = runs.last else { preconditionFailure("At least one run was made.") }
        var engine = last.engine
        var report = engine.report(server: serverName)
        report.isStrict = strict
        if let path = options.learnNoise, runs.count == 2, report.unreachable == nil {
            var first = runs[0].engine
            _ = first.report(server: serverName)
            let places = VerifyEngine.noise(between: first, and: engine)
            try AtomicText.write(NoiseList.file(places, recording: recording), to: path)
            report.remove(noise: places.compactMap { IgnoredPlace($0) })
        }
        if report.unreachable != nil || last.hasEnded { last.tellLastError() }
        return (engine, report)
    }

    private func server(for plan: VerifyPlan, _ system: SystemCalls) throws -> any LiveServer {
        if let url = live.upstream {
            return try live.server(at: url, form: plan.usesEventEndpoint ? .events : .streamable)
        }
        let index = CommandLine.arguments.firstIndex(of: "--") ?? CommandLine.arguments.count
        do throws(ServerStartFailure) {
            return try StdioLiveServer(ServerCommand(ownArgumentsFrom: index + 1), system: system)
        } catch {
            let why = String(cString: strerror(error.failure.errno))
            throw Failure(
                Failure.unavailable, "cannot start \(error.failure.command): \(why)",
                hint: error.failure.searchedPath.map { "PATH is \($0)" })
        }
    }

    /// The server as a report names it: without credentials.
    private var serverName: String {
        if let url = live.upstream { return CommandMask.mask(url: url) }
        return CommandMask.mask(command).argv.joined(separator: " ")
    }

    private static func noise(in path: String, _ system: SystemCalls) throws -> [IgnoredPlace] {
        var bytes: [UInt8] = []
        do {
            try FileReading(path, system: system).read { bytes.append(contentsOf: $0) }
        } catch {
            throw Failure(Failure.noInput, "--noise \(path): \(Failure.explaining(error).message)")
        }
        do throws(NoiseList.Fault) {
            return try NoiseList.read(UTF8Text.repaired(bytes[...]))
        } catch {
            throw Failure(
                Failure.io, "\(path):\(error.line): '\(error.text)' is no place",
                hint: "say /result/x, METHOD:/result/x or tool:NAME:/result/x")
        }
    }

    // MARK: Output

    private func preview(_ plan: VerifyPlan, _ rules: VerifyRules) {
        let terminal = global.terminal()
        for exchange in plan.preview(rules) {
            var reason: VerifyReport.SkipReason?
            if case .skipped(let why) = exchange.outcome { reason = why }
            let number = exchange.number.map { "#\($0)" } ?? "-"
            if printed == .json {
                var json = JSONWriter(escapesInvisible: true)
                json.object { json in
                    json.member("exchange", ifPresent: exchange.number)
                    json.member("subject", exchange.subject)
                    json.member("sent", reason == nil)
                    json.member("reason", ifPresent: reason?.word)
                    json.member("text", ifPresent: reason?.text)
                }
                terminal.line(json.text)
            } else {
                let subject = DisplayText.oneLine(exchange.subject, limit: 200)
                terminal.line(
                    reason.map { "skipped \(number) \(subject): \($0.text)" }
                        ?? "send    \(number) \(subject)")
            }
        }
        terminal.flush()
    }

    /// Prints and writes the report; answers the exit status.
    private func write(
        _ report: VerifyReport, of engine: VerifyEngine, _ system: SystemCalls
    ) throws -> Int32 {
        var status = report.exitStatus
        for path in self.report {
            guard let form = VerifyForm(path: path) else { continue }
            try Self.write(report.output(form), to: path, system)
        }
        let terminal = global.terminal()
        terminal.write(report.output(printed))
        terminal.flush()
        if update, report.unreachable == nil, !report.findings.isEmpty {
            let written = try writeRecording(report, engine, system)
            // What could be written is accepted.
            let isAll = written.left == 0 && !report.comparedNothing && !(strict && !report.skipped.isEmpty)
            if isAll { status = 0 }
        }
        return status
    }

    private static func write(_ bytes: [UInt8], to path: String, _ system: SystemCalls) throws {
        let file = try AtomicFile(StoreLocation.absolute(path), compressing: false, system: system)
        try file.write(bytes[...])
        try file.commit()
    }

    // MARK: The new recording

    private func refuseUpdateElsewhere() throws {
        guard update else { return }
        guard recordingFile() != nil else {
            throw Failure(
                Failure.usage, "--update writes recording files, and \(recording) is in the store",
                hint: "mcptape export \(recording) -o FILE.mcptape.jsonl")
        }
    }

    /// The file that RECORDING names; nil: it is in the store.
    private func recordingFile() -> String? {
        guard case .file(let path)? = (try? RecordingReference(parsing: recording))?.target else {
            return nil
        }
        return path
    }

    private func writeRecording(
        _ report: VerifyReport, _ engine: VerifyEngine, _ system: SystemCalls
    ) throws -> (changed: Int, left: Int) {
        let path = StoreLocation.absolute(recordingFile() ?? recording)
        var bytes: [UInt8] = []
        try FileReading(path, system: system).read { bytes.append(contentsOf: $0) }
        let outcome = try VerifyUpdate.apply(report, of: engine, to: bytes[...], redactor: engine.redactor)
        let file = try AtomicFile(path, system: system)
        try file.write(outcome.file[...])
        try file.commit()
        let left = engine.unwritable(in: report) + outcome.unplaced
        complain(
            "\(recording): \(outcome.changed) messages written anew, \(outcome.removed) removed"
                + (left > 0 ? "; \(left) differences cannot be written: record anew for these" : ""))
        return (outcome.changed, left)
    }
}
