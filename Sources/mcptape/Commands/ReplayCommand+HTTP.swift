import ArgumentParser
import Glibc
import HTTPTransport
import Platform
import Recording
import Replay

/// `replay --listen`: the recorded servers on HTTP.
extension ReplayCommand {
    /// Serves until a signal, until nobody comes any more, or until the command of `--exec` has ended.
    /// Answers the exit status.
    func serve(
        _ servers: [HTTPReplay.Server], _ rules: MatchRules, key: [UInt8]?, _ faults: FaultPlan?,
        _ behind: ServersBehind?, _ system: SystemCalls
    ) throws -> Int32 {
        let ready = try life.readyDescriptor()
        let file = try report.map { try ReplayReportFile($0, allPlayed: allPlayed, system: system) }
        var events = HTTPReplay.Events()
        let metrics = metricsFile(of: servers[0].name, system)
        events.missed = {
            file?.keep($0, isFinished: false)
            metrics?.keep($0, isFinished: false)
        }
        // The signals are held back: whoever waits for one gets this too.
        events.idle = { kill(getpid(), SIGTERM) }
        let endsWithCommand = http.exec
        // With a command it is the command that says when it is over.
        events.killed = { if !endsWithCommand { kill(getpid(), SIGTERM) } }
        let replay: HTTPReplay
        do throws(HTTPFailure) {
            var options = try http.settings()
            options.timing = timing.timing
            options.translatesEra = eras.translateEra
            options.faults = faults
            life.apply(to: &options)
            behind?.join(&options)
            replay = try HTTPReplay(servers, rules: rules, key: key, options, events: events)
        } catch {
            throw error.asFailure
        }
        do {
            // What cannot be written is said before anybody relies on it.
            try file?.write(replay.report, isFinished: false)
            metrics?.keep(replay.report, isFinished: false)
            try behind?.begin(for: replay)
            let status = try serve(servers, replay, ready, file, metrics, behind)
            behind?.close()
            return status
        } catch {
            _ = replay.stop()
            behind?.close()
            throw error
        }
    }

    private func serve(
        _ servers: [HTTPReplay.Server], _ replay: HTTPReplay, _ ready: ReadyDescriptor?,
        _ file: ReplayReportFile?, _ metrics: ReplayMetricsFile?, _ behind: ServersBehind?
    ) throws -> Int32 {
        let urls = replay.paths.map { Self.url(of: replay.address, path: $0) }
        if let portFile = http.portFile, case .tcp(_, let port) = replay.address {
            try AtomicText.write("\(port)\n", to: portFile)
        }
        if !quiet {
            for (server, url) in zip(servers, urls) {
                complain(
                    (urls.count == 1 ? recording : "\(server.name) of \(recording)") + " is served at \(url)")
            }
        }
        ready?.tell(urls)
        let status =
            http.exec
            ? try MockProgram.run(command, environment: Self.environment(servers, urls))
            : MockProgram.waitForSignal()
        var merged = replay.stop()
        let failure = behind?.settle(&merged)
        file?.keep(merged, isFinished: true)
        metrics?.keep(merged, isFinished: true)
        let own = merged.exitStatus(allPlayed: allPlayed)
        if !quiet, own != 0 || !merged.isClean {
            for line in merged.lines { complain(line) }
        }
        if status != 0 { return status }
        // Nothing at all was heard of the real server: that says more than what each request missed.
        if let failure, own == 0 || failure.status == Failure.unavailable { return failure.status }
        return own
    }

    /// The sessions that are served, a server each: all of the recording where each is another server's.
    func served(among sessions: [SessionSummary]) throws -> [SessionSummary] {
        let variables = sessions.map { Self.variable(for: $0.description.name) }
        guard which.server == nil, which.session == nil, Set(variables).count == sessions.count else {
            return [try which.choice(among: sessions, of: recording)]
        }
        return sessions
    }

    private static func url(of address: ListenAddress, path: String) -> String {
        switch address {
        case .tcp: "http://\(address)\(path)"
        case .unix: path == "/mcp" ? "\(address)" : "\(address) \(path)"
        }
    }

    /// What the command of `--exec` finds: `MCPTAPE_URL` of one server, `MCPTAPE_URL_<NAME>` of each. Nil:
    /// what is there from elsewhere goes.
    private static func environment(
        _ servers: [HTTPReplay.Server], _ urls: [String]
    ) -> [(name: String, value: String?)] {
        [("MCPTAPE_URL", urls.count == 1 ? urls[0] : nil)]
            + zip(servers, urls).map { (variable(for: $0.name), $1) }
    }

    /// `MCPTAPE_URL_MY_SERVER`.
    static func variable(for name: String) -> String {
        let plain = name.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain ? Character(scalar) : "_"
        }
        return "MCPTAPE_URL_" + String(plain).uppercased()
    }
}
