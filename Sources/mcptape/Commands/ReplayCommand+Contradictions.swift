import ArgumentParser
import HTTPTransport
import Platform
import Recording
import Replay

/// What cannot be asked of `replay` at once.
extension ReplayCommand {
    /// A dry run serves nobody and changes nothing.
    func checkDryRun() throws {
        guard timing.dryRun else { return }
        if modes.mode == .all {
            throw ValidationError("--dry-run is about what is played, and --mode all plays nothing")
        }
        let flags = [
            ("--exec", http.exec), ("--report", report != nil),
            ("--metrics-textfile", textfile.path != nil), ("--all-played", allPlayed),
            ("--port-file", http.portFile != nil), (life.given ?? "", life.given != nil),
        ]
        for (flag, isGiven) in flags where isGiven {
            throw ValidationError("--dry-run serves nothing, so \(flag) has no use beside it")
        }
    }

    /// What is for a recording that is played, and not for one that is made.
    func checkModes() throws {
        if let upstream = modes.upstream {
            do throws(HTTPFailure) {
                _ = try UpstreamURL(upstream)
            } catch {
                throw ValidationError("--upstream: \(error.message)")
            }
        }
        if eras.translateEra, modes.mode == .newEpisodes || modes.onMiss == .forward {
            let flag = modes.mode == .newEpisodes ? "--mode new_episodes" : "--on-miss forward"
            throw ValidationError(
                "--translate-era with \(flag): the real server would be asked in the client's era, and the "
                    + "recording hold both; give one of them")
        }
        if faults.isGiven, modes.mode == .all {
            throw ValidationError(
                "--fault with --mode all: what is recorded must not go wrong; leave one out")
        }
    }

    /// Whoever waits must be told, and in the place where they wait.
    func checkReadiness() throws {
        if http.exec, life.readyFd == 1 {
            throw ValidationError(
                "--ready-fd 1 with --exec: standard output is the program's, which finds the server in "
                    + "MCPTAPE_URL; say a descriptor from 3 on")
        }
        if http.portFile != nil, let address = try? http.settings().address, case .unix = address {
            throw ValidationError("--port-file with --listen unix: there is no port; use --ready-fd")
        }
    }

    /// Refuses what only a recording that is there can give, before it is made.
    func checkAbsent() throws {
        let needs = [
            ("--dry-run", timing.dryRun, "there is nothing yet that it could be about"),
            ("--fault", faults.isGiven, "what is recorded must not go wrong"),
            ("--session", which.session != nil, "it has no session yet"),
        ]
        for (flag, isGiven, reason) in needs where isGiven {
            throw Failure(
                Failure.noInput, "\(recording) is not there, and \(flag) is for one that is: \(reason)",
                hint: "record it without \(flag) first")
        }
    }

    /// Refuses to record anew what could not be replaced afterwards, before anybody says anything.
    func checkReplaceable(_ file: SharedRecordingFile) throws {
        guard let known = try file.read() else { return }
        _ = try which.choice(among: known.sessions().reversed(), of: recording)
    }
}
