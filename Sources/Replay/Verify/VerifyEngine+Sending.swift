import MCPSemantics
import Recording
import Wire

/// What is sent, and what is not.
extension VerifyEngine {
    /// Sends a message of the plan, or skips it. False: something must be known before.
    mutating func send(_ sending: ClientSending, at time: Int64) -> Bool {
        for case .request(let request) in sending.parts
        where needsLiveTools(request) && askForTools(like: request, at: time) {
            return false
        }
        var parts: [ArraySlice<UInt8>] = []
        for part in sending.parts {
            switch part {
            case .request(let request):
                if let text = prepare(request, at: time) { parts.append(text) }
            case .notification(let text, let method, let cancels):
                guard let text = prepare(text, method, cancels) else { continue }
                if let cancels { requests[cancels].isCancelled = true }
                parts.append(text)
            case .answer, .foreign: break
            }
        }
        guard let first = parts.first else { return true }
        guard sending.isBatch else {
            actions.append(.send(first))
            return true
        }
        let members = Array(parts.joined(separator: [UInt8(ascii: ",")]))
        actions.append(.send([UInt8(ascii: "[")] + members[...] + [UInt8(ascii: "]")]))
        return true
    }

    // MARK: Requests

    private mutating func prepare(_ request: Int, at time: Int64) -> ArraySlice<UInt8>? {
        let planned = plan.requests[request]
        guard chosen.contains(request) else {
            requests[request].progress = .left
            return nil
        }
        if let reason = reasonToSkip(request) {
            requests[request].progress = .skipped(reason)
            return nil
        }
        let (text, isMissing) = values.prepared(
            planned.text, hasProducers: !planned.dependencies.isEmpty)
        if isMissing {
            let producer = planned.dependencies.min().flatMap { plan.requests[$0].exchange }
            requests[request].progress = .skipped(.lacks(producer))
            return nil
        }
        guard let filled = filled(text) else {
            requests[request].progress = .skipped(.redacted)
            return nil
        }
        let id = freeID(for: request)
        let whole = id == planned.id ? filled : Self.replacingID(of: filled, with: id)
        requests[request].id = id
        requests[request].progress = .sent
        requests[request].sentAt = time
        let limit = rules.limit(for: planned)
        requests[request].deadline =
            planned.isLongLived ? .max : time.addingReportingOverflow(limit).partialValue
        inFlight[id] = request
        return whole
    }

    /// The same again, because what the server works on is not done.
    mutating func resend(_ request: Int, at time: Int64) {
        let planned = plan.requests[request]
        let text = values.prepared(planned.text, hasProducers: false).text
        guard let whole = filled(text) else { return }
        let id = liveID(of: request)
        inFlight[id] = request
        actions.append(.send(id == planned.id ? whole : Self.replacingID(of: whole, with: id)))
    }

    // MARK: Ids

    /// The id that the request was sent under.
    func liveID(of request: Int) -> RequestID { requests[request].id ?? plan.requests[request].id }

    /// The recorded id. On HTTP another request may have it at the same time (clients of one identity): then
    /// one of our own, since answers are told apart by it.
    private func freeID(for request: Int) -> RequestID {
        let recorded = plan.requests[request].id
        let isTaken =
            inFlight[recorded] != nil || again.contains { liveID(of: $0.request) == recorded }
        return isTaken ? RequestID("\"mcptape-request-\(request + 1)\"") : recorded
    }

    private static func replacingID(of text: ArraySlice<UInt8>, with id: RequestID) -> ArraySlice<UInt8> {
        guard let range = Envelope.scan(text).id else { return text }
        var splice = JSONSplice()
        splice.replace(range, with: id.text.utf8)
        return splice.applied(to: text).map { $0[...] } ?? text
    }

    /// A cancellation that names the request by the id it was sent under.
    private func naming(_ request: Int, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let id = requests[request].id, id != plan.requests[request].id,
            let named = JSONTree(text)?.root["params"]?["requestId"]
        else { return text }
        var splice = JSONSplice()
        splice.replace(named.range, with: id.text.utf8)
        return splice.applied(to: text).map { $0[...] } ?? text
    }

    /// Why a request is not sent, as far as the plan and the rules tell.
    func reasonToSkip(_ request: Int) -> VerifyReport.SkipReason? {
        let planned = plan.requests[request]
        if let stopped { return stopped }
        if let reason = plan.reasonToSkip(planned, rules) { return reason }
        if planned.method == "tools/call", let name = planned.name, !isAllowed(name) {
            switch tools.readOnly[name] {
            case .some(true): break
            case .some(false): return .writesNow(name)
            case nil: return .notListedNow(name)
            }
        }
        for dependency in planned.dependencies {
            if case .skipped = requests[dependency].progress {
                return .dependsOn(plan.requests[dependency].exchange)
            }
        }
        return nil
    }

    private func isAllowed(_ tool: String) -> Bool { rules.allowsWrites || rules.allowedTools.contains(tool) }

    // MARK: Tools

    /// Whether the live server must say first that a tool only reads.
    private func needsLiveTools(_ request: Int) -> Bool {
        let planned = plan.requests[request]
        guard planned.method == "tools/call", let name = planned.name, chosen.contains(request),
            !isAllowed(name), stopped == nil, plan.reasonToSkip(planned, rules) == nil
        else { return false }
        return tools.readOnly[name] == nil && !tools.isKnown
    }

    /// Asks the live server for its tools, as a client would that is about to call one. False: all is known.
    private mutating func askForTools(like request: Int, at time: Int64) -> Bool {
        guard tools.question == nil else { return true }
        ask(like: request, cursor: nil, at: time)
        return true
    }

    private mutating func ask(like request: Int, cursor: String?, at time: Int64) {
        tools.pages += 1
        let id = RequestID("\"mcptape-tools-\(tools.pages)\"")
        tools.question = id
        tools.asker = request
        tools.deadline = time + (rules.timeLimit ?? VerifyRules.leastLimit)
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: id.text.utf8)
            json.member("method", "tools/list")
            let meta = JSONTree(plan.requests[request].text)?.root["params"]?["_meta"]
            let isModern = plan.requests[request].era == .modern
            guard cursor != nil || (isModern && meta != nil) else { return }
            json.member("params") { json in
                json.object { json in
                    if let cursor { json.member("cursor", cursor) }
                    guard isModern, let meta else { return }
                    json.member("_meta") { json in
                        json.object { json in
                            for member in meta.members where member.key != "progressToken" {
                                json.member(member.key, raw: member.value.text)
                            }
                        }
                    }
                }
            }
        }
        actions.append(.send(json.bytes[...]))
    }

    /// The answer to our own question for tools; nil text: there is none.
    mutating func receiveTools(_ answer: ArraySlice<UInt8>?, at time: Int64) {
        tools.question = nil
        guard let answer else { return tools.isKnown = true }
        noteTools(answer)
        let cursor = JSONTree(answer)?.root["result"]?["nextCursor"]?.stringValue
        if let cursor, tools.pages < LiveTools.pageLimit {
            ask(like: tools.asker, cursor: cursor, at: time)
        } else {
            tools.isKnown = true
        }
    }

    mutating func noteTools(_ answer: ArraySlice<UInt8>) {
        for (name, isReadOnly) in ToolHints.read(answer) { tools.readOnly[name] = isReadOnly }
    }

    // MARK: Texts

    /// A notification of the client as it is sent now; nil: it is not.
    private mutating func prepare(
        _ text: ArraySlice<UInt8>, _ method: String, _ cancels: Int?
    ) -> ArraySlice<UInt8>? {
        guard stopped == nil else { return nil }
        guard plan.mayNotify(method, rules) else {
            unsentNotifications.append(method)
            return nil
        }
        if let cancels, requests[cancels].progress != .sent { return nil }
        if rules.exchange != nil, cancels == nil, method != "notifications/initialized" { return nil }
        return filled(cancels.map { naming($0, in: text) } ?? text)
    }

    /// A message with the values that its placeholders have met; nil when one is not known.
    private func filled(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard PlaceholderMatch.mayHoldPlaceholder(text), let tree = JSONTree(text) else { return text }
        var splice = JSONSplice()
        guard let params = tree.root["params"], fill(params, &splice) else {
            return tree.root["params"] == nil ? text : nil
        }
        return splice.applied(to: text).map { $0[...] }
    }

    /// False when a value is not known.
    private func fill(_ node: JSONTree.Node, _ splice: inout JSONSplice) -> Bool {
        switch node.kind {
        case .object:
            for member in node.members {
                guard Placeholder.places(in: member.keyText).isEmpty, fill(member.value, &splice) else {
                    return false
                }
            }
        case .array:
            for child in node.children {
                guard fill(child, &splice) else { return false }
            }
        case .string:
            let text = Array((node.stringValue ?? "").utf8)
            let places = Placeholder.places(in: text[...])
            guard !places.isEmpty else { return true }
            var filled: [UInt8] = []
            var at = 0
            for place in places {
                guard let value = placeholders.fresh[place.digits] else { return false }
                filled += text[at..<place.range.lowerBound] + value
                at = place.range.upperBound
            }
            filled += text[at...]
            splice.replace(node.range, with: JSONText.quoted(String(decoding: filled, as: UTF8.self)).utf8)
        case .number:
            guard let digits = Placeholder.numberDigits(node.text) else { return true }
            guard let value = placeholders.fresh[digits] else { return false }
            splice.replace(node.range, with: value)
        case .true, .false, .null: break
        }
        return true
    }
}

extension VerifyPlan {
    /// Why a request is not sent, as far as the recording tells.
    func reasonToSkip(_ request: PlannedRequest, _ rules: VerifyRules) -> VerifyReport.SkipReason? {
        if request.answer == nil, request.httpStatus == nil, !request.isCancelled, !request.isLongLived {
            return .unanswered
        }
        if !request.reduced.isEmpty { return .redacted }
        if request.isAmbiguous, !rules.allowsWrites { return .ambiguous(request.method) }
        if Self.taskWrites.contains(request.method), !rules.allowsWrites,
            !request.dependencies.contains(where: { requests[$0].method == "tools/call" })
        {
            return .foreignTask(request.method)
        }
        if request.serverRequests.contains(where: { serverRequests[$0].answerIsReduced }) {
            return .redactedAnswer
        }
        if MethodCatalogue[request.method] == nil, !rules.allowsWrites {
            return .unknownMethod(request.method)
        }
        guard request.method == "tools/call", !rules.allowsWrites, let name = request.name,
            !rules.allowedTools.contains(name)
        else { return nil }
        guard hasToolList else { return .noList(name) }
        switch readOnlyTools[name] {
        case .some(true): return nil
        case .some(false): return .writes(name)
        case nil: return .notListed(name)
        }
    }

    /// What changes a task: allowed only of one that the client itself began.
    private static let taskWrites: Set<String> = ["tasks/cancel", "tasks/update"]

    /// Whether a notification of the client is sent: what no revision knows may write, and so may a request
    /// without an id.
    func mayNotify(_ method: String, _ rules: VerifyRules) -> Bool {
        rules.allowsWrites || MethodCatalogue[method]?.kind == .notification
    }
}
