import MCPSemantics
import Recording
import Wire

extension ReplayEngine {
    /// Runs that wait at one time.
    ///
    /// Only requests that the client leaves hanging wait; the tracker of a recording keeps as many. Beyond it
    /// the oldest is given up, and the report says that it got no answer.
    static let waitingLimit = 65_536

    /// Plays on until the run's end, or until it must wait for the client.
    mutating func resume(_ run: Run) {
        var run = run
        let steps = script.cues[run.cue].steps
        while run.next < steps.count {
            switch steps[run.next] {
            case .send(let line):
                let isSent = line.isOwn || !run.isRepeat
                if sleeps(&run, isSent: isSent) { return }
                if isSent { send(line, in: &run) }
            case .awaitAnswer(let exchange):
                if run.asked.contains(exchange) { return wait(run) }
                passWait(&run)
            case .awaitCancellation:
                if run.live != nil, !run.wasCancelled { return wait(run) }
                passWait(&run)
            }
            run.next += 1
        }
    }

    private mutating func wait(_ run: Run) {
        if waiting.count >= Self.waitingLimit {
            let given = waiting.removeFirst()
            if let request = script.cues[given.cue].request, !given.wasAnswered {
                report.noteUnanswered(recorded(request), .stillWaiting)
            }
        }
        waiting.append(run)
    }

    // MARK: - What the client does about it

    /// The client cancels its request `id`; returns the place of the recorded request that was being played.
    mutating func cancel(_ id: RequestID) -> Int? {
        // Nothing more goes to a subscription that was given up; its last answer still knows its id.
        defer { liveSubscriptions = liveSubscriptions.filter { $0.value != id } }
        guard let place = waiting.lastIndex(where: { $0.live?.id == id && !$0.wasCancelled }) else {
            return cancelAsleep(id)
        }
        var run = waiting.remove(at: place)
        run.wasCancelled = true
        if case .awaitCancellation = script.cues[run.cue].steps[run.next] {
            resume(run)
        } else {
            noteCancelled(run)
        }
        return run.cue
    }

    /// The run waited for an answer of the client, or for its time. Nothing may follow a cancellation that
    /// the recorded server never got.
    mutating func noteCancelled(_ run: Run) {
        guard let request = script.cues[run.cue].request, !run.wasAnswered else { return }
        let subject = Self.subject(request.method, request.name)
        note(Divergence(.cancelledBeforeAnswer, exchange: request.exchange, subject: subject))
        report.noteUnanswered(recorded(request), .cancelled)
    }

    /// The client answers a request of the server.
    mutating func receivedAnswer(_ digest: MessageDigest, text: ArraySlice<UInt8>) {
        guard let id = digest.id, let request = openServerRequests.removeValue(forKey: id) else {
            // An answer to nothing may be in the recording too.
            if playForeign(text) { return }
            note(Divergence(.unexpectedAnswer, subject: "id " + (digest.id?.text ?? "null")))
            return
        }
        guard let exchange = request.exchange else { return }
        if let recorded = script.clientAnswers[exchange], request.method != "ping" {
            let differences = Self.differences(recorded: recorded.text, live: text)
                .filter { !recorded.reduced.excuses($0) }
            if !differences.isEmpty {
                note(
                    Divergence(
                        .clientAnswerDiffers, exchange: exchange, subject: request.method,
                        differences: differences))
            }
        }
        guard let place = waiting.firstIndex(where: { $0.serial == request.run }) else {
            return asleep.noteAnswer(to: exchange, in: request.run)
        }
        waiting[place].asked.remove(exchange)
        if case .awaitAnswer(exchange) = script.cues[waiting[place].cue].steps[waiting[place].next] {
            resume(waiting.remove(at: place))
        }
    }

    private static func differences(
        recorded: ArraySlice<UInt8>, live: ArraySlice<UInt8>
    ) -> [FacetDifference] {
        let (old, new) = (Envelope.scan(recorded), Envelope.scan(live))
        func facet(_ name: String, _ range: Range<Int>?, of text: ArraySlice<UInt8>) -> MatchFacet {
            let value = range.map { Envelope.slice($0, of: text) }
            return MatchFacet(name: name, pointer: "/" + name, canonical: [], text: value)
        }
        var differences: [FacetDifference] = []
        if old.result != nil || new.result != nil {
            differences += FacetDifference.between(
                recorded: facet("result", old.result, of: recorded),
                live: facet("result", new.result, of: live))
        }
        if old.error != nil || new.error != nil {
            differences += FacetDifference.between(
                recorded: facet("error", old.error, of: recorded), live: facet("error", new.error, of: live))
        }
        return differences
    }

    // MARK: - Sending with live values

    private mutating func send(_ line: ServerLine, in run: inout Run) {
        if isLeftOut(line, in: run) { return }
        var line = line
        if line.role == .answer, let translation = run.translation, let request = script.cues[run.cue].request
        {
            // That there is one was seen before the run began.
            line.text = translation.answer(line.text, to: request.method) ?? line.text
        }
        var splice = JSONSplice()
        var route = self.route(of: line, in: run)
        var answers: [RequestID] = []
        switch line.role {
        case .answer:
            guard let live = run.live else { return }
            answers = [live.id]
            if let id = Envelope.scan(line.text).id { splice.replace(id, with: live.id.text.utf8) }
            if let miss = run.nearest { miss.mark(line.text, in: &splice) }
            if script.cues[run.cue].request?.method == "subscriptions/listen" {
                var subscription: RequestID?
                spliceSubscription(of: line, at: ["result"], in: run, into: &splice, &subscription)
            }
            if !run.wasAnswered { report.noteAnswer(isRepeat: run.isRepeat, isNearest: run.nearest != nil) }
            run.wasAnswered = true
        case .subscriptionEnd:
            guard let live = endSubscription(line, in: run, into: &splice) else { return }
            (route, answers) = (.request(live), [live])
        case .progress:
            guard spliceToken(of: line, in: &run, into: &splice) else { return }
        case .request(let exchange):
            ask(line, exchange: exchange, in: &run, into: &splice)
        case .other:
            guard spliceOther(line, in: run, into: &splice, &route) else { return }
        }
        outbox.send(
            Outbox.Line(
                sequence: line.sequence, bytes: splice.result(on: line.text), place: line.batch,
                joinsBatch: joinsBatch(line, in: run), batch: run.live?.batch, route: route,
                answers: answers,
                status: line.role == .answer && run.translation == nil
                    ? script.cues[run.cue].request?.httpStatus : nil,
                isEvent: line.isEvent))
    }

    /// What came in front of a request's answer belongs to it, unless it was recorded on another stream.
    private func route(of line: ServerLine, in run: Run) -> ReplayMessage.Route {
        guard let live = run.live else { return .session }
        if line.isOwn { return .request(live.id) }
        let isElsewhere = script.knowsStreams && line.stream != script.cues[run.cue].request?.stream
        return run.wasAnswered || isElsewhere ? .session : .request(live.id)
    }

    /// A live batch is answered by an array, unless the recorded batch was answered one by one.
    private func joinsBatch(_ line: ServerLine, in run: Run) -> Bool {
        guard line.role == .answer, let live = run.live, live.isBatched else { return false }
        let wasAnsweredAlone = script.cues[run.cue].request?.isBatched == true && line.batch == nil
        return !wasAnsweredAlone
    }

    /// False when the notification cannot be sent: the live request asked for no progress.
    private mutating func spliceToken(
        of line: ServerLine, in run: inout Run, into splice: inout JSONSplice
    ) -> Bool {
        guard let live = run.live, let token = live.progressToken else {
            if !run.leftOutProgress, let request = script.cues[run.cue].request {
                run.leftOutProgress = true
                let subject = Self.subject(request.method, request.name)
                note(Divergence(.progressLeftOut, exchange: request.exchange, subject: subject))
            }
            return false
        }
        if let place = JSONTree(line.text)?.root["params"]?["progressToken"]?.range {
            splice.replace(place, with: token.utf8)
        }
        return true
    }

    /// Notes the server's request as asked, under an id that no open one bears.
    private mutating func ask(
        _ line: ServerLine, exchange: Int?, in run: inout Run, into splice: inout JSONSplice
    ) {
        let envelope = Envelope.scan(line.text)
        guard let place = envelope.id else { return }
        let recorded = RequestID(UTF8Text.repaired(Envelope.slice(place, of: line.text)))
        var id = recorded
        while openServerRequests[id] != nil {
            mintedIDs += 1
            // Same JSON type as recorded; far above what servers count to.
            id = RequestID(
                recorded.text.hasPrefix("\"") ? "\"mcptape-\(mintedIDs)\"" : "\(1 << 30 + mintedIDs)")
        }
        if id != recorded { splice.replace(place, with: id.text.utf8) }
        let digest = MessageReader.digest(of: line.text, direction: .serverToClient)
        openServerRequests[id] = OpenServerRequest(
            exchange: exchange, recordedID: recorded, method: Self.subject(digest.method ?? "", digest.name),
            run: run.serial)
        if let exchange { run.asked.insert(exchange) }
    }

    /// False when the message belongs to a subscription that nobody holds.
    private mutating func spliceOther(
        _ line: ServerLine, in run: Run, into splice: inout JSONSplice, _ route: inout ReplayMessage.Route
    ) -> Bool {
        guard let method = Envelope.scan(line.text).method else { return true }
        if Envelope.slice(method, of: line.text).elementsEqual(Self.cancelledMethod) {
            spliceCancelled(line, into: &splice)
        }
        guard !script.subscriptions.isEmpty else { return true }
        var subscription: RequestID?
        defer { if let subscription { route = .request(subscription) } }
        return spliceSubscription(of: line, at: ["params"], in: run, into: &splice, &subscription)
    }

    private static let cancelledMethod = Array("\"notifications/cancelled\"".utf8)

    /// The server cancels a request of its own, or ends a subscription.
    private mutating func spliceCancelled(_ line: ServerLine, into splice: inout JSONSplice) {
        guard let node = JSONTree(line.text)?.root["params"]?["requestId"] else { return }
        let recorded = RequestID(UTF8Text.repaired(node.text))
        let open = openServerRequests.filter { $0.value.recordedID == recorded }
        // The newest: the highest run.
        if let id = open.max(by: { $0.value.run < $1.value.run })?.key {
            if id != recorded { splice.replace(node.range, with: id.text.utf8) }
        } else if let id = liveSubscriptions[recorded.text] {
            splice.replace(node.range, with: id.text.utf8)
        }
    }

    /// Splices the live id into the answer that ends a subscription, and forgets the subscription. Nil, and a
    /// note, when nobody listens under it.
    private mutating func endSubscription(
        _ line: ServerLine, in run: Run, into splice: inout JSONSplice
    ) -> RequestID? {
        guard let place = Envelope.scan(line.text).id else { return nil }
        let recorded = UTF8Text.repaired(Envelope.slice(place, of: line.text))
        guard let live = liveSubscriptions[recorded] else {
            note(Divergence(.subscriptionLeftOut, subject: recorded))
            return nil
        }
        splice.replace(place, with: live.text.utf8)
        var subscription: RequestID?
        spliceSubscription(of: line, at: ["result"], in: run, into: &splice, &subscription)
        liveSubscriptions[recorded] = nil
        report.answered += 1
        return live
    }

    /// Rewrites the subscription id in `_meta`. False when it is one that nobody listens under.
    @discardableResult
    private mutating func spliceSubscription(
        of line: ServerLine, at path: [String], in run: Run, into splice: inout JSONSplice,
        _ subscription: inout RequestID?
    ) -> Bool {
        let tree = JSONTree(line.text)
        let parent = path.reduce(tree?.root) { node, member in node?[member] }
        guard let node = parent?["_meta"]?["io.modelcontextprotocol/subscriptionId"] else { return true }
        let recorded = UTF8Text.repaired(node.text)
        guard script.subscriptions.contains(recorded) else { return true }
        // What belongs to the run's own subscription goes to it, even when another one came since.
        let isOwn = script.cues[run.cue].request?.id?.text == recorded
        guard let live = isOwn ? run.live?.id : liveSubscriptions[recorded] else {
            note(Divergence(.subscriptionLeftOut, subject: recorded))
            return false
        }
        splice.replace(node.range, with: live.text.utf8)
        subscription = live
        return true
    }
}

extension JSONSplice {
    /// The text with its replacements. All ranges come from one look at `text`, so none overlaps.
    func result(on text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        isEmpty ? text : applied(to: text)?[...] ?? text
    }
}
