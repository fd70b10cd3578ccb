import MCPSemantics
import Recording
import Wire

/// What the server says by itself: requests and notifications.
extension VerifyEngine {
    // MARK: Requests of the server

    /// It is answered as recorded, at once: the server may wait with everything else until it is.
    mutating func serverAsks(_ text: ArraySlice<UInt8>, _ digest: MessageDigest) {
        guard let id = digest.id, let method = digest.method else { return }
        guard let place = recorded(serverRequest: method, text) else {
            if method == "ping" { return answer(id, member: "result", "{}") }
            answer(
                id, member: "error",
                #"{"code":-32601,"message":"mcptape verify: this request is not in the recording"}"#)
            findings.append(
                VerifyFinding(
                    exchange: nil, subject: method,
                    AnswerDifference(
                        .extra, "", live: told(text, .request, method), note: "the server asks this now")))
            return
        }
        let planned = plan.serverRequests[place]
        serverRequests[place] = .came(text)
        let context = RedactionContext(
            direction: .serverToClient, kind: .request, method: method, name: nil)
        let shown = explaining.redact(text, in: context).bytes
        for difference in differences(planned.text, text, planned.reduced, method, nil, shown) {
            findings.append(
                VerifyFinding(
                    exchange: planned.exchange, subject: method, scope: method,
                    recordedSequence: planned.sequence, serverRequest: place, difference))
        }
        guard let answer = planned.answer, let range = Envelope.scan(answer).id else { return }
        var splice = JSONSplice()
        splice.replace(range, with: id.text.utf8)
        if let bytes = splice.applied(to: answer) { actions.append(.send(bytes[...])) }
    }

    /// The recorded request that this one is: of those of a request in flight first, equal ones first.
    private func recorded(serverRequest method: String, _ text: ArraySlice<UInt8>) -> Int? {
        let candidates = plan.serverRequests.indices.filter {
            serverRequests[$0] == .waiting && plan.serverRequests[$0].method == method
                && isAsking(plan.serverRequests[$0].parent)
        }
        var attempt = self
        return candidates.first {
            attempt.differences(
                plan.serverRequests[$0].text, text, plan.serverRequests[$0].reduced, method, nil, text
            ).isEmpty
        } ?? candidates.first
    }

    private func isAsking(_ parent: Int?) -> Bool { parent.map { requests[$0].progress == .sent } ?? true }

    private mutating func answer(_ id: RequestID, member: String, _ value: String) {
        actions.append(.send(Array(#"{"jsonrpc":"2.0","id":\#(id.text),"\#(member)":\#(value)}"#.utf8)[...]))
    }

    func told(_ text: ArraySlice<UInt8>, _ kind: MessageKind, _ method: String) -> String {
        let context = RedactionContext(direction: .serverToClient, kind: kind, method: method, name: nil)
        let bytes = explaining.redact(text, in: context).bytes
        return UTF8Text.repaired(UTF8Text.prefix(of: bytes, limit: AnswerComparison.valueLimit))
    }

    // MARK: Notifications

    /// `stream` is the request on whose stream it came, where the transport has one.
    mutating func notified(_ text: ArraySlice<UInt8>, _ digest: MessageDigest, on stream: Int?) {
        guard let method = digest.method, method != "notifications/cancelled" else { return }
        var live = LiveNotification(method: method, name: digest.name, request: stream, text: text)
        if let token = digest.progressToken { live.request = request(withToken: token) }
        if let subscription = digest.subscriptionID { live.request = inFlight[RequestID(subscription)] }
        if method == "notifications/tools/list_changed" {
            // What a tool declared may hold no longer: it is asked for before the next call.
            tools.readOnly = [:]
            tools.isKnown = false
        }
        // Progress that nobody asked for, or of a request that is over.
        if method == "notifications/progress", live.request == nil { return }
        for place in candidates(for: live) {
            let planned = plan.notifications[place]
            var attempt = self
            if attempt.differences(planned.text, text, planned.reduced, method, live.name, text).isEmpty {
                self = attempt
                notifications[place] = .came(text)
                return
            }
        }
        if extras.count < Self.extraLimit { extras.append(live) }
    }

    private func candidates(for live: LiveNotification) -> [Int] {
        plan.notifications.indices.filter { place in
            let planned = plan.notifications[place]
            return notifications[place] == .waiting && Self.mayBe(planned, live)
        }
    }

    /// Only progress and what a subscription brings say whose they are; of the rest a stream may tell.
    private static func mayBe(_ planned: PlannedNotification, _ live: LiveNotification) -> Bool {
        guard planned.method == live.method else { return false }
        if planned.method == "notifications/progress" { return planned.request == live.request }
        return planned.request == live.request || planned.request == nil || live.request == nil
    }

    private func request(withToken token: String) -> Int? {
        for request in inFlight.values.sorted() {
            let asked = MessageReader.digest(of: plan.requests[request].text, direction: .clientToServer)
            if asked.progressToken == token { return request }
        }
        return nil
    }

    /// Takes a notification that came and is not quite the recorded one. False: there is none.
    mutating func pair(notification place: Int) -> Bool {
        let planned = plan.notifications[place]
        let found = extras.firstIndex { Self.mayBe(planned, $0) }
        guard let found else { return false }
        let live = extras.remove(at: found)
        notifications[place] = .came(live.text)
        let context = RedactionContext(
            direction: .serverToClient, kind: .notification, method: live.method, name: live.name)
        let shown = explaining.redact(live.text, in: context).bytes
        for difference in differences(
            planned.text, live.text, planned.reduced, live.method, live.name, shown)
        {
            findings.append(
                VerifyFinding(
                    exchange: planned.request.flatMap { plan.requests[$0].exchange },
                    subject: live.method, scope: live.method, recordedSequence: planned.sequence,
                    notification: place, difference))
        }
        return true
    }

    /// What is missing and what is too much, once all is over.
    mutating func settleNotifications() {
        for place in plan.notifications.indices where notifications[place] == .waiting {
            if pair(notification: place) { continue }
        }
        for place in plan.notifications.indices where notifications[place] == .missed {
            // A later one may be it after all.
            if pair(notification: place) { continue }
            let planned = plan.notifications[place]
            findings.append(
                VerifyFinding(
                    exchange: planned.request.flatMap { plan.requests[$0].exchange },
                    subject: planned.method, scope: planned.method, recordedSequence: planned.sequence,
                    AnswerDifference(
                        .missing, "", recorded: Self.excerpt(JSONTree(planned.text)?.root["params"]),
                        note: "the server did not send this")))
        }
        for live in extras {
            findings.append(
                VerifyFinding(
                    exchange: live.request.flatMap { plan.requests[$0].exchange }, subject: live.method,
                    scope: live.method,
                    AnswerDifference(
                        .extra, "", live: told(live.text, .notification, live.method),
                        note: "the recording has no such message")))
        }
        extras = []
    }
}

/// A task that a client asks for again until it is done: how often it has to is chance.
enum TaskPolling {
    private static let passing: Set<String> = ["working", "submitted"]
    /// Between two questions, where the server does not say. Nanoseconds.
    private static let pause: Int64 = 500_000_000
    private static let leastPause: Int64 = 20_000_000
    private static let mostPause: Int64 = 5_000_000_000

    private static func status(_ root: JSONTree.Node?) -> String? { root?["result"]?["status"]?.stringValue }

    /// How long to wait before the same is asked again, because the task was further in the recording; nil:
    /// it is not.
    static func wait(recorded: ArraySlice<UInt8>?, live: ArraySlice<UInt8>, _ method: String) -> Int64? {
        guard method == "tasks/get", let recorded, let new = JSONTree(live)?.root,
            let status = status(new), passing.contains(status),
            let former = Self.status(JSONTree(recorded)?.root), !passing.contains(former)
        else { return nil }
        let result = new["result"]
        let stated = result?["pollIntervalMs"]?.intValue ?? result?["pollInterval"]?.intValue
        return stated.map { min(max(Int64(clamping: $0) &* 1_000_000, leastPause), mostPause) } ?? pause
    }

    /// Whether the recorded answer only says that the task was under way.
    static func isPassing(recorded: JSONTree.Node, _ method: String) -> Bool {
        method == "tasks/get" && status(recorded).map { passing.contains($0) } ?? false
    }
}
