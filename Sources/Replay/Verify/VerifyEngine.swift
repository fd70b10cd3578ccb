public import MCPSemantics
import Recording
import Wire

/// Plays the client of a recording against a real server, and compares what it says.
///
/// Pure: events of the server and the passing of time in, messages out. Times are nanoseconds of any clock
/// that never goes back.
public struct VerifyEngine: Sendable {
    /// What is to be done, in order.
    public enum Action: Sendable, Equatable {
        /// Send this message.
        case send(ArraySlice<UInt8>)
        /// The answer to this request is of no interest any more.
        case cancel(RequestID)
    }

    let plan: VerifyPlan
    let rules: VerifyRules
    /// Replaces the secrets of live values before a report tells them.
    let explaining: Redactor
    /// The requests that are of interest.
    let chosen: Set<Int>

    var cursor = 0
    var requests: [RequestState]
    var serverRequests: [ServerRequestState]
    var notifications: [NotificationState]
    var inFlight: [RequestID: Int] = [:]
    var values = LiveValues()
    var placeholders = PlaceholderMatch()
    /// Notifications that are not recorded so, in order; the first `extraLimit` are kept.
    var extras: [LiveNotification] = []
    /// Methods of which a due notification did not come: no other is waited for.
    var silentMethods: Set<String> = []
    var blockedSince: Int64?
    var tools = LiveTools()
    var findings: [VerifyFinding] = []
    /// Methods of notifications of the client that were not sent, because they may write.
    var unsentNotifications: [String] = []
    var heardAnything = false
    /// Set once nothing more is to be done.
    public internal(set) var isFinished = false
    /// Nobody is there: nothing was ever heard of the server.
    public internal(set) var unreachable: LiveFailure?
    /// Why the rest is not sent.
    var stopped: VerifyReport.SkipReason?
    var again: [(due: Int64, request: Int)] = []
    var actions: [Action] = []

    /// Notifications beyond the recorded ones that are kept.
    static let extraLimit = 1000
    /// Lines that are no messages that are told.
    static let foreignLimit = 10

    /// A request of ours.
    struct RequestState: Sendable {
        enum Progress: Sendable, Equatable {
            case waiting
            case sent
            /// Answered, refused, or no answer is waited for any more.
            case settled
            case skipped(VerifyReport.SkipReason)
            /// Of no interest.
            case left
        }
        var progress = Progress.waiting
        /// The id that it was sent under: the recorded one, unless another request in flight has that.
        var id: RequestID?
        var sentAt: Int64 = 0
        var deadline: Int64 = .max
        var liveAnswer: ArraySlice<UInt8>?
        var liveDuration: Int64?
        var isCompared = false
        var isCancelled = false
    }

    enum ServerRequestState: Sendable, Equatable {
        case waiting
        case came(ArraySlice<UInt8>)
        case missed
    }

    enum NotificationState: Sendable, Equatable {
        case waiting
        case came(ArraySlice<UInt8>)
        case missed
    }

    struct LiveNotification: Sendable {
        var method: String
        var name: String?
        var request: Int?
        var text: ArraySlice<UInt8>
    }

    /// What the live server declares of its tools.
    struct LiveTools: Sendable {
        var readOnly: [String: Bool] = [:]
        /// Our own question for the list; nil: none is under way.
        var question: RequestID?
        /// The request that needs it.
        var asker = 0
        /// When the answer to it is waited for no more.
        var deadline: Int64 = .max
        var pages = 0
        /// Nothing more is to be learned by asking.
        var isKnown = false

        /// Pages of a list that are asked for at most.
        static let pageLimit = 100
    }

    /// `key` is the one that the recording was redacted with, where it is known. Without it live secrets get
    /// placeholders that nobody can check a guess by.
    public init(_ plan: VerifyPlan, rules: VerifyRules = VerifyRules(), key: [UInt8]? = nil) {
        self.plan = plan
        self.rules = rules
        explaining = Redactor(
            rules: plan.redaction ?? RedactionRules(),
            key: key ?? Redactor.newKey())
        requests = plan.requests.map { _ in RequestState() }
        serverRequests = plan.serverRequests.map { _ in .waiting }
        notifications = plan.notifications.map { _ in .waiting }
        chosen = plan.chosen(rules.exchange)
    }

    /// Whether the recording has the exchange that the rules choose.
    public var knowsChosenExchange: Bool {
        rules.exchange.map { number in plan.requests.contains { $0.exchange == number } } ?? true
    }

    /// When `passed` is to be called at the latest; nil: not before something comes.
    public var nextDeadline: Int64? {
        var next = inFlight.values.map { requests[$0].deadline }.min() ?? .max
        if let due = again.map(\.due).min() { next = min(next, due) }
        if tools.question != nil { next = min(next, tools.deadline) }
        if let blockedSince { next = min(next, blockedSince + VerifyRules.notificationLimit) }
        return next == .max ? nil : next
    }

    // MARK: Events

    /// Begins.
    public mutating func start(at time: Int64) -> [Action] {
        advance(at: time)
        return take()
    }

    /// Time has passed.
    public mutating func passed(at time: Int64) -> [Action] {
        for (id, request) in inFlight where requests[request].deadline <= time {
            expire(request, id)
        }
        if tools.question != nil, tools.deadline <= time { receiveTools(nil, at: time) }
        for entry in again where entry.due <= time {
            again.removeAll { $0.request == entry.request }
            resend(entry.request, at: time)
        }
        advance(at: time)
        return take()
    }

    /// Something came from the server.
    public mutating func received(_ event: LiveEvent, at time: Int64) -> [Action] {
        guard !isFinished else { return [] }
        switch event {
        case .message(let message):
            heardAnything = true
            receive(message, at: time)
        case .unanswered(let ids, let failure): refuse(ids, failure, at: time)
        case .standardError: break
        case .ended(let failure): end(failure)
        }
        advance(at: time)
        return take()
    }

    private mutating func take() -> [Action] {
        defer { actions = [] }
        return actions
    }

    // MARK: The plan

    /// Goes on in the plan as far as what has come allows.
    private mutating func advance(at time: Int64) {
        while !isFinished, cursor < plan.steps.count {
            guard isOver(plan.steps[cursor], at: time) else { return }
            blockedSince = nil
            cursor += 1
        }
        guard !isFinished, cursor == plan.steps.count else { return }
        // What stays open for ever ends with us.
        for (id, request) in inFlight where plan.requests[request].isLongLived || isCancelled(request) {
            actions.append(.cancel(id))
            inFlight[id] = nil
            requests[request].progress = .settled
        }
        if inFlight.isEmpty, again.isEmpty { isFinished = true }
    }

    private func isCancelled(_ request: Int) -> Bool { requests[request].isCancelled }

    /// Takes the step, or tells that what it waits for has not come.
    private mutating func isOver(_ step: PlanStep, at time: Int64) -> Bool {
        switch step {
        case .send(let sending): return send(sending, at: time)
        case .letGo(let request):
            guard requests[request].progress == .sent else { return true }
            requests[request].isCancelled = true
            actions.append(.cancel(liveID(of: request)))
            inFlight[liveID(of: request)] = nil
            requests[request].progress = .settled
            return true
        case .answer(let request):
            let progress = requests[request].progress
            return progress != .sent || requests[request].isCancelled
        case .serverRequest(let place): return isOver(serverRequest: place, at: time)
        case .notification(let place): return isOver(notification: place, at: time)
        }
    }

    private mutating func isOver(serverRequest place: Int, at time: Int64) -> Bool {
        guard serverRequests[place] == .waiting else { return true }
        let planned = plan.serverRequests[place]
        if let parent = planned.parent {
            switch requests[parent].progress {
            case .sent: return false
            case .settled: miss(serverRequest: place)
            case .waiting, .skipped, .left: break
            }
            return true
        }
        guard rules.exchange == nil, stopped == nil, isDue(blockedAt: time, planned.method) else {
            return rules.exchange != nil || stopped != nil
        }
        miss(serverRequest: place)
        return true
    }

    private mutating func miss(serverRequest place: Int) {
        serverRequests[place] = .missed
        let planned = plan.serverRequests[place]
        findings.append(
            VerifyFinding(
                exchange: planned.exchange, subject: planned.method, recordedSequence: planned.sequence,
                AnswerDifference(.missing, "", note: "the server did not ask this")))
    }

    private mutating func isOver(notification place: Int, at time: Int64) -> Bool {
        guard notifications[place] == .waiting else { return true }
        if pair(notification: place) { return true }
        let planned = plan.notifications[place]
        let due = (planned.request.map { [$0] } ?? []) + planned.causes
        let isSent = due.allSatisfy {
            switch requests[$0].progress {
            case .sent, .settled: true
            case .waiting, .skipped, .left: false
            }
        }
        // What caused it was not asked for.
        guard isSent, !due.isEmpty || rules.exchange == nil, stopped == nil else { return true }
        let isTooLate = planned.request.map { requests[$0].progress == .settled } ?? false
        guard isTooLate || isDue(blockedAt: time, planned.method) else { return false }
        notifications[place] = .missed
        silentMethods.insert(planned.method)
        return true
    }

    /// Whether what blocks the plan was waited for long enough.
    private mutating func isDue(blockedAt time: Int64, _ method: String) -> Bool {
        if silentMethods.contains(method) { return true }
        let since = blockedSince ?? time
        blockedSince = since
        return time >= since + VerifyRules.notificationLimit
    }
}

extension VerifyPlan {
    /// The requests that are of interest: all, or one and what it depends on.
    func chosen(_ exchange: Int?) -> Set<Int> {
        guard let exchange else { return Set(requests.indices) }
        guard let target = requests.firstIndex(where: { $0.exchange == exchange }) else { return [] }
        var chosen = Set(requests.indices.prefix(target).filter { requests[$0].isHandshake })
        var open = [target]
        while let next = open.popLast() {
            if chosen.insert(next).inserted || next == target { open += requests[next].dependencies }
        }
        return chosen
    }
}
