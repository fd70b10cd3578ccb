import MCPSemantics
public import Recording

/// A script that is made as far as the client has come.
///
/// The first recorded request that equals a live one is the same in the part that was read as in the whole,
/// and so is all that hangs on it (`GrowingSession`): only what asks for the rest is read for. A miss, a
/// repeat beyond what is recorded, and the list of what was never asked for do.
public struct LateScript: Sendable {
    /// The part that was read.
    private(set) var script: ReplayScript
    private var session: GrowingSession
    private var builder: ScriptBuilder
    /// How many requests of each method are not read yet.
    private var requestsLeft: [String: Int] = [:]
    private var notificationsLeft: [String: Int] = [:]
    /// Methods of the whole session's requests, in the order in which they first come.
    let methods: [String]
    /// The era of the recorded server, as `ReplayScript.era` says it of the whole script.
    let era: Era?

    let pieceSize: Int
    /// The most: whoever looks for something reads ever larger pieces.
    static let pieceLimit = 1 << 16

    /// Reads the session's beginning. `name` is the recording as the user called it.
    ///
    /// Throws when the session was recorded without payloads.
    public init(reading session: GrowingSession, name: String) throws(SourceFailure) {
        try self.init(reading: session, name: name, pieceSize: 64)
    }

    /// `pieceSize`: lines that are read at once, at least.
    init(reading session: GrowingSession, name: String, pieceSize: Int) throws(SourceFailure) {
        self.pieceSize = pieceSize
        try ReplayScript.checkPayloads(of: session.summary, name: name)
        let id = session.summary.description.id.text
        builder = ScriptBuilder(name: name, session: id, facts: [], ending: .init(session.summary))
        script = builder.finished()
        script.redaction = session.summary.description.redaction
        for method in session.outline.requests { requestsLeft[method.method] = method.count }
        for method in session.outline.notifications { notificationsLeft[method.method] = method.count }
        methods = session.outline.requests.map(\.method)
        era =
            session.outline.showsLegacy == session.outline.showsModern
            ? nil : session.outline.showsLegacy ? .legacy : .modern
        self.session = session
        // What the server said before the client did.
        readOn(pieceSize)
    }

    /// The recorded server's name.
    public var serverName: String { session.summary.description.name }

    var isWhole: Bool { session.isAtEnd }

    /// Whether there are requests of that method beyond what was read.
    func hasMoreRequests(of method: String) -> Bool { requestsLeft[method, default: 0] > 0 }

    func hasMoreNotifications(of method: String) -> Bool { notificationsLeft[method, default: 0] > 0 }

    /// Reads so many lines at least, or what there is; answers the places of the new cues.
    @discardableResult
    mutating func readOn(_ lines: Int) -> Range<Int> {
        let known = script.cues.count
        let piece = session.read(atLeast: lines)
        builder.swap(with: &script)
        builder.learn(piece.exchanges)
        for entry in piece.entries {
            guard case .message(let message) = entry, message.lane != .standardError,
                case .inline(let body) = message.body
            else { continue }
            builder.add(entry, body: body)
        }
        if session.isAtEnd { _ = builder.finish() }
        builder.swap(with: &script)
        for place in known..<script.cues.count {
            switch script.cues[place].trigger {
            case .request(let request): requestsLeft[request.method, default: 0] -= 1
            case .notification(let method, _): notificationsLeft[method, default: 0] -= 1
            case .start, .foreign, .unreadable: break
            }
        }
        return known..<script.cues.count
    }

    /// Hands out the script, to be put back: it must not be copied while somebody changes it.
    mutating func swap(with other: inout ReplayScript) { Swift.swap(&script, &other) }
}
