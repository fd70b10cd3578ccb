import ArgumentParser
import HTTPTransport
import Platform
import Recording
import Replay
import StdioTransport
import Store

extension ReplayCommand {
    func run() throws {
        if http.listen != nil { MockProgram.holdSignals() }
        let host = HostDescriptors.standard()
        let system = SystemCalls()
        var rules = try matching.rules()
        rules.misses = modes.mode == .newEpisodes ? .forward : modes.onMiss ?? .error
        let recorded = try recordedFile(system)
        if let recorded, try recordsWhole(recorded) {
            throw ExitCode(try recordWhole(recorded, rules, host: host, system))
        }
        let bytes = try largeFile(rules, system)
        if let late = try bytes.flatMap(lateScript) {
            throw ExitCode(try play(late, rules, host: host, system))
        }
        let opened = try open(known: bytes)
        if let file = opened.source as? FileRecording, !file.faults.isEmpty {
            // Without a message it would answer something else, or nothing, and nobody would know why.
            throw Failure(
                Failure.io, "\(recording) is damaged and is not played", hint: "mcptape check \(recording)")
        }
        let isHTTP = http.listen != nil
        let chosen =
            isHTTP && rules.misses != .forward
            ? try served(among: opened.sessions)
            : [try which.choice(among: opened.sessions, of: recording)]
        let servers = try chosen.map { summary in
            HTTPReplay.Server(name: summary.description.name, script: try readScript(of: summary, in: opened))
        }
        let script = servers[0].script
        let faults = try faultPlan(of: servers)
        if timing.dryRun {
            for server in servers {
                let name = servers.count == 1 ? recording : "\(server.name) of \(recording)"
                timing.tell(server.script.estimate(timing.timing), of: name)
            }
            return
        }
        // None is needed; the one that the recording was made under tells equal requests apart.
        let key = knownKey(system)
        if isHTTP {
            let behind = try serversBehind(
                recorded, playing: chosen[0], in: opened.source, rules, host: host, system)
            throw ExitCode(try serve(servers, rules, key: key, faults, behind, system))
        }
        var failure: Failure?
        var replay = StdioReplay(
            engine: ReplayEngine(
                script: script, rules: rules, key: key, timing: timing.timing,
                translatesEra: eras.translateEra), faults: faults, host: host,
            system: system)
        replay.upstream = try upstream(of: recorded, playing: chosen[0], in: opened.source, rules, system) {
            failure = $0
        }
        let status = try run(&replay, server: servers[0].name, system)
        replay.closeUpstream()
        throw ExitCode(status == 0 ? failure?.status ?? 0 : status)
    }

    /// The one that recordings of the store are made under.
    func knownKey(_ system: SystemCalls) -> [UInt8]? {
        (try? global.location()).flatMap { RedactionKey.known(inStore: $0.path, system: system) }
    }

    /// Plays on stdio, with the reports that are asked for; answers the exit status.
    func run(_ replay: inout StdioReplay, server: String, _ system: SystemCalls) throws -> Int32 {
        let file = try self.report.map { path throws -> ReplayReportFile in
            let file = try ReplayReportFile(path, allPlayed: allPlayed, system: system)
            try file.write(replay.report, isFinished: false)
            return file
        }
        let metrics = metricsFile(of: server, system)
        metrics?.keep(replay.report, isFinished: false)
        replay.missed = { report in
            file?.keep(report, isFinished: false)
            metrics?.keep(report, isFinished: false)
        }
        let report = replay.run()
        file?.keep(report, isFinished: true)
        metrics?.keep(report, isFinished: true)
        let status = report.exitStatus(allPlayed: allPlayed)
        if !quiet && (status != 0 || !report.isClean) {
            for line in report.lines { complain(line) }
        }
        return status
    }

    /// `--metrics-textfile`, when it is asked for.
    func metricsFile(of server: String, _ system: SystemCalls) -> ReplayMetricsFile? {
        ReplayMetricsFile(textfile, server: server, system: system)
    }

    /// `known` is what is in the file, where that was read already.
    private func open(known: [UInt8]?) throws -> OpenedRecording {
        try explained {
            try OpenedRecording.open(recording, global: global, isQuiet: true, known: known).whole(
                "replay plays whole recordings",
                hint: "leave it out, or make a recording of it: mcptape export --context")
        }
    }

    /// Adds to a failure that the recording is not there how it is made.
    func explained<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch var failure as Failure where failure.status == Failure.noInput && failure.hint == nil {
            if RecordingFileOutput.fault(inName: recording) == nil {
                failure.hint = Self.howToRecord(recording)
            }
            throw failure
        }
    }

    private func faultPlan(of servers: [HTTPReplay.Server]) throws -> FaultPlan? {
        guard faults.isGiven else { return nil }
        if http.listen != nil { return try faults.plan() }
        return try faults.plan(server: servers.first?.name ?? "", isHTTP: false)
    }

    private func readScript(of summary: SessionSummary, in opened: OpenedRecording) throws -> ReplayScript {
        let script = try ReplayScript(
            reading: opened.source, session: summary.description.id, name: recording)
        if let store = opened.source as? Store, let damage = store.damage.first {
            throw Failure(Failure.io, "\(recording) is damaged and is not played: \(damage.text)")
        }
        return script
    }
}
