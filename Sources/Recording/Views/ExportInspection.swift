import MCPSemantics
import Wire

/// Looks through what is about to leave the machine, and says what is inside.
///
/// It counts, and finds what looks like secrets, home directories, host names and e-mail addresses, by the
/// shape of values alone. Nothing is proved by its silence: a password in prose looks like prose.
public struct ExportInspection: Sendable {
    /// What is looked for.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case secret
        case homePath
        case hostName
        case emailAddress

        /// For a person.
        var title: String {
            switch self {
            case .secret: "looks like secrets"
            case .homePath: "home directories"
            case .hostName: "host names"
            case .emailAddress: "e-mail addresses"
            }
        }
    }

    /// Something found, with the first place where it is.
    public struct Finding: Sendable, Hashable {
        public var kind: Kind
        /// What stands there; of a secret what kind it is and its first characters.
        public var text: String
        public var session: SessionID
        /// The message's sequence number; nil for the header: command line, directory, tags.
        public var sequence: Int64?

        /// `ghp_… (GitHub token) in 7k2f00000000#12`: here `#` counts messages.
        public var line: String {
            let place = sequence.map { "message \($0)" } ?? "the header"
            return "\(text) in \(place) of \(session.text)"
        }
    }

    /// Different values of a kind that are told apart; a person looks at a dozen.
    public static let valueLimit = 1000
    /// Bytes of a value that are kept: addresses and names are shorter.
    static let valueLength = 256

    public private(set) var sessions = 0
    public private(set) var messages = 0
    public private(set) var standardErrorLines = 0
    public private(set) var gaps = 0
    /// Values that were replaced before they were recorded.
    public private(set) var redactions = 0
    /// Bodies of HTTP that are never recorded: of forms and of OAuth.
    public private(set) var withheldBodies = 0
    /// Values in heads of HTTP that are not on record as they were sent.
    public private(set) var maskedHeads = 0
    /// Names of the tools that were called, in the order of their first call, at most `valueLimit`.
    public private(set) var tools: [String] = []
    private var findings: [Kind: [Finding]] = [:]
    private var values: [Kind: Set<String>] = [:]
    /// The end of the part before, so that nothing is missed at a seam.
    private var tail: [UInt8] = []

    public init() {}

    /// True when something looks like a secret: `export` stops.
    public var hasSecrets: Bool { !(findings[.secret] ?? []).isEmpty }

    /// What was found of a kind: different values, in order, at most `valueLimit`.
    public func findings(of kind: Kind) -> [Finding] { findings[kind] ?? [] }

    /// Looks at a session's header.
    public mutating func add(_ summary: SessionSummary) {
        sessions += 1
        let description = summary.description
        redactions += description.maskedArguments.count
        let texts =
            description.command + [description.workingDirectory ?? ""] + description.tags.map(\.value)
            + [
                summary.state.startFailure?.searchedPath ?? "",
                summary.state.startFailure?.workingDirectory ?? "",
            ]
        for text in texts { search(Array(text.utf8)[...], description.id, nil) }
    }

    /// Looks at what is told of a session beside its messages: its name, and what its sides said of
    /// themselves, which is written also where the messages that said it are left out. After the messages,
    /// so that a place names the message where there is one.
    public mutating func add(identityOf summary: SessionSummary) {
        var texts = [summary.description.name]
        for handshake in [summary.state.client, summary.state.server].compactMap({ $0 }) {
            texts += [
                handshake.peer?.name, handshake.peer?.version, handshake.peer?.title, handshake.capabilities,
                handshake.instructions,
            ].compactMap { $0 }
        }
        tail = []
        for text in texts { search(Array(text.utf8)[...], summary.description.id, nil) }
    }

    /// Looks at an entry; `bytes` is the message's body or, of a body in parts, nothing: they go to
    /// `add(part:)`.
    public mutating func add(_ entry: RecordingEntry, of session: SessionID, bytes: ArraySlice<UInt8>?) {
        tail = []
        switch entry {
        case .gap: gaps += 1
        case .message(let message):
            if message.kind == .http {
                if let bytes, let note = HTTPNote(json: bytes) { add(note) }
            } else if message.lane == .standardError {
                standardErrorLines += 1
            } else {
                messages += 1
            }
            if message.method == "tools/call", let name = message.name, !tools.contains(name),
                tools.count < ExportInspection.valueLimit
            {
                tools.append(name)
            }
            redactions += message.redactions.count
            if let bytes { search(bytes, session, message.sequence) }
        }
    }

    private mutating func add(_ note: HTTPNote) {
        func masked(_ fields: [HTTPField]) -> Int { fields.count { $0.form == .masked } }
        switch note {
        case .request(let head):
            maskedHeads += masked(head.fields)
            maskedHeads += Placeholder.places(in: Array(head.target.utf8)[...]).count
        case .response(let head): maskedHeads += masked(head.fields)
        case .trailers(let fields): maskedHeads += masked(fields)
        case .omitted: withheldBodies += 1
        case .closed, .event, .edited: break
        }
    }

    /// Looks at the next part of the body of the entry that was added last.
    public mutating func add(part: ArraySlice<UInt8>, of session: SessionID, sequence: Int64) {
        search((tail + part)[...], session, sequence)
        tail = Array(part.suffix(ExportInspection.valueLength))
    }

    /// What is inside, a line each, for standard error.
    public func report(examples: Int = 3) -> [String] {
        var counts = [HumanText.counted(sessions, "session"), HumanText.counted(messages, "message")]
        if standardErrorLines > 0 {
            counts.append(HumanText.counted(standardErrorLines, "line") + " of standard error")
        }
        if gaps > 0 { counts.append(HumanText.counted(gaps, "gap")) }
        counts.append(HumanText.counted(redactions, "redaction"))
        if withheldBodies > 0 {
            let bodies = withheldBodies == 1 ? "1 body" : "\(withheldBodies) bodies"
            counts.append(bodies + " of forms or OAuth not recorded")
        }
        if maskedHeads > 0 {
            counts.append(HumanText.counted(maskedHeads, "masked value") + " in HTTP heads")
        }
        var lines = [counts.joined(separator: ", ")]
        if !tools.isEmpty {
            let named = tools.prefix(12).map { DisplayText.oneLine($0, limit: 60) }.joined(separator: ", ")
            lines.append("tools called: \(named)" + (tools.count > 12 ? " and \(tools.count - 12) more" : ""))
        }
        for kind in Kind.allCases {
            let found = findings(of: kind)
            guard !found.isEmpty else { continue }
            let shown = found.prefix(examples).map { kind == .secret ? $0.line : $0.text }
            let more = found.count - shown.count
            let count =
                found.count == ExportInspection.valueLimit ? "\(found.count) or more" : "\(found.count)"
            lines.append(
                "\(kind.title) (\(count)): " + shown.joined(separator: ", ")
                    + (more > 0 ? " and \(more) more" : ""))
        }
        return lines
    }

    /// Where something looks like a secret, in order; placeholders do not.
    static func suspects(in bytes: ArraySlice<UInt8>) -> [Range<Int>] {
        var ranges = SecretShapes.findings(in: bytes).map(\.range)
        ValueSearch.scan(bytes) { kind, range, _ in
            if kind == .secret { ranges.append(range) }
        }
        return ranges.sorted { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) }
    }

    private mutating func search(_ bytes: ArraySlice<UInt8>, _ session: SessionID, _ sequence: Int64?) {
        for finding in SecretShapes.findings(in: bytes) {
            // Enough to find the place, too little to use.
            let head = DisplayText.oneLine(utf8: bytes[finding.range].prefix(4), limit: 4)
            add(.secret, value: bytes[finding.range], "\(head)… (\(finding.kind))", session, sequence)
        }
        ValueSearch.scan(bytes) { kind, range, name in
            let text = DisplayText.oneLine(utf8: bytes[range], limit: 120)
            let shown = name.map { "\($0): \(text.prefix(2))…" } ?? text
            add(kind, value: bytes[range], shown, session, sequence)
        }
    }

    private mutating func add(
        _ kind: Kind, value: ArraySlice<UInt8>, _ text: String, _ session: SessionID, _ sequence: Int64?
    ) {
        guard findings[kind, default: []].count < ExportInspection.valueLimit else { return }
        let key = String(decoding: value.prefix(ExportInspection.valueLength), as: UTF8.self)
        guard values[kind, default: []].insert(key).inserted else { return }
        findings[kind, default: []].append(
            Finding(kind: kind, text: text, session: session, sequence: sequence))
    }
}
