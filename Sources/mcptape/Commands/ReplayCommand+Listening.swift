import HTTPTransport
import MCPSemantics
import Platform
import Recording
import Replay
import StdioTransport

/// `replay --listen` with the real server behind it, which each client gets for itself.
extension ReplayCommand {
    /// What stands behind a recording while it is served; nil: nothing does.
    func serversBehind(
        _ file: SharedRecordingFile?, playing session: SessionSummary, in source: any RecordingSource,
        _ rules: MatchRules, host: HostDescriptors, _ system: SystemCalls
    ) throws -> ServersBehind? {
        guard rules.misses == .forward else { return nil }
        guard modes.mode == .newEpisodes, let file else {
            return ServersBehind(
                thread: try serverThread(keep: nil, host, system), recording: nil, settle: { _ in nil })
        }
        var failure: Failure?
        let (fresh, keep) = try additions(to: file, playing: session, in: source, rules, system) {
            failure = $0
        }
        return ServersBehind(
            thread: try serverThread(keep: keep, host, system), recording: { _ in fresh },
            settle: { _ in failure })
    }

    private func serverThread(
        keep: ReplayUpstream.Keep?, _ host: HostDescriptors, _ system: SystemCalls
    ) throws -> RealServerThread {
        do throws(LiveFailure) {
            return try RealServerThread(start: startServer(system), keep: keep, host: host, system: system)
        } catch {
            throw Failure(Failure.io, error.text)
        }
    }

    /// Records what all clients and the real server say as one session. Answers the exit status.
    func recordListening(
        _ file: SharedRecordingFile, _ rules: MatchRules, _ obstacle: Failure?, host: HostDescriptors,
        _ system: SystemCalls
    ) throws -> Int32 {
        var rules = rules
        rules.misses = .forward
        let (description, redactor) = try describeWhole(file, system)
        let thread = try serverThread(keep: nil, host, system)
        let behind = ServersBehind(
            thread: thread,
            recording: { time in
                var description = description
                description.startRealtime += time.nanoseconds
                description.startBoottime += time.nanoseconds
                return MemoryRecording(description, redactor: redactor)
            },
            settle: { report in
                if let obstacle { return obstacle }
                do {
                    try keep(thread.ended, in: file, rules, &report)
                    return nil
                } catch {
                    let failure = Failure.explaining(error)
                    complain("\(file.path) was not written: \(failure.message)")
                    return failure
                }
            })
        let server = HTTPReplay.Server(name: description.name, script: ReplayScript(emptyFor: recording))
        return try serve([server], rules, key: nil, nil, behind, system)
    }

    /// Refuses to replace a recording by half of one: `owed` requests have no answer.
    func checkWhole(_ file: SharedRecordingFile, owed: Int) throws {
        guard modes.mode == .all, file.isThere, owed > 0 else { return }
        let count = HumanText.counted(owed, "request")
        throw Failure(Failure.io, "the server left \(count) unanswered, and half of it is no recording")
    }

    private func keep(
        _ conversations: [WholeSession], in file: SharedRecordingFile, _ rules: MatchRules,
        _ report: inout ReplayReport
    ) throws {
        let live = try WholeSession.joining(conversations, identify: rules.identity(of:text:))
        guard let live else {
            // A recording without an answer would be played ever after.
            throw Failure(
                report.missCount == 0 ? Failure.io : Failure.unavailable, "the server answered nothing")
        }
        try checkWhole(file, owed: report.missCount + report.owedCount)
        try put(live, into: file, rules)
        report.noteAdded(live.requestCount)
    }
}
