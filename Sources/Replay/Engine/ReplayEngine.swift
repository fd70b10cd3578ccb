public import MCPSemantics
import Recording
import Wire

/// Plays the server's side of a recording to a live client.
///
/// Messages in, actions out; pure. The same script and the same messages give the same actions, and time
/// enters only through `at`. One engine serves one client.
///
/// A request is answered by the next recorded one that equals it in every facet (`RequestFacets`): its
/// progress and answer come with the live id and token spliced into the recorded bytes, and so do the server
/// messages that hang on it. A server's request is sent in its place, and what came after the client's answer
/// to it waits for that answer; what came after a cancellation waits for the cancellation.
public struct ReplayEngine: Sendable {
    /// Of a late script the part that was read.
    var script: ReplayScript
    var index: ScriptIndex
    /// What happened so far; complete after `clientClosed`.
    public internal(set) var report: ReplayReport

    var outbox = Outbox()
    private var hasStarted = false
    private var serials = 0
    /// Runs that wait for the client, in the order in which they began.
    var waiting: [Run] = []
    /// Requests of the server that the client has not answered, by the id that was sent.
    var openServerRequests: [RequestID: OpenServerRequest] = [:]
    /// The live id of each recorded subscription that is open, by the recorded id's JSON text.
    var liveSubscriptions: [String: RequestID] = [:]
    /// How many notifications of each method the client has sent, and the recorded ones in order.
    private(set) var notificationCues: [String: [Int]] = [:]
    private var foreignCues: [ArraySlice<UInt8>: [Int]] = [:]
    var mintedIDs = 0
    /// The identities, recorded and live, whose difference was told last.
    var toldIdentity: [ArraySlice<UInt8>?] = []
    /// The form whose identity was compared last, and the cue that it was compared with.
    var comparedIdentity: (form: Int, cue: Int)?
    let timing: ReplayTiming
    /// Runs that wait for a time.
    var asleep = SleepingRuns()
    /// The latest time that the engine was told.
    var now = Timestamp.zero
    /// Nothing more comes from the client.
    var isClosing = false
    private var batches = 0
    /// The recorded server's era, where it is one.
    let era: Era?
    let translatesEra: Bool
    /// Of the client's last request.
    var clientEra = Era.legacy
    /// The client's latest `initialize`, JSON text: a real server gets it before anything else.
    public internal(set) var handshake: ArraySlice<UInt8>?
    /// Requests that were handed out as `.forward` and have no answer yet, with what they missed.
    var forwarded: [RequestID: NearestMiss] = [:]
    /// Requests of the real server that the client has not answered, by the id that it was given.
    var forwardedServerRequests: Set<RequestID> = []

    /// The rest of the script, where it is read only as far as the client has come.
    var late: LateScript?
    var listsNeverAsked = NeverAsked.always

    /// Makes the engine for one client. O(requests in the script).
    ///
    /// No key is needed for placeholders. With `key`, which may be the one that they were made under, their
    /// digits decide between recorded requests that are otherwise equal. `translatesEra`: a client of the
    /// other era gets answers in its own, where that is exact; otherwise it is refused. `isShared`: copies of
    /// the engine, before its first message, serve one client each, so that it is made ready for all of them.
    public init(
        script: ReplayScript, rules: MatchRules = MatchRules(), key: [UInt8]? = nil,
        timing: ReplayTiming = .none, translatesEra: Bool = false, isShared: Bool = false
    ) {
        self.init(
            script: script, timing: timing, era: script.era, translatesEra: translatesEra,
            index: ScriptIndex(script, rules: rules, key: key, isShared: isShared))
    }

    init(
        script: ReplayScript, timing: ReplayTiming, era: Era?, translatesEra: Bool = false, index: ScriptIndex
    ) {
        self.script = script
        self.timing = timing
        self.translatesEra = translatesEra
        self.era = era
        self.index = index
        report = ReplayReport(
            recording: script.recordingName, session: script.session, repeatRule: index.rules.repeats)
        report.unreadableRequests = script.unreadableRequests
        report.strayProgress = script.strayProgress
        noteCues(script.cues.indices)
    }

    /// Takes notifications and lines that are no messages among cues that come after those that it knows.
    mutating func noteCues(_ places: Range<Int>) {
        var notifications: [String: [Int]] = [:]
        var lines: [ArraySlice<UInt8>: [Int]] = [:]
        for place in places.reversed() {
            switch script.cues[place].trigger {
            case .notification(let method, _): notifications[method, default: []].append(place)
            case .foreign(let bytes): lines[bytes, default: []].append(place)
            case .start, .request, .unreadable: break
            }
        }
        // The last comes first, so that the next one is taken from the end.
        notificationCues.merge(notifications) { known, new in new + known }
        foreignCues.merge(lines) { known, new in new + known }
    }

    /// The client is there: what the recorded server sent before the client's first message.
    ///
    /// Called once, before `received`; when it is not, the first message does it.
    public mutating func start(at time: Timestamp) -> [ReplayAction] {
        now = max(now, time)
        begin()
        return flush()
    }

    /// The client sent `message`, one line without its line feed, or the body of one HTTP request.
    public mutating func received(_ message: ArraySlice<UInt8>, at time: Timestamp) -> [ReplayAction] {
        received(ClientMessage(message), at: time)
    }

    /// The client sent a message that was read already.
    public mutating func received(_ message: ClientMessage, at time: Timestamp) -> [ReplayAction] {
        let before = advance(to: time)
        begin()
        if message.digest.kind == .batch, !message.digest.members.isEmpty {
            let ranges = Envelope.scan(message.text).members
            batches += 1
            for (range, member) in zip(ranges, message.digest.members) {
                let text = Envelope.slice(range, of: message.text)
                handle(ClientMessage(text, member), batch: batches)
            }
        } else {
            handle(message, batch: nil)
        }
        return before + flush()
    }

    /// The client gave up its request `id` without a word: where that means that it is cancelled.
    /// Source: MCP 2026-07-28, basic/transports/streamable-http, Cancellation.
    public mutating func abandoned(_ id: RequestID, at time: Timestamp) -> [ReplayAction] {
        let before = advance(to: time)
        if !giveUpForwarded(id) { _ = cancel(id) }
        return before + flush()
    }

    /// The client closed its side: nothing more is sent, and the report is completed.
    @discardableResult
    public mutating func clientClosed(at time: Timestamp) -> [ReplayAction] {
        for run in waiting {
            guard let request = script.cues[run.cue].request, request.answer == .recorded, !run.wasAnswered
            else { continue }
            report.noteUnanswered(recorded(request), .stillWaiting)
        }
        waiting = []
        reportAsleep()
        reportOwed()
        let open = openServerRequests.values.sorted {
            ($0.run, $0.exchange ?? 0) < ($1.run, $1.exchange ?? 0)
        }
        for request in open {
            guard let exchange = request.exchange, script.clientAnswers[exchange] != nil else { continue }
            note(Divergence(.serverRequestUnanswered, exchange: exchange, subject: request.method))
        }
        openServerRequests = [:]
        if listsNeverAsked == .always || listsNeverAsked == .withFindings && !report.isClean {
            readOn { _, _ in true }
        }
        guard late == nil else { return flush() }
        report.neverAsked = index.neverTaken.compactMap { cue in
            guard let request = script.cues[cue].request, !ReplayRules.isAskedAtWill(request.method) else {
                return nil
            }
            return recorded(request)
        }
        return flush()
    }

    // MARK: - One message

    private mutating func begin() {
        guard !hasStarted else { return }
        hasStarted = true
        play(cue: 0, live: nil, isRepeat: false)
    }

    private mutating func handle(_ message: ClientMessage, batch: Int?) {
        let (digest, text) = (message.digest, message.text)
        switch digest.kind {
        case .request:
            // A digest cuts long text; what is spliced must be whole.
            guard let id = ClientMessage.wholeID(of: digest, in: text), let method = digest.method else {
                return
            }
            let live = LiveRequest(
                id: id,
                progressToken: digest.progressToken.map { token in
                    token.utf8.count < MessageDigest.textLimit / 2 ? token : Self.token(of: text) ?? token
                }, batch: batch)
            receivedRequest(message, method: method, live: live)
        case .notification:
            receivedNotification(digest, text: text)
        case .response:
            if takeForwardedAnswer(digest, text: text) { return }
            receivedAnswer(digest, text: text)
        case .batch, .foreign, .standardError, .http:
            receivedForeign(text, batch: batch)
        }
    }

    private static func token(of request: ArraySlice<UInt8>) -> String? {
        JSONTree(request)?.root["params"]?["_meta"]?["progressToken"]?.textString
    }

    private mutating func receivedNotification(_ digest: MessageDigest, text: ArraySlice<UInt8>) {
        let method = digest.method ?? ""
        forwardNotification(digest, text: text)
        var cancelled: Int?
        if method == "notifications/cancelled", let id = digest.cancels { cancelled = cancel(id) }
        readOn(toNotification: method, cancelling: cancelled)
        guard var cues = notificationCues[method], !cues.isEmpty else {
            // Cancelling and progress are the client's own affair; the recording cannot foresee them.
            if notificationCues[method] == nil, !ReplayRules.isSentAtWill(method) {
                note(Divergence(.notificationNotRecorded, subject: method))
            }
            return
        }
        // The recorded ones stand last to first. A cancellation prefers the one of the same request.
        var place = cues.count - 1
        if let cancelled {
            place =
                cues.lastIndex {
                    if case .notification(_, cancelled) = script.cues[$0].trigger { return true }
                    return false
                } ?? place
        }
        let cue = cues.remove(at: place)
        notificationCues[method] = cues
        play(cue: cue, live: nil, isRepeat: false)
    }

    /// Plays what hangs on a recorded line with these bytes; false when there is none left.
    mutating func playForeign(_ text: ArraySlice<UInt8>) -> Bool {
        let line = foreignCues[text] == nil ? redactedLine(for: text) ?? text : text
        guard var cues = foreignCues[line], let cue = cues.popLast() else { return false }
        foreignCues[line] = cues
        play(cue: cue, live: nil, isRepeat: false)
        return true
    }

    /// The first recorded line that is `text` but for placeholders.
    private func redactedLine(for text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        foreignCues.filter { PlaceholderMatch.excuses(line: $0.key, for: text) && !$0.value.isEmpty }
            .min { ($0.value.last ?? 0) < ($1.value.last ?? 0) }?.key
    }

    private mutating func receivedForeign(_ text: ArraySlice<UInt8>, batch: Int?) {
        if playForeign(text) { return }
        if let (miss, id) = NearestMiss.damaged(text, recording: script.recordingName) {
            report.requests += 1
            return answer(miss, live: LiveRequest(id: id, batch: batch))
        }
        // A blank line says nothing.
        guard text.contains(where: { $0 > 0x20 }) else { return }
        note(Divergence(.foreignLine, subject: OneLine.text(UTF8Text.repaired(text.prefix(240)), limit: 60)))
    }

    // MARK: - Runs

    /// Plays the steps of a cue until the end or until it must wait for the client.
    mutating func play(
        cue: Int, live: LiveRequest?, isRepeat: Bool, translation: EraTranslation? = nil,
        nearest: NearestMiss? = nil
    ) {
        serials += 1
        var run = Run(serial: serials, cue: cue, live: live, isRepeat: isRepeat)
        run.translation = translation
        run.nearest = nearest
        run.pace = RunPace(recorded: script.cues[cue].time, live: now)
        resume(run)
    }

    // MARK: - Output

    mutating func note(_ divergence: Divergence) {
        if report.note(divergence) { outbox.note(.diverged(divergence)) }
    }

    mutating func note(_ miss: NearestMiss) {
        report.note(miss)
        outbox.note(.missed(miss))
    }

    func recorded(_ request: ScriptRequest) -> ReplayReport.Recorded {
        ReplayReport.Recorded(exchange: request.exchange, subject: Self.subject(request.method, request.name))
    }

    /// Method and name, as in `tools/call search`.
    static func subject(_ method: String, _ name: String?) -> String {
        name.map { "\(method) \($0)" } ?? method
    }

    mutating func flush() -> [ReplayAction] {
        // A batch is answered by one array, once all of its answers are due.
        let held = asleep.isEmpty ? [] : outbox.hold { asleep.holds(batch: $0) }
        let actions = outbox.actions(batches: script.batches)
        outbox = Outbox(held)
        return actions
    }
}
