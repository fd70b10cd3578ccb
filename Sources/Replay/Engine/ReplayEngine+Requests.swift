import MCPSemantics
import Recording
import Wire

extension ReplayEngine {
    // MARK: - Requests of the client

    mutating func receivedRequest(_ message: ClientMessage, method: String, live: LiveRequest) {
        let (digest, text) = (message.digest, message.text)
        report.requests += 1
        if method == "initialize" { handshake = text }
        clientEra = method == "initialize" ? .legacy : digest.era ?? .legacy
        if answeredByEra(digest, method: method, text: text, live: live) { return }
        var key = message.key
        readOn(to: text, method: method, name: digest.name, key: &key)
        let finding = index.take(text, method: method, name: digest.name, key: key, in: script)
        guard case .match(let match) = finding, let request = script.cues[match.cue].request else {
            refuse(finding, digest, method: method, text: text, live: live)
            return
        }
        report.redactedValues += match.redactedValues
        if case .lost(let loss) = request.answer {
            guard method != "ping" else { return answerByRule(.result, live: live) }
            var miss = NearestMiss(
                method: method, name: request.name ?? digest.name, reason: loss.reason,
                recording: script.recordingName,
                gaps: script.gaps)
            miss.nearest = request.exchange
            resolve(miss, text: text, live: live)
            return
        }
        let translation = translation(of: request, asked: clientEra)
        if let translation {
            guard isExact(translation, cue: match.cue) else {
                let name = request.name ?? digest.name
                return answer(untranslatable(method, name: name, nearest: request.exchange), live: live)
            }
            noteTranslation()
        }
        if match.isRepeat, !ReplayRules.isAskedAtWill(method) { report.noteRepeat(of: recorded(request)) }
        if translation == nil, isNewIdentity(of: message, cue: match.cue) {
            compareIdentity(digest, text: text, with: request)
        }
        if method == "subscriptions/listen", let id = request.id { liveSubscriptions[id.text] = live.id }
        play(cue: match.cue, live: live, isRepeat: match.isRepeat, translation: translation)
        settle(request, live: live)
    }

    /// What becomes of a request whose recorded one has no answer.
    private mutating func settle(_ request: ScriptRequest, live: LiveRequest) {
        switch request.answer {
        case .recorded, .lost:
            break
        case .never, .cancelled:
            if request.method == "ping" {
                answerByRule(.result, live: live)
            } else if request.method != "subscriptions/listen" {
                let reason: ReplayReport.Unanswered.Reason =
                    request.answer == .never ? .neverAnswered : .cancelledInRecording
                report.noteUnanswered(recorded(request), reason)
            }
        }
    }

    /// Answers a request for which nothing recorded serves.
    private mutating func refuse(
        _ finding: ScriptIndex.Finding, _ digest: MessageDigest, method: String, text: ArraySlice<UInt8>,
        live: LiveRequest
    ) {
        var miss = NearestMiss(
            method: method, name: digest.name, reason: .exhausted, recording: script.recordingName, gaps: [])
        switch finding {
        case .match, .none:
            return answerUnrecorded(digest, method: method, text: text, live: live)
        case .exhausted(let cue, let times):
            guard let request = script.cues[cue].request else { return }
            miss.nearest = request.exchange
            // The recorded name holds placeholders where the live one may hold secrets.
            miss.name = request.name
            miss.recordedTimes = times
            guard index.rules.repeats == .once else {
                report.noteRepeat(of: recorded(request))
                return send(ours: miss.response(to: live.id), live: live)
            }
        case .outOfOrder(let cue, let expected):
            miss.reason = .outOfOrder
            miss.nearest = script.cues[cue].request?.exchange
            miss.name = script.cues[cue].request?.name
            miss.expected = expected.flatMap { script.cues[$0].request }.map { recorded($0) }
            // It is on record: a real server has nothing to add.
            return answer(miss, live: live)
        }
        resolve(miss, text: text, live: live)
    }

    private mutating func answerUnrecorded(
        _ digest: MessageDigest, method: String, text: ArraySlice<UInt8>, live: LiveRequest
    ) {
        if let rule = ReplayRules.answer(to: method), !isForRealServer(method) {
            if method == "logging/setLevel" {
                note(Divergence(.levelNotRecorded, subject: Self.subject(method, digest.name)))
            }
            answerByRule(rule, live: live)
            return
        }
        let miss = index.miss(for: text, method: method, name: digest.name, in: script)
        resolve(miss, text: text, live: live)
    }

    mutating func answer(_ miss: NearestMiss, live: LiveRequest) {
        send(ours: miss.response(to: live.id), live: live)
        note(miss)
    }

    private mutating func answerByRule(_ rule: ReplayRules.Answer, live: LiveRequest) {
        report.answeredByRule += 1
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: live.id.text.utf8)
            switch rule {
            case .result:
                json.member("result") { $0.object { _ in } }
            case .methodNotFound:
                json.member("error") {
                    $0.object {
                        $0.member("code", -32601)
                        $0.member("message", "Method not found")
                    }
                }
            }
        }
        send(ours: json.bytes, live: live)
    }

    mutating func send(ours bytes: [UInt8], live: LiveRequest) {
        outbox.send(
            Outbox.Line(
                sequence: .max, bytes: bytes[...], place: nil, joinsBatch: live.isBatched, batch: live.batch,
                route: .request(live.id), answers: [live.id]))
    }

    // MARK: - Who the client says it is

    /// False when the last request said the same and was compared with the same one: nothing would be told.
    private mutating func isNewIdentity(of message: ClientMessage, cue: Int) -> Bool {
        guard let form = message.form, message.digest.method != "initialize" else {
            comparedIdentity = nil
            return true
        }
        if let last = comparedIdentity, last == (form, cue) { return false }
        comparedIdentity = (form, cue)
        return true
    }

    /// Reports when the client's identity is not the recorded one. It never decides the answer.
    private mutating func compareIdentity(
        _ digest: MessageDigest, text: ArraySlice<UInt8>, with request: ScriptRequest
    ) {
        guard request.text != text else { return }
        // Every request of the modern era states it; silence is the legacy era.
        let era = digest.era ?? .legacy
        if era != request.statedEra {
            note(Divergence(.eraDiffers, subject: request.method))
        }
        if request.method == "initialize" {
            noteDrift(of: request, live: text, at: ["params"], members: nil)
        } else if era == .modern, request.statedEra == .modern {
            noteDrift(of: request, live: text, at: ["params", "_meta"], members: Self.identityMembers)
        }
    }

    /// Source: MCP 2026-07-28, basic, `_meta` of requests.
    private static let identityMembers = [
        "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientInfo",
        "io.modelcontextprotocol/clientCapabilities",
    ]

    /// Compares the members at `path` (all but `_meta` when nil) and notes where they differ.
    private mutating func noteDrift(
        of request: ScriptRequest, live: ArraySlice<UInt8>, at path: [String], members: [String]?
    ) {
        let recordedTree = JSONTree(request.text)
        let liveTree = JSONTree(live)
        func parent(_ tree: JSONTree?) -> JSONTree.Node? {
            path.reduce(tree?.root) { node, member in node?[member] }
        }
        let (old, new) = (parent(recordedTree), parent(liveTree))
        var differences: [FacetDifference] = []
        let names = members ?? Self.names(of: old, and: new)
        let differing = names.filter { old?[$0]?.text != new?[$0]?.text }
        if members != nil, !differing.isEmpty {
            // The same client says it with every request.
            let said = differing.flatMap { [old?[$0]?.text, new?[$0]?.text] }
            if said == toldIdentity { return }
            toldIdentity = said
        }
        for name in differing {
            let (left, right) = (old?[name]?.text, new?[name]?.text)
            let pointer = (path.dropFirst() + [name]).reduce("") { JSONPointer.appending($1, to: $0) }
            let facet = { (text: ArraySlice<UInt8>?) in
                MatchFacet(name: "identity", pointer: pointer, canonical: [], text: text)
            }
            differences += FacetDifference.between(recorded: facet(left), live: facet(right))
        }
        guard !differences.isEmpty else { return }
        // In the modern era every request carries the identity: it is said once, not for each.
        note(
            Divergence(
                .handshakeDrift, exchange: members == nil ? request.exchange : nil,
                subject: members == nil ? request.method : "the client's identity in _meta",
                differences: differences))
    }

    private static func names(of old: JSONTree.Node?, and new: JSONTree.Node?) -> [String] {
        var names: [String] = []
        for node in [old, new] {
            guard let node else { continue }
            for member in node.members where !member.isCalled("_meta") && !names.contains(member.key) {
                names.append(member.key)
            }
        }
        return names
    }
}

extension AnswerState.Loss {
    fileprivate var reason: NearestMiss.Reason {
        switch self {
        case .gap: .lostInGap
        case .interrupted: .interrupted
        case .live: .stillRecording
        case .serverEnded: .serverEnded
        case .truncated: .truncated
        case .incomplete: .incomplete
        }
    }
}
