import ArgumentParser
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
        let rules = try matching.rules()
        let opened = try OpenedRecording.open(recording, global: global, isQuiet: true)
        if let file = opened.source as? FileRecording, !file.faults.isEmpty {
            // Without a message it would answer something else, or nothing, and nobody would know why.
            throw Failure(
                Failure.io, "\(recording) is damaged and is not played", hint: "mcptape check \(recording)")
        }
        let summary = try choice(among: opened.sessions)
        let script = try ReplayScript(
            reading: opened.source, session: summary.description.id, name: recording)
        if let store = opened.source as? Store, let damage = store.damage.first {
            throw Failure(Failure.io, "\(recording) is damaged and is not played: \(damage.text)")
        }
        if timing.dryRun { return timing.tell(script.estimate(timing.timing), of: recording) }
        // None is needed; the one that the recording was made under tells equal requests apart.
        let key = (try? global.location()).flatMap { RedactionKey.known(inStore: $0.path, system: system) }
        if http.listen != nil { throw ExitCode(try serve(script, rules, key: key, system)) }
        var replay = StdioReplay(
            engine: ReplayEngine(script: script, rules: rules, key: key, timing: timing.timing), host: host,
            system: system)
        let file = try self.report.map { path throws -> ReplayReportFile in
            let file = try ReplayReportFile(path, allPlayed: allPlayed, system: system)
            try file.write(replay.report, isFinished: false)
            return file
        }
        replay.missed = { report in file?.keep(report, isFinished: false) }
        let report = replay.run()
        file?.keep(report, isFinished: true)
        let status = report.exitStatus(allPlayed: allPlayed)
        if !quiet && (status != 0 || !report.isClean) {
            for line in report.lines { complain(line) }
        }
        throw ExitCode(status)
    }

    /// The one session to play. Without a choice among several the candidates are listed.
    private func choice(among sessions: [SessionSummary]) throws -> SessionSummary {
        let matching = sessions.filter { summary in
            (server == nil || summary.description.name == server)
                && (session.map { summary.description.id.text.hasPrefix($0) } ?? true)
        }
        if matching.count == 1, let only = matching.first { return only }
        let list = sessions.map { "\($0.description.name) (\($0.description.id.text))" }.joined(
            separator: ", ")
        guard matching.isEmpty else {
            throw Failure(
                Failure.usage, "\(recording) holds \(sessions.count) sessions: \(list)",
                hint: "choose with --server NAME or --session ID")
        }
        throw Failure(Failure.noInput, "\(recording) has no such session; it holds \(list)")
    }
}
