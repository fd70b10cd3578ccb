import Platform
import Recording
import Replay
import StdioTransport
import Store

/// `replay` of a large file on stdio: it is played while it is read.
extension ReplayCommand {
    /// Files below are read faster than it takes to see whether they need not be.
    private static let largeSize = 1 << 20

    /// What is in the file, when it is large and nothing that is asked for needs all of it at once.
    func largeFile(_ rules: MatchRules, _ system: SystemCalls) throws -> [UInt8]? {
        guard http.listen == nil, modes.mode == .none, rules.misses != .forward, rules.order != .recorded,
            !timing.dryRun, !eras.translateEra,
            case .file(let path)? = (try? RecordingReference(parsing: recording))?.target
        else { return nil }
        return try explained {
            try RecordingFileInput.bytes(of: StoreLocation.absolute(path), system: system)
        }
    }

    /// The script of a large file, of which the beginning was read; nil: it must be read as a whole, which
    /// also tells what is wrong with it.
    func lateScript(_ bytes: [UInt8]) throws -> LateScript? {
        guard bytes.count >= Self.largeSize, let session = try? GrowingSession(bytes: bytes) else {
            return nil
        }
        _ = try which.choice(among: [session.summary], of: recording)
        return try LateScript(reading: session, name: recording)
    }

    /// Plays it on stdio; answers the exit status.
    func play(
        _ late: LateScript, _ rules: MatchRules, host: HostDescriptors, _ system: SystemCalls
    ) throws -> Int32 {
        let neverAsked: ReplayEngine.NeverAsked =
            report != nil || allPlayed ? .always : quiet ? .never : .withFindings
        let engine = ReplayEngine(
            late: late, rules: rules, key: knownKey(system), timing: timing.timing, neverAsked: neverAsked)
        let plan = faults.isGiven ? try faults.plan(server: late.serverName, isHTTP: false) : nil
        var replay = StdioReplay(engine: engine, faults: plan, host: host, system: system)
        return try run(&replay, server: late.serverName, system)
    }
}
