import MCPSemantics

/// What one client did in one stretch of work over all of its servers: sessions side by side on one time
/// line.
public struct Run: Sendable, Equatable {
    /// `--run ID`, or the first session's id.
    public var id: String
    /// Oldest start first, never empty.
    public var sessions: [SessionSummary]
    public var rule: Rule

    /// What joined the sessions.
    public enum Rule: Sendable, Hashable {
        /// The same `--run`.
        case named
        /// The same host process: its pid and start time, in one boot.
        case hostProcess(HostProcess)
        /// The session stands alone.
        case single
    }

    /// Without anything in flight for so long a run is over: 10 minutes (product.md, Words).
    public static let silence: Int64 = 600_000_000_000

    /// The runs of `sessions`, newest start first.
    ///
    /// Sessions belong together by their `run`, else on stdio by their host process (that of a proxy started
    /// the proxy, and has nothing to do with its clients); a group of the latter is cut
    /// where none of its sessions had an event for ten minutes. A session counts as busy from its start to
    /// its newest event, which is longer than something was in flight: runs are rather joined than cut.
    /// O(sessions log sessions).
    public static func grouped(_ sessions: [SessionSummary]) -> [Run] {
        var named: [String: [SessionSummary]] = [:]
        var hosted: [HostKey: [SessionSummary]] = [:]
        var runs: [Run] = []
        for session in sessions {
            if let run = session.description.run {
                named[run, default: []].append(session)
            } else if session.description.transport == .stdio, let host = session.description.host,
                let boot = session.description.bootID
            {
                hosted[HostKey(host: host, boot: boot), default: []].append(session)
            } else {
                runs.append(Run(id: session.description.id.text, sessions: [session], rule: .single))
            }
        }
        for (id, members) in named {
            runs.append(Run(id: id, sessions: members.sorted(by: isOlder), rule: .named))
        }
        for (key, members) in hosted {
            for stretch in cut(members.sorted(by: isOlder)) {
                let rule = stretch.count == 1 ? Rule.single : .hostProcess(key.host)
                runs.append(Run(id: stretch[0].description.id.text, sessions: stretch, rule: rule))
            }
        }
        return runs.sorted { isOlder($1.sessions[0], $0.sessions[0]) }
    }

    /// True when the run holds the session.
    public func contains(_ session: SessionSummary) -> Bool {
        sessions.contains { $0.description.id == session.description.id }
    }

    private struct HostKey: Hashable {
        var host: HostProcess
        var boot: String
    }

    /// The id decides between equal starts, so that the order is always the same.
    private static func isOlder(_ a: SessionSummary, _ b: SessionSummary) -> Bool {
        (a.description.startRealtime, a.description.id.text) < (
            b.description.startRealtime, b.description.id.text
        )
    }

    /// Cuts sessions, oldest first, at stretches of silence. Times are of the boot clock, which all share.
    private static func cut(_ sessions: [SessionSummary]) -> [[SessionSummary]] {
        var stretches: [[SessionSummary]] = []
        var busyUntil = Int64.min
        for session in sessions {
            let start = session.description.startBoottime
            let (quiet, overflow) = start.subtractingReportingOverflow(busyUntil)
            if stretches.isEmpty || overflow || quiet >= silence {
                stretches.append([session])
                busyUntil = Int64.min
            } else {
                stretches[stretches.count - 1].append(session)
            }
            busyUntil = max(
                busyUntil, start.addingReportingOverflow(session.state.lastTime.nanoseconds).partialValue)
        }
        return stretches
    }
}
