import MCPSemantics
import Recording
import Wire

extension LiveMessage {
    fileprivate var isOnStdio: Bool { status == nil && isEvent == nil }
}

/// What comes from the server.
extension VerifyEngine {
    mutating func receive(_ message: LiveMessage, at time: Int64) {
        let digest = MessageReader.digest(of: message.bytes, direction: .serverToClient)
        guard digest.kind == .batch else { return receive(message.bytes, digest, message, at: time) }
        let ranges = Envelope.scan(message.bytes).members
        for (member, range) in zip(digest.members, ranges) {
            receive(Envelope.slice(range, of: message.bytes), member, message, at: time)
        }
    }

    private mutating func receive(
        _ text: ArraySlice<UInt8>, _ digest: MessageDigest, _ message: LiveMessage, at time: Int64
    ) {
        switch digest.kind {
        case .response:
            guard let id = digest.id else { return }
            if id == tools.question { return receiveTools(text, at: time) }
            guard let request = inFlight[id] else {
                return answeredAgain(id, text, onStdio: message.isOnStdio)
            }
            answer(request, id, text, status: message.status, at: time)
        case .request: serverAsks(text, digest)
        case .notification:
            notified(text, digest, on: message.requests.first.flatMap { inFlight[$0] })
        case .foreign: if message.isOnStdio { saidForeign(text) }
        case .batch, .standardError, .http: break
        }
    }

    /// Lines on the server's output that are no messages break clients; the first ones are told.
    private mutating func saidForeign(_ text: ArraySlice<UInt8>) {
        let subject = "a line that is no JSON-RPC"
        guard !plan.hasForeignLines, text.contains(where: { $0 > 0x20 }),
            findings.count(where: { $0.subject == subject }) < Self.foreignLimit
        else { return }
        findings.append(
            VerifyFinding(
                exchange: nil, subject: subject,
                AnswerDifference(
                    .extra, "", live: told(text, .foreign, ""), note: "the recording has no such line")
            ))
    }

    /// A second answer to a request. On HTTP a stream that is taken up again may bring one.
    private mutating func answeredAgain(
        _ id: RequestID, _ text: ArraySlice<UInt8>, onStdio isOnStdio: Bool
    ) {
        guard isOnStdio,
            let request = requests.indices.last(where: {
                requests[$0].liveAnswer != nil && liveID(of: $0) == id
            }), !plan.requests[request].hasSeveralAnswers
        else { return }
        let planned = plan.requests[request]
        findings.append(
            VerifyFinding(
                exchange: planned.exchange, subject: VerifyReport.subject(planned.method, planned.name),
                AnswerDifference(
                    .extra, "", live: told(text, .response, planned.method),
                    note: "the server answers more than once")))
    }

    // MARK: Answers

    private mutating func answer(
        _ request: Int, _ id: RequestID, _ text: ArraySlice<UInt8>, status: Int?, at time: Int64
    ) {
        let planned = plan.requests[request]
        inFlight[id] = nil
        if planned.method == "tools/list" { noteTools(text) }
        if planned.isCancelled && planned.answer == nil {
            // It was faster than the cancellation; nothing is on record to compare with.
            requests[request].progress = .settled
            return
        }
        if let wait = TaskPolling.wait(recorded: planned.answer, live: text, planned.method),
            time + wait < requests[request].deadline
        {
            again.append((time + wait, request))
            return
        }
        requests[request].progress = .settled
        requests[request].liveAnswer = text
        requests[request].liveDuration = time - requests[request].sentAt
        requests[request].isCompared = true
        compare(request, text, status: status)
        compareTime(request)
    }

    private mutating func compare(_ request: Int, _ text: ArraySlice<UInt8>, status: Int?) {
        let planned = plan.requests[request]
        guard let recorded = planned.answer, let old = JSONTree(recorded)?.root,
            let new = JSONTree(text)?.root
        else { return compareStatus(request, status, live: text) }
        if TaskPolling.isPassing(recorded: old, planned.method) {
            // How far a task was is chance; that it is one was seen.
            values.learn(recorded: old, live: new, binding: [])
            return
        }
        values.learn(
            recorded: old, live: new, binding: rules.boundSteps(planned.method, planned.name))
        let hadError = old["error"] != nil
        if hadError != (new["error"] != nil) {
            return failed(request, old, text, hadError: hadError)
        }
        if Self.isToolError(old) != Self.isToolError(new) {
            let shown = JSONTree(told(text, planned))?.root ?? new
            return add(
                AnswerDifference(
                    .error, "/result/isError", recorded: Self.excerpt(old["result"]),
                    live: Self.excerpt(shown["result"]),
                    note: Self.isToolError(new) ? "the tool reports an error" : "the tool reports no error"),
                to: request)
        }
        let differences = self.differences(
            recorded, text, planned.answerReduced, planned.method, planned.name,
            told(text, planned))
        for var difference in differences {
            if hadError, difference.pointer == "/error/code" { difference.kind = .error }
            add(difference, to: request)
        }
        if differences.isEmpty { compareStatus(request, status, live: nil) }
    }

    static func isToolError(_ root: JSONTree.Node) -> Bool {
        root["result"]?["isError"]?.boolValue ?? false
    }

    static func excerpt(_ node: JSONTree.Node?) -> String? {
        node.map { UTF8Text.repaired(UTF8Text.prefix(of: $0.text, limit: AnswerComparison.valueLimit)) }
    }

    /// A result became an error, or an error a result.
    private mutating func failed(
        _ request: Int, _ old: JSONTree.Node, _ text: ArraySlice<UInt8>, hadError: Bool
    ) {
        let planned = plan.requests[request]
        let shown = JSONTree(told(text, planned))?.root
        let isRefusal = !hadError && refusesRevision(planned, shown)
        add(
            AnswerDifference(
                .error, hadError ? "/error" : "/result",
                recorded: Self.excerpt(old["error"] ?? old["result"]),
                live: Self.excerpt(shown?["error"] ?? shown?["result"]),
                note: isRefusal
                    ? "the server refuses the handshake: nothing else was sent"
                    : hadError ? "a result instead of an error" : "an error instead of a result"),
            to: request)
        if isRefusal { stopped = .handshake }
    }

    /// Whether an error means that the server does not speak the recording's revision.
    private func refusesRevision(_ request: PlannedRequest, _ root: JSONTree.Node?) -> Bool {
        if MethodCatalogue[request.method]?.isHandshake ?? false { return true }
        let code = root?["error"]?["code"]?.intValue
        if code == -32_022 { return true }
        // A server of the older revisions knows no request without a handshake.
        let isFirst = requests.filter(\.isCompared).count == 1
        return request.era == .modern && isFirst && request.method != "tools/call"
            && (code.map { (-32_602 ... -32_600).contains($0) } ?? true)
    }

    private mutating func compareStatus(_ request: Int, _ status: Int?, live: ArraySlice<UInt8>?) {
        guard plan.transport == .http, let status else { return }
        let recorded = plan.requests[request].httpStatus ?? 200
        // Of HTTP+SSE a request is answered with 202, and its answer comes elsewhere.
        let areBothGood = (200..<300).contains(recorded) && (200..<300).contains(status)
        guard recorded != status, !areBothGood else { return }
        add(
            AnswerDifference(
                .error, "", recorded: "\(recorded)", live: "\(status)", note: "the HTTP status"), to: request)
    }

    private mutating func compareTime(_ request: Int) {
        guard let limit = rules.slowdownLimit, let live = requests[request].liveDuration,
            let recorded = plan.requests[request].duration,
            Double(live) > Double(recorded) * limit, live - recorded > VerifyRules.slowdownFloor
        else { return }
        add(
            AnswerDifference(
                .latency, "", recorded: "\(recorded / 1_000_000)", live: "\(live / 1_000_000)",
                note: "milliseconds"), to: request)
    }

    mutating func add(_ difference: AnswerDifference, to request: Int) {
        let planned = plan.requests[request]
        findings.append(
            VerifyFinding(
                exchange: planned.exchange, subject: VerifyReport.subject(planned.method, planned.name),
                scope: VerifyFinding.scope(planned.method, planned.name), request: request,
                recordedSequence: planned.answerSequence, difference))
    }

    /// A live message of the server without its secrets.
    func told(_ text: ArraySlice<UInt8>, _ request: PlannedRequest) -> ArraySlice<UInt8> {
        explaining.redact(
            text,
            in: RedactionContext(
                direction: .serverToClient, kind: .response, method: request.method, name: request.name)
        ).bytes
    }

    /// `told` is the live message as a report may show it.
    mutating func differences(
        _ recorded: ArraySlice<UInt8>, _ live: ArraySlice<UInt8>, _ reduced: ReducedContent,
        _ method: String, _ name: String?, _ told: ArraySlice<UInt8>
    ) -> [AnswerDifference] {
        guard let old = JSONTree(recorded)?.root, let new = JSONTree(live)?.root else { return [] }
        var comparison = AnswerComparison(
            ignoring: rules.ignoredSteps(method, name), reduced: reduced, values: values,
            placeholders: placeholders)
        comparison.compare(old, new)
        placeholders = comparison.placeholders
        guard !comparison.differences.isEmpty, told != live, let shown = JSONTree(told)?.root else {
            return comparison.differences
        }
        var other = AnswerComparison(
            ignoring: rules.ignoredSteps(method, name), reduced: reduced, values: values,
            placeholders: placeholders)
        other.compare(old, shown)
        return comparison.differences.map { difference in
            var difference = difference
            difference.live = other.differences.first { $0.pointer == difference.pointer }?.live
            return difference
        }
    }

    // MARK: No answer

    mutating func expire(_ request: Int, _ id: RequestID) {
        inFlight[id] = nil
        actions.append(.cancel(id))
        let limit = rules.limit(for: plan.requests[request]) / 1_000_000
        lose(request, "no answer within \(limit >= 1000 ? "\(limit / 1000) s" : "\(limit) ms")")
    }

    private mutating func lose(_ request: Int, _ text: String) {
        requests[request].progress = .settled
        requests[request].isCompared = true
        add(AnswerDifference(.missing, "", note: text), to: request)
        let planned = plan.requests[request]
        if MethodCatalogue[planned.method]?.isHandshake ?? false, planned.answer != nil {
            stopped = .handshake
        }
    }

    mutating func refuse(_ ids: [RequestID], _ failure: LiveFailure, at time: Int64) {
        if failure.kind == .unreachable, !heardAnything { return giveUp(failure) }
        if ids.isEmpty {
            guard case .status = failure.kind else { return }
            heardAnything = true
            findings.append(
                VerifyFinding(
                    exchange: nil, subject: "a notification",
                    AnswerDifference(.error, "", note: failure.text)))
        }
        for id in ids {
            if id == tools.question {
                receiveTools(nil, at: time)
                continue
            }
            guard let request = inFlight[id] else { continue }
            if case .status(let status) = failure.kind {
                heardAnything = true
                let digest = MessageReader.digest(of: failure.body, direction: .serverToClient)
                if digest.kind == .response, plan.requests[request].answer != nil {
                    // A refusal that names another request, or none, is the answer all the same.
                    answer(request, id, failure.body, status: status, at: time)
                    continue
                }
                if plan.requests[request].httpStatus == status, plan.requests[request].answer == nil {
                    inFlight[id] = nil
                    requests[request].progress = .settled
                    requests[request].isCompared = true
                    continue
                }
            }
            inFlight[id] = nil
            lose(request, failure.text)
        }
    }

    mutating func end(_ failure: LiveFailure) {
        guard heardAnything else { return giveUp(failure) }
        // Not only those in flight: a task that was to be asked for again gets no answer either.
        for request in requests.indices
        where requests[request].progress == .sent && !plan.requests[request].isLongLived
            && !requests[request].isCancelled
        {
            lose(request, failure.text)
        }
        tools.question = nil
        inFlight = [:]
        again = []
        tools.isKnown = true
        stopped = .serverGone(failure.text)
        silentMethods.formUnion(plan.notifications.map(\.method))
    }

    private mutating func giveUp(_ failure: LiveFailure) {
        unreachable = failure
        isFinished = true
    }
}
