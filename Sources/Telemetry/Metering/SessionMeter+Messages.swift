import MCPSemantics
public import Recording
import Wire

/// Messages as they pass.
extension SessionMeter {
    /// A message of the batch.
    public mutating func count(
        _ message: MessageRecord, of description: SessionDescription, _ changes: inout MeteredChanges
    ) {
        lastTime = message.time
        for redaction in message.redactions {
            changes.others.add(
                1, to: "mcptape_redactions_total",
                [description.name, MetricCatalogue.label(ofRedaction: redaction.rule)])
        }
        guard let direction = message.lane.direction else { return }
        guard message.kind != .http else {
            if direction == .serverToClient {
                count(note: message, &changes)
            } else if case .inline(let bytes) = message.body {
                sent.take(bytes, at: message.sequence)
            }
            return
        }
        // They are told of the next message only.
        defer { if !sent.isEmpty { sent = SentContexts() } }
        changes.observe(size: message.size, direction)
        switch message.kind {
        case .request:
            changes.count(.request, direction)
            request = PassingRequest(message, sent)
        case .notification:
            changes.count(.notification, direction)
            if message.method == "notifications/progress" { changes.progress += 1 }
        case .response: count(response: message, direction, &changes)
        case .batch:
            count(batch: message, direction, &changes)
            request = PassingRequest(message, sent)
        case .foreign: count(foreign: message, direction, description, &changes)
        case .standardError, .http: break
        }
    }

    /// Whether it is an error is known from its exchange; only one without an exchange is looked at.
    private func count(
        response: MessageRecord, _ direction: Direction, _ changes: inout MeteredChanges
    ) {
        guard response.exchange == nil else { return changes.count(.response, direction) }
        var isError = false
        if case .inline(let bytes) = response.body {
            isError = MessageReader.digest(of: bytes, direction: direction).error != nil
        }
        changes.count(isError ? .error : .response, direction)
        // After a gap the request may be what is missing. An error about an id that could not be read
        // has none.
        if response.fault == nil, !response.isPartial, !hasGap, let id = response.id,
            id.text != "null"
        {
            changes.count(.orphanResponse)
        }
    }

    /// Of a batch whose text is not at hand only the requests and answers that exchanges tell of count.
    private func count(
        batch: MessageRecord, _ direction: Direction, _ changes: inout MeteredChanges
    ) {
        guard case .inline(let bytes) = batch.body else { return }
        for member in MessageReader.digest(of: bytes, direction: direction).members {
            switch member.kind {
            case .request: changes.count(.request, direction)
            case .response: changes.count(member.error == nil ? .response : .error, direction)
            case .notification:
                changes.count(.notification, direction)
                if member.method == "notifications/progress" { changes.progress += 1 }
            case .batch, .foreign, .standardError, .http: changes.count(.invalid, direction)
            }
        }
    }

    private func count(
        foreign: MessageRecord, _ direction: Direction, _ description: SessionDescription,
        _ changes: inout MeteredChanges
    ) {
        changes.count(.invalid, direction)
        guard !foreign.isPartial, foreign.fault == nil else { return }
        if direction == .serverToClient, description.transport == .stdio {
            changes.count(.standardOutputNoise)
        } else if case .inline(let bytes) = foreign.body, !JSONText.isValid(bytes) {
            changes.count(.invalidJSON)
        } else {
            changes.count(.notJSONRPC)
        }
    }

    /// `{"response":{"status":200,…`: written by us, so the first bytes tell; all of it is read only when
    /// they do not.
    private func count(note: MessageRecord, _ changes: inout MeteredChanges) {
        guard case .inline(let bytes) = note.body, let first = Self.statusClass(ofNote: bytes) else { return }
        // The proxy's own answers are none of the server's.
        if first == 0x35, case .response(let head)? = HTTPNote(json: bytes), head.isOwn { return }
        changes.responses[Int(first) - 0x32] += 1
    }

    /// The first digit of a response's status, 2 to 5, where `note` is a response with three digits of it.
    private static func statusClass(ofNote note: ArraySlice<UInt8>) -> UInt8? {
        let start: StaticString = "{\"response\":{\"status\":"
        return note.withUnsafeBufferPointer { note in
            let length = start.utf8CodeUnitCount
            guard note.count > length + 3 else { return nil }
            for place in 0..<length where note[place] != start.utf8Start[place] { return nil }
            for place in length...length + 3 where (0x30...0x39 ~= note[place]) == (place == length + 3) {
                return nil
            }
            let first = note[length]
            return 0x32...0x35 ~= first ? first : nil
        }
    }

    /// A gap of the batch.
    public mutating func count(_ record: GapRecord, _ changes: inout MeteredChanges) {
        let gap = record.gap
        hasGap = true
        uncertain = Set(open.keys).union(rounds.keys)
        let reason = MetricCatalogue.gapReason.values[Int(gap.reason.rawValue)]
        changes.others.add(1, to: "mcptape_gaps_total", [changes.server, reason])
        let lost = [gap.clientToServer, gap.serverToClient, gap.standardError]
        for (count, label) in zip(lost, MetricCatalogue.gapDirection.values) where count > 0 {
            changes.others.add(Int64(count), to: "mcptape_gap_bytes_total", [changes.server, label])
        }
    }

    // MARK: What an exchange tells of its answer

    /// The answer was counted as a response when it went by; it is in the same batch.
    func countAsError(
        _ exchange: Exchange, in events: [RecordedEvent], _ place: Int, _ changes: inout MeteredChanges
    ) {
        guard let answer = message(exchange.responseSequence, in: events, before: place),
            answer.kind == .response, answer.exchange == exchange.number,
            let direction = answer.lane.direction
        else { return }
        changes.count(.response, direction, -1)
        changes.count(.error, direction)
    }

    /// What a list of tools or prompts advertises.
    mutating func noteNames(
        of exchange: Exchange, in events: [RecordedEvent], _ place: Int, _ changes: inout MeteredChanges
    ) {
        let (label, member): (String, String)
        switch exchange.method {
        case "tools/list": (label, member) = (MetricCatalogue.tool.name, "tools")
        case "prompts/list": (label, member) = (MetricCatalogue.prompt.name, "prompts")
        default: return
        }
        guard exchange.asker == .clientToServer, exchange.outcome == .ok else { return }
        guard case .inline(let bytes)? = message(exchange.responseSequence, in: events, before: place)?.body,
            let root = JSONTree(bytes)?.root
        else {
            missedList = true
            return
        }
        // In a batch, the lists of all its members: they are the same server's.
        var advertised: [MeteredChanges.Advertisement] = []
        let answers = root.kind == .array ? Array(root.children) : [root]
        for answer in answers {
            guard let list = answer["result"]?[member], list.kind == .array else { continue }
            for item in list.children {
                guard let name = item["name"]?.stringValue, name.utf8.count <= OperationKey.nameLimit,
                    !name.isEmpty, advertised.count < LabelBudget.advertisedOfServer
                else { continue }
                advertised.append(.init(name: name, label: label))
            }
        }
        if !advertised.isEmpty { changes.advertise(advertised) }
    }

    /// Where lists are not at hand, a server vouches for a name by answering a request for it.
    func vouch(for operation: OpenOperation, _ changes: inout MeteredChanges) {
        guard let label = OperationKey.label(ofNameOf: operation.method),
            operation.name != MetricCatalogue.other
        else { return }
        let name = MeteredChanges.Advertisement(name: operation.name, label: label)
        if !changes.steps.contains(where: { $0.advertised.contains(name) }) { changes.advertise([name]) }
    }

    private func message(
        _ sequence: Int64?, in events: [RecordedEvent], before place: Int
    ) -> MessageRecord? {
        guard let sequence else { return nil }
        var place = place
        while place > events.startIndex {
            place -= 1
            guard case .message(let message) = events[place] else { continue }
            if message.sequence == sequence { return message }
            if message.sequence < sequence { return nil }
        }
        return nil
    }
}

extension MeteredChanges {
    /// How a session ended.
    mutating func count(_ end: SessionEnd, _ state: SessionState, of description: SessionDescription) {
        let revision = state.revision.map {
            ProtocolRevision(rawValue: $0)?.rawValue ?? MetricCatalogue.other
        }
        others.observe(
            max(0, end.time.nanoseconds), in: "mcp_client_session_duration_seconds",
            [server, revision ?? "", MeteredChanges.errorType(of: end)])
        let exit: String
        switch end.exit {
        case nil: return
        case .code(0): exit = "exit_0"
        case .code: exit = "exit_nonzero"
        case .signal: exit = "signal"
        }
        others.add(1, to: "mcptape_child_exits_total", [server, exit])
    }

    private static func errorType(of end: SessionEnd) -> String {
        switch end.reason {
        case .clientClosed, .signalled, .silent: ""
        case .serverExited: end.exit == .code(0) ? "" : "server_exited"
        case .notStarted: "not_started"
        case .interrupted: "interrupted"
        case .unknown: MetricCatalogue.other
        }
    }
}
