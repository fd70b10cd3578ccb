public import MCPSemantics

/// What one client did in one stretch of work over all of its servers: sessions side by side on one time
/// line.
public struct Run: Sendable, Equatable {
    /// `--run ID`, or the id of the session that began it. When that session had begun before and was silent
    /// since, the minutes from its begin follow: `7k2f00000000.245`. So an id stays what it is when more is
    /// recorded.
    public var id: String
    /// What it has of each session, oldest session first, never empty.
    public var parts: [Part]
    /// Oldest start first, never empty.
    public var sessions: [SessionSummary] { parts.map(\.session) }
    /// What joined the sessions, the strongest first; empty when the session stands alone.
    public var rules: [Rule]

    /// What joins two sessions.
    public enum Rule: Sendable, Hashable {
        /// The same `--run`.
        case named
        /// The same host process: its pid and start time, in one boot.
        case hostProcess(HostProcess)
        /// A trace that both took part in, by its id.
        case trace(String)
        /// Over HTTP, the same name and version, as the client states them, at the same address.
        case client(PeerInfo, address: String)

        /// What it is, for a person.
        public var text: String {
            switch self {
            case .named: "the same --run"
            case .hostProcess(let host):
                "the same host process, \(DisplayText.oneLine(host.name, limit: 80)) (pid \(host.processID))"
            case .trace(let id): "the trace \(id)"
            case .client(let peer, let address):
                "the same client, \(DisplayText.oneLine(peer.name, limit: 80)) at "
                    + DisplayText.oneLine(address, limit: 80)
            }
        }
    }

    /// Without anything in flight for so long a run is over: 10 minutes (product.md, Words).
    public static let silence: Int64 = 600_000_000_000

    /// True when the run holds the session, or a part of it.
    public func contains(_ session: SessionSummary) -> Bool {
        parts.contains { $0.session.description.id == session.description.id }
    }
}
