import MCPSemantics
import Recording
import Wire

/// What a run found.
extension VerifyEngine {
    /// Ends the run, if it has not ended, and says what it found. `server` is how a person calls it.
    public mutating func report(server: String) -> VerifyReport {
        if !isFinished {
            stopped = stopped ?? .stopped
            isFinished = true
        }
        if unreachable == nil { settleNotifications() }
        for request in requests.indices where requests[request].progress == .waiting {
            requests[request].progress =
                chosen.contains(request)
                ? .skipped(stopped ?? .stopped) : .left
        }
        var report = VerifyReport(
            recording: plan.recordingName, session: plan.session, server: server, exchanges: [],
            findings: findings.enumerated().sorted {
                let (left, right) = ($0.element.exchange ?? .max, $1.element.exchange ?? .max)
                return left != right ? left < right : $0.offset < $1.offset
            }.map(\.element))
        for request in requests.indices {
            guard let outcome = outcome(of: request) else { continue }
            let planned = plan.requests[request]
            report.exchanges.append(
                VerifiedExchange(
                    number: planned.exchange, subject: VerifyReport.subject(planned.method, planned.name),
                    isHandshake: planned.isHandshake, outcome: outcome, recordedDuration: planned.duration,
                    liveDuration: requests[request].liveDuration))
        }
        report.exchanges += unsentNotifications.map { VerifiedExchange(unsentNotification: $0) }
        report.unreadableRequests = plan.unreadableRequests
        report.gaps = plan.gapCount
        report.unreachable = unreachable?.text
        report.proposals = proposals()
        return report
    }

    private func outcome(of request: Int) -> VerifiedExchange.Outcome? {
        switch requests[request].progress {
        case .left: return nil
        case .skipped(let reason): return .skipped(reason)
        case .waiting, .sent: return .sent
        case .settled:
            guard requests[request].isCompared else { return .sent }
            let count = findings.count { $0.request == request }
            return count > 0 ? .differs(count) : .same
        }
    }

    // MARK: Values that are repeated

    /// Shorter values are the same by chance.
    private static let proposalLimit = 4
    private static let proposalCount = 20

    private func proposals() -> [BindProposal] {
        var found: [BindProposal] = []
        for finding in findings where finding.difference.kind == .value {
            guard let request = finding.request, found.count < Self.proposalCount,
                let text = finding.difference.recorded,
                let value = JSONTree(Array(text.utf8)[...]).flatMap({ JSONPath.scalarText($0.root) }),
                value.utf8.count >= Self.proposalLimit,
                let user = plan.requests.indices.first(where: { $0 > request && repeats(value, in: $0) })
            else { continue }
            let planned = plan.requests[request]
            let place = VerifyFinding.scope(planned.method, planned.name) + ":" + finding.difference.pointer
            if !found.contains(where: { $0.place == place }) {
                found.append(
                    BindProposal(place: place, from: planned.exchange, to: plan.requests[user].exchange))
            }
        }
        return found
    }

    private func repeats(_ value: String, in request: Int) -> Bool {
        guard let params = JSONTree(plan.requests[request].text)?.root["params"] else { return false }
        return params.members.contains { !$0.isCalled("_meta") && Self.holds($0.value, value) }
    }

    private static func holds(_ node: JSONTree.Node, _ value: String) -> Bool {
        switch node.kind {
        case .object: return node.members.contains { holds($0.value, value) }
        case .array: return node.children.contains { holds($0, value) }
        case .string, .number:
            guard let text = JSONPath.scalarText(node) else { return false }
            return text == value
                || (value.utf8.count >= LiveValues.insideLimit && text.contains(value))
        case .true, .false, .null: return false
        }
    }

    // MARK: Noise

    private static func fails(_ answer: ArraySlice<UInt8>) -> Bool {
        guard let root = JSONTree(answer)?.root else { return true }
        return root["error"] != nil || isToolError(root)
    }

    /// The places in which two runs against the same server differ, as an ignore list has them.
    public static func noise(between first: VerifyEngine, and second: VerifyEngine) -> [String] {
        var places: [String] = []
        func note(_ scope: String, _ differences: [AnswerDifference]) {
            for place in NoisePlaces.generalised(differences.map(\.pointer)) {
                let text = scope + ":" + place
                // A server that fails now and then makes no noise: whole results would be left out.
                guard !places.contains(text), place.utf8.count(where: { $0 == 0x2F }) > 1,
                    place != "/result/isError", place != "/error/code"
                else { continue }
                places.append(text)
            }
        }
        var comparing = second
        for request in second.plan.requests.indices {
            guard let old = first.requests[request].liveAnswer, let new = second.requests[request].liveAnswer
            else { continue }
            if Self.fails(old) != Self.fails(new) { continue }
            let planned = second.plan.requests[request]
            note(
                VerifyFinding.scope(planned.method, planned.name),
                comparing.differences(old, new, ReducedContent(), planned.method, planned.name, new))
        }
        for place in second.plan.notifications.indices {
            guard case .came(let old) = first.notifications[place],
                case .came(let new) = second.notifications[place]
            else { continue }
            let planned = second.plan.notifications[place]
            note(
                planned.method,
                comparing.differences(old, new, ReducedContent(), planned.method, planned.name, new))
        }
        for place in second.plan.serverRequests.indices {
            guard case .came(let old) = first.serverRequests[place],
                case .came(let new) = second.serverRequests[place]
            else { continue }
            let method = second.plan.serverRequests[place].method
            note(method, comparing.differences(old, new, ReducedContent(), method, nil, new))
        }
        return places
    }
}

extension VerifyReport {
    /// Leaves out the findings at places that are noise; exchanges without any other are the same.
    public mutating func remove(noise places: [IgnoredPlace]) {
        let kept = findings.filter { finding in
            guard let scope = finding.scope, let steps = JSONPointer.steps(of: finding.difference.pointer)
            else { return true }
            return !places.contains { $0.covers(steps, scope: scope) }
        }
        var counts: [Int?: Int] = [:]
        for finding in findings where finding.request != nil { counts[finding.exchange, default: 0] += 1 }
        for finding in kept where finding.request != nil { counts[finding.exchange, default: 0] -= 1 }
        for index in exchanges.indices {
            guard case .differs(let count) = exchanges[index].outcome else { continue }
            let left = count - (counts[exchanges[index].number] ?? 0)
            exchanges[index].outcome = left > 0 ? .differs(left) : .same
        }
        findings = kept
    }
}

extension IgnoredPlace {
    /// Whether the place, or one around it, is this.
    fileprivate func covers(_ pointer: [String], scope text: String) -> Bool {
        let isInScope =
            switch scope {
            case .all: true
            case .method(let method): method == text || (method == "tools/call" && text.hasPrefix("tool:"))
            case .tool(let tool): text == "tool:\(tool)"
            }
        return isInScope && steps.count <= pointer.count
            && zip(steps, pointer).allSatisfy { $0 == "*" || $0 == $1 }
    }
}

/// Places as an ignore list has them.
enum NoisePlaces {
    /// Indices become `*` where several elements of one list differ in the same way.
    static func generalised(_ pointers: [String]) -> [String] {
        var counts: [String: Int] = [:]
        func starred(_ pointer: String) -> String {
            pointer.split(separator: "/", omittingEmptySubsequences: false).map {
                !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? "*" : String($0)
            }.joined(separator: "/")
        }
        for pointer in pointers { counts[starred(pointer), default: 0] += 1 }
        var places: [String] = []
        for pointer in pointers {
            let general = starred(pointer)
            let place = counts[general, default: 0] > 1 ? general : pointer
            if !places.contains(place) { places.append(place) }
        }
        return places
    }
}
