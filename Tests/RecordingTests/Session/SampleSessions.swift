import MCPSemantics

@testable import Recording

/// Sessions for the tests of references and runs.
enum SampleSessions {
    static let second: Int64 = 1_000_000_000

    /// A session that starts at `start` seconds and has its newest event after `length` seconds.
    static func session(
        _ id: String, _ name: String, start: Int64, length: Int64 = 1, run: String? = nil, host: Int32? = nil
    ) -> SessionSummary {
        var description = SessionDescription(id: SessionID(id), name: name, transport: .stdio)
        description.startRealtime = 1_795_442_700_000_000_000 + start * second
        description.startBoottime = start * second
        description.run = run
        description.bootID = "boot"
        description.host = host.map { HostProcess(processID: $0, startTicks: 1, name: "host") }
        var state = SessionState()
        state.lastTime = .init(nanoseconds: length * second)
        return SessionSummary(description: description, state: state)
    }
}

extension Run {
    /// The runs of sessions of which is not told when something was in flight.
    static func grouped(_ sessions: [SessionSummary]) -> [Run] { grouped(sessions) { _ in nil } }
}

extension RecordingReference {
    /// The same for what is typed.
    func resolve(among sessions: [SessionSummary]) -> Resolution { resolve(among: sessions) { _ in nil } }
}
