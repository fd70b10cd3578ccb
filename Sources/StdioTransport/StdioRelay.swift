internal import CSystemCalls
public import Journal
public import Platform
public import Recording
public import Replay

/// Joins the host and a server that runs, until the server has ended.
///
/// Bytes out are bytes in, on each of the three lanes, whatever they are; the exit status, the half-closed
/// ends and the signals are passed on too.
public struct StdioRelay {
    private let server: StdioServer
    private let host: HostDescriptors
    private let receivesSignals: Bool
    private let system: SystemCalls

    /// `receivesSignals`: as in the server's options. Signals are this process's own business while it runs.
    public init(
        server: StdioServer, host: HostDescriptors, receivesSignals: Bool = true,
        system: SystemCalls = SystemCalls()
    ) {
        self.server = server
        self.host = host
        self.receivesSignals = receivesSignals
        self.system = system
    }

    /// Relays without recording. `faults`: which answers of the server go wrong.
    ///
    /// Blocks the calling thread, which must be the one that started the server.
    public func run(faults: FaultPlan? = nil) -> RelayOutcome { run(through: PlainTap(), faults) }

    /// Relays and puts everything into `journal`, from the server's start to the session's end.
    ///
    /// Blocks the calling thread, which must be the one that started the server. `failsClosed`: as in the
    /// journal's options. `faults`: which answers of the server go wrong; what it sent goes on record, and
    /// what the host got instead. `propagator`: puts spans into requests; what came goes on record, and how
    /// it was edited.
    public func run(
        recordingTo journal: JournalWriter, clock: SessionClock, failsClosed: Bool = false,
        faults: FaultPlan? = nil, propagator: TracePropagator? = nil
    ) -> RelayOutcome {
        let tap = JournalTap(journal: journal, clock: clock, failsClosed: failsClosed)
        guard let propagator else { return run(through: tap, faults) }
        return run(through: PropagatingTap(propagator, around: tap), faults)
    }

    private func run(through tap: some RelayTap, _ faults: FaultPlan?) -> RelayOutcome {
        guard let faults else { return run(through: tap) }
        return run(through: FaultTap(faults, around: tap, system: system))
    }

    func run(through tap: some RelayTap) -> RelayOutcome {
        // On failure signals stay on hold: the host's SIGKILL still ends us, and the guard the server.
        let signals = receivesSignals ? csystem_signals_open() : -1
        defer { if signals >= 0 { csystem_signals_close() } }
        return RelayLoop(server: server, host: host, tap: tap, signals: signals, system: system).run()
    }
}
