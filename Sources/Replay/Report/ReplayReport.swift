import Wire

/// What a replay was asked, what it answered, and where the two conversations part.
public struct ReplayReport: Sendable, Equatable {
    /// Misses, divergences and unanswered requests of which the text is kept; beyond it they are counted.
    ///
    /// A client in a loop must not make the report grow for ever, and nobody reads more.
    public static let keptLimit = 1000

    /// The recording as the user named it.
    public var recording: String
    /// The id of the session that was played.
    public var session: String
    /// Requests of the client, those in batches included.
    public internal(set) var requests = 0
    /// Requests that were answered from the recording.
    public internal(set) var answered = 0
    /// Of those, requests whose recorded answer had been given before.
    var answeredAgain = 0
    /// Requests that were answered without it: `ping`, `logging/setLevel`, a probe for a newer era.
    public internal(set) var answeredByRule = 0
    /// Requests without a match that the real server answered.
    public internal(set) var forwarded = 0
    /// Exchanges that were added to the recording.
    public internal(set) var added = 0
    public internal(set) var missCount = 0
    /// Misses that are answered with the nearest recorded answer.
    var nearestCount = 0
    /// Where several servers are reported as one: what each did with its requests.
    public internal(set) var resultsOfServers: [ServerResults] = []
    /// The first misses, in order.
    public internal(set) var misses: [NearestMiss] = []
    public internal(set) var divergenceCount = 0
    /// The first divergences, in order; one that says the same again is not repeated.
    public internal(set) var divergences: [Divergence] = []
    /// Recorded exchanges that were asked for more often than recorded, in order of the first time.
    public internal(set) var repeats: [Repeat] = []
    public internal(set) var unansweredCount = 0
    /// The first live requests that got no answer, in order.
    public internal(set) var unanswered: [Unanswered] = []
    /// Recorded requests that were never asked for. Lists, handshakes and pings are left out: clients ask for
    /// those as they like.
    public internal(set) var neverAsked: [Recorded] = []
    /// Requests in the recording whose own bytes are not on record, so that nothing can match them.
    public internal(set) var unreadableRequests = 0
    /// Values of the client that stand where the recording has placeholders of redacted ones: only their type
    /// was compared, and that one placeholder meets one value.
    public internal(set) var redactedValues = 0
    /// Recorded progress messages that belong to no recorded request; they are never sent.
    public internal(set) var strayProgress = 0

    /// How often each rule of faults was applied; empty without faults. Set by who applies them.
    public var faults: [FaultCount] = []

    /// A recorded exchange.
    public struct Recorded: Sendable, Hashable {
        public var exchange: Int?
        /// Method and name, as in `tools/call search`.
        public var subject: String

        var text: String { exchange.map { "#\($0) \(OneLine.text(subject, limit: 200))" } ?? subject }
    }

    /// A recorded exchange that was asked for again after its last recorded time.
    public struct Repeat: Sendable, Hashable {
        public var recorded: Recorded
        /// How often beyond what was recorded.
        public var count: Int
    }

    /// A live request without an answer.
    public struct Unanswered: Sendable, Hashable {
        public var recorded: Recorded
        public var reason: Reason

        /// Why there was none; the raw values are the words in reports.
        public enum Reason: String, Sendable, Hashable {
            /// The recorded one was never answered either.
            case neverAnswered = "never_answered"
            /// The recorded one was cancelled by the client before an answer came.
            case cancelledInRecording = "cancelled_in_recording"
            /// The answer waited for what the client did not do: an answer of its own, a cancellation.
            case stillWaiting = "still_waiting"
            /// The live client cancelled it.
            case cancelled = "cancelled"
            /// The client went away before the time of the answer.
            case notYetDue = "not_yet_due"
            /// The client went away before the real server had answered.
            case realServerOwes = "real_server_owes"
        }
    }

    /// What a request got that was made more often than recorded.
    var repeatRule: MatchRules.Repeats

    init(recording: String, session: String = "", repeatRule: MatchRules.Repeats = .last) {
        self.recording = recording
        self.session = session
        self.repeatRule = repeatRule
    }

    /// The report where nothing was played, because everything was recorded anew.
    public static func recordedAnew(_ recording: String, session: String, requests: Int) -> ReplayReport {
        var report = ReplayReport(recording: recording, session: session)
        report.requests = requests
        report.forwarded = requests
        report.added = requests
        return report
    }

    /// So many exchanges were added to the recording, or made it.
    public mutating func noteAdded(_ count: Int) { added += count }

    /// 3 when a request had no match; 4 with `allPlayed` when something was never asked for; else 0.
    public func exitStatus(allPlayed: Bool = false) -> Int32 {
        if missCount > 0 { return 3 }
        return allPlayed && !neverAsked.isEmpty ? 4 : 0
    }

    /// True when there is nothing to tell beyond the counts.
    public var isClean: Bool {
        missCount == 0 && divergenceCount == 0 && repeats.isEmpty && unansweredCount == 0
            && forwarded == 0 && added == 0 && unreadableRequests == 0 && strayProgress == 0
            && redactedValues == 0 && faults.isEmpty
    }

    /// Requests that had no answer of the real server when their client left; those that are kept.
    public var owedCount: Int { unanswered.reduce(0) { $0 + ($1.reason == .realServerOwes ? 1 : 0) } }

    mutating func note(_ miss: NearestMiss) {
        missCount += 1
        if miss.resolution == .nearest { nearestCount += 1 }
        if misses.count < Self.keptLimit { misses.append(miss) }
    }

    /// Returns false when the same was said before.
    mutating func note(_ divergence: Divergence) -> Bool {
        guard !divergences.contains(divergence) else { return false }
        divergenceCount += 1
        if divergences.count < Self.keptLimit { divergences.append(divergence) }
        return true
    }

    mutating func noteRepeat(of recorded: Recorded, count: Int = 1) {
        if let index = repeats.firstIndex(where: { $0.recorded == recorded }) {
            repeats[index].count += count
        } else if repeats.count < Self.keptLimit {
            repeats.append(Repeat(recorded: recorded, count: count))
        }
    }

    mutating func noteUnanswered(_ recorded: Recorded, _ reason: Unanswered.Reason) {
        unansweredCount += 1
        if unanswered.count < Self.keptLimit {
            unanswered.append(Unanswered(recorded: recorded, reason: reason))
        }
    }
}
