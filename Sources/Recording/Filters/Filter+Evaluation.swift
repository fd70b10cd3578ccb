public import MCPSemantics
import Wire

/// What a filter looks at: the session, and in it an exchange, a message, a gap, or nothing yet.
public struct FilterSubject {
    public var session: SessionSummary
    public var exchange: Exchange?
    public var entry: RecordingEntry?
    /// Wall clock, nanoseconds since 1970, for `since:2h`.
    public var now: Int64

    /// An exchange of a session.
    public init(exchange: Exchange, session: SessionSummary, now: Int64) {
        self.session = session
        self.exchange = exchange
        self.now = now
    }

    /// A message or a gap of a session; `exchange` is the one that the message belongs to.
    public init(entry: RecordingEntry, exchange: Exchange?, session: SessionSummary, now: Int64) {
        self.session = session
        self.exchange = exchange
        self.entry = entry
        self.now = now
    }

    /// A session as a whole: conditions on what is in it are open.
    public init(session: SessionSummary, now: Int64) {
        self.session = session
        self.now = now
    }
}

extension Filter {
    /// True or false where the subject decides, nil where it does not.
    ///
    /// `text` says whether a free text occurs in the payload, or nil when the payload was not read.
    /// For an exchange the payload is the request's and the response's.
    public func verdict(on subject: FilterSubject, text: (String) -> Bool?) -> Bool? {
        Filter.verdict(of: expression, on: subject, text: text)
    }

    /// True when the exchange or message matches. `text` is asked only where the rest does not decide.
    public func matches(_ subject: FilterSubject, text: (String) -> Bool) -> Bool {
        guard let early = verdict(on: subject, text: { _ in nil }) else {
            return verdict(on: subject, text: { text($0) }) ?? false
        }
        return early
    }

    /// False when nothing in the session can match: it need not be read.
    public func mayMatch(session: SessionSummary, now: Int64) -> Bool {
        verdict(on: FilterSubject(session: session, now: now), text: { _ in nil }) ?? true
    }

    /// Kleene's three-valued logic: a part that is open leaves the whole open unless another decides it.
    private static func verdict(
        of expression: Expression, on subject: FilterSubject, text: (String) -> Bool?
    ) -> Bool? {
        switch expression {
        case .all(let parts):
            var isOpen = false
            for part in parts {
                switch verdict(of: part, on: subject, text: text) {
                case false?: return false
                case nil: isOpen = true
                case true?: continue
                }
            }
            return isOpen ? nil : true
        case .any(let parts):
            var isOpen = false
            for part in parts {
                switch verdict(of: part, on: subject, text: text) {
                case true?: return true
                case nil: isOpen = true
                case false?: continue
                }
            }
            return isOpen ? nil : false
        case .not(let part): return verdict(of: part, on: subject, text: text).map { !$0 }
        case .term(let term): return term.verdict(on: subject, text: text)
        }
    }
}

extension Filter.Term {
    fileprivate func verdict(on subject: FilterSubject, text: (String) -> Bool?) -> Bool? {
        // A copy of the session would cost more than all the rest.
        switch self {
        case .session(let patterns):
            return patterns.contains { $0.matchesPrefix(of: subject.session.description.id.text) }
        case .server(let patterns):
            return patterns.contains { $0.matches(subject.session.description.name) }
        case .client(let patterns):
            guard let client = subject.session.state.client?.peer else {
                return subject.session.isLive ? nil : false
            }
            return patterns.contains { pattern in
                pattern.matches(client.name) || client.title.map { pattern.matches($0) } ?? false
            }
        case .sinceAge(let age):
            return subject.isSince(subject.now.subtractingReportingOverflow(age).partialValue)
        case .sinceInstant(let instant): return subject.isSince(instant)
        case .text(let needle):
            if case .gap? = subject.entry { return false }
            return text(needle)
        case .method(let patterns):
            return subject.open { subject.method.map { $0.matchesOne(of: patterns) } ?? false }
        case .tool(let patterns):
            return subject.open {
                guard subject.method == "tools/call", let name = subject.name else { return false }
                return name.matchesOne(of: patterns)
            }
        case .id(let patterns): return subject.open { subject.id?.matchesOne(of: patterns) ?? false }
        case .direction(let direction): return subject.open { subject.direction == direction }
        case .kind(let kinds): return subject.open { kinds.contains { subject.is($0) } }
        case .status(let outcomes):
            return subject.open { subject.exchange.map { outcomes.contains($0.outcome) } ?? false }
        case .duration(let range):
            return subject.open { subject.exchange?.duration.map { range.contains($0) } ?? false }
        case .size(let range): return subject.open { range.contains(Int64(clamping: subject.size)) }
        }
    }
}

extension FilterSubject {
    /// Nil for a session as a whole.
    fileprivate func open(_ decide: () -> Bool) -> Bool? {
        exchange == nil && entry == nil ? nil : decide()
    }

    private var message: MessageRecord? {
        if case .message(let message)? = entry { message } else { nil }
    }

    /// A response or progress has no method of its own: its exchange's counts.
    fileprivate var method: String? { message?.method ?? exchange?.method }

    fileprivate var name: String? { message?.name ?? exchange?.name }

    fileprivate var id: RequestID? { entry == nil ? exchange?.id : message?.id }

    fileprivate var direction: Direction? {
        switch entry {
        case .message(let message): message.lane.direction
        case .gap: nil
        case nil: exchange?.asker
        }
    }

    /// For an exchange: it holds a request, and a response once there is one.
    fileprivate func `is`(_ kind: Filter.Kind) -> Bool {
        switch (entry, kind) {
        case (.gap, .gap): true
        case (.gap, .message), (.message, .gap), (nil, .gap): false
        case (.message(let message), .message(let kind)): message.kind == kind
        case (nil, .message(let kind)):
            kind == .request || (kind == .response && exchange?.responseSequence != nil)
        }
    }

    fileprivate var size: Int {
        switch entry {
        case .message(let message): message.size
        case .gap(let record): record.gap.bytes
        case nil: exchange.map { $0.requestSize &+ $0.responseSize } ?? 0
        }
    }

    /// A session as a whole cannot hold what is since an instant when its newest event is before it.
    fileprivate func isSince(_ instant: Int64) -> Bool? {
        let start = session.description.startRealtime
        let time: Timestamp
        switch entry {
        case .message(let message): time = message.time
        case .gap(let record): time = record.gap.to
        case nil:
            guard let exchange else {
                if start >= instant { return true }
                return start.addingReportingOverflow(session.state.lastTime.nanoseconds).partialValue
                    < instant
                    && !session.isLive ? false : nil
            }
            time = exchange.requestTime
        }
        return start.addingReportingOverflow(time.nanoseconds).partialValue >= instant
    }
}

extension String {
    fileprivate func matchesOne(of patterns: [TextPattern]) -> Bool { patterns.contains { $0.matches(self) } }
}

extension RequestID {
    /// By its JSON text, or by the content of a string id.
    fileprivate func matchesOne(of patterns: [TextPattern]) -> Bool {
        if text.matchesOne(of: patterns) { return true }
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return false }
        return String(text.dropFirst().dropLast()).matchesOne(of: patterns)
    }
}
