import ArgumentParser
import Glibc
import HTTPTransport
import Platform
import Replay

/// `replay --listen`: the recorded server on HTTP.
extension ReplayCommand {
    /// Serves until a signal, or until the command of `--exec` has ended. Answers the exit status.
    func serve(_ script: ReplayScript, _ rules: MatchRules, key: [UInt8]?, _ system: SystemCalls) throws
        -> Int32
    {
        let file = try report.map { try ReplayReportFile($0, allPlayed: allPlayed, system: system) }
        let replay: HTTPReplay
        do throws(HTTPFailure) {
            var options = try http.settings()
            options.timing = timing.timing
            replay = try HTTPReplay(script, rules: rules, key: key, options) { reports in
                file?.keep(ReplayReport.merging(reports), isFinished: false)
            }
        } catch {
            throw error.asFailure
        }
        let url = Self.url(of: replay.address)
        if let portFile = http.portFile, case .tcp(_, let port) = replay.address {
            try AtomicText.write("\(port)\n", to: portFile)
        }
        if !quiet { complain("\(recording) is served at \(url)") }
        let status = http.exec ? try MockProgram.run(command, url: url) : MockProgram.waitForSignal()
        let reports = replay.stop()
        let merged = ReplayReport.merging(reports)
        file?.keep(merged, isFinished: true)
        let own = merged.exitStatus(allPlayed: allPlayed)
        if !quiet, own != 0 || !merged.isClean {
            for line in merged.lines { complain(line) }
        }
        return status != 0 ? status : own
    }

    private static func url(of address: ListenAddress) -> String {
        switch address {
        case .tcp: "http://\(address)/mcp"
        case .unix: "\(address)"
        }
    }
}
