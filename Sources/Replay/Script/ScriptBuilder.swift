import MCPSemantics
import Recording
import Wire

/// Turns the entries of one session, in order, into a script.
struct ScriptBuilder {
    /// In ascending order of their numbers, and so of their requests' sequence numbers.
    private var exchanges: [ExchangeFacts]
    private let ending: Ending
    private var script: ReplayScript

    /// The cue that the next server message without a home hangs on.
    private var currentCue = 0
    /// When the entry came that is being added.
    private var currentTime = Timestamp.zero
    private var cueOfExchange: [Int: Int] = [:]
    private var newestCueByID: [RequestID: Int] = [:]
    /// Where the steps of a server's request stand, by the number of its exchange.
    private var ownerOfServerExchange: [Int: Int] = [:]
    private var newestServerExchangeByID: [RequestID: Int] = [:]
    /// What happened to requests that no answer was seen for yet, by their cue.
    private var openCues: [Int: OpenCue] = [:]
    private var lastClientExchange: Int?
    private var answeredOnOwnStream = true

    /// How the session ended, as far as it decides what became of unanswered requests.
    enum Ending: Sendable {
        case complete, serverEnded, interrupted, live
    }

    private struct OpenCue {
        var sawGap = false
        var wasCancelled = false
    }

    /// What a script needs to know of an exchange: a large recording has a million.
    struct ExchangeFacts: Sendable {
        var number: Int
        var requestSequence: Int64
        var id: RequestID
        var parent: Int?
        var httpStatus: Int32?
        var asker: Direction
        var era: Era

        init(_ exchange: Exchange) {
            number = exchange.number
            requestSequence = exchange.requestSequence
            id = exchange.id
            parent = exchange.parent
            httpStatus = exchange.httpStatus.map { Int32(clamping: $0) }
            asker = exchange.asker
            era = exchange.era
        }
    }

    init(name: String, session: String = "", exchanges: [Exchange], ending: Ending) {
        self.init(name: name, session: session, facts: exchanges.map { ExchangeFacts($0) }, ending: ending)
    }

    init(name: String, session: String, facts exchanges: [ExchangeFacts], ending: Ending) {
        self.exchanges = exchanges
        self.ending = ending
        script = ReplayScript(
            recordingName: name, session: session, cues: [ScriptCue(trigger: .start, time: .zero)],
            clientAnswers: [:],
            batches: [],
            subscriptions: [], gaps: [], unreadableRequests: 0, strayProgress: 0)
    }

    /// The script of a session without a message.
    func finished() -> ReplayScript { script }

    /// Hands out the script as far as it is made, and takes it back to go on with it: it must not be copied.
    mutating func swap(with other: inout ReplayScript) { Swift.swap(&script, &other) }

    /// Takes exchanges that come after those that it knows.
    mutating func learn(_ more: [Exchange]) { exchanges += more.map { ExchangeFacts($0) } }

    /// Takes the next entry. `body` is the whole message, or nil when its bytes are not (all) on record.
    mutating func add(_ entry: RecordingEntry, body: ArraySlice<UInt8>?) {
        switch entry {
        case .gap(let record):
            script.gaps.append(
                ScriptGap(
                    afterExchange: lastClientExchange,
                    bytes: record.gap.clientToServer.addingReportingOverflow(record.gap.serverToClient)
                        .partialValue))
            for cue in openCues.keys { openCues[cue]?.sawGap = true }
        case .message(let record):
            // What a fault held back the client never got.
            guard let direction = record.lane.direction, record.fault?.side != .server else { return }
            currentTime = record.time
            if record.kind == .batch, let body {
                addBatch(record, body: body, direction: direction)
                return
            }
            var message = Message(
                kind: record.kind, sequence: record.sequence, id: record.id, method: record.method,
                name: record.name, exchange: record.exchange, text: body,
                isTruncated: record.truncated != nil,
                reduced: ReducedContent(record.redactions))
            message.stream = record.stream
            message.isEvent = record.stream == .stdio ? nil : record.framing != nil
            direction == .clientToServer ? addClient(message) : addServer(message)
        }
    }

    /// The script, once every entry was added.
    mutating func finish() -> ReplayScript {
        for (cue, open) in openCues {
            guard case .request(var request) = script.cues[cue].trigger else { continue }
            request.answer =
                switch (open.wasCancelled, open.sawGap, ending) {
                case (true, _, _): .cancelled
                case (_, true, _): .lost(.gap)
                // A subscription is answered when it ends; to be left open is its normal end.
                case (_, _, _) where MethodCatalogue[request.method]?.isLongLived == true: .never
                case (_, _, .complete): .never
                case (_, _, .serverEnded): .lost(.serverEnded)
                case (_, _, .interrupted): .lost(.interrupted)
                case (_, _, .live): .lost(.live)
                }
            script.cues[cue].trigger = .request(request)
        }
        openCues = [:]
        return script
    }

    // MARK: - One message

    /// A message, or a batch's member.
    private struct Message {
        var kind: MessageKind
        var sequence: Int64
        var id: RequestID?
        var method: String?
        var name: String?
        var exchange: Int?
        /// Nil when the bytes are not on record.
        var text: ArraySlice<UInt8>?
        var isTruncated = false
        var reduced = ReducedContent()
        var batch: BatchPlace?
        var isBatched = false
        var stream = StreamID.stdio
        var isEvent: Bool?
    }

    private mutating func addClient(_ message: Message) {
        switch message.kind {
        case .request:
            addClientRequest(message)
        case .notification:
            let cancelled = message.method == "notifications/cancelled" ? cueCancelled(by: message) : nil
            if let cancelled, openCues[cancelled] != nil {
                openCues[cancelled]?.wasCancelled = true
                script.cues[cancelled].append(.awaitCancellation, at: currentTime)
            }
            addCue(.notification(method: message.method ?? "", cancels: cancelled))
        case .response:
            let answered = message.exchange ?? message.id.flatMap { newestServerExchangeByID[$0] }
            guard let answered, let owner = ownerOfServerExchange[answered] else {
                addCue(message.text.map { .foreign($0) } ?? .unreadable)
                return
            }
            if let text = message.text {
                script.clientAnswers[answered] = ClientAnswer(text: text, reduced: message.reduced)
            }
            script.cues[owner].append(.awaitAnswer(serverExchange: answered), at: currentTime)
            // What follows without a home follows the answer, so it stands behind the same wait.
            currentCue = owner
        case .http: break
        case .batch, .foreign, .standardError:
            addCue(message.text.map { .foreign($0) } ?? .unreadable)
        }
    }

    private mutating func addClientRequest(_ message: Message) {
        if let exchange = message.exchange { lastClientExchange = exchange }
        guard let text = message.text, let method = message.method else {
            script.unreadableRequests += 1
            addCue(.unreadable)
            if let exchange = message.exchange { cueOfExchange[exchange] = currentCue }
            return
        }
        let request = ScriptRequest(
            exchange: message.exchange, id: message.id, method: method, name: message.name,
            statedEra: statedEra(of: message, text), text: text, reduced: message.reduced,
            isBatched: message.isBatched, answer: .recorded, stream: message.stream,
            httpStatus: message.exchange.flatMap { exchange($0)?.httpStatus.map { Int($0) } })
        addCue(.request(request))
        if let exchange = message.exchange { cueOfExchange[exchange] = currentCue }
        if let id = message.id { newestCueByID[id] = currentCue }
        if method == "subscriptions/listen", let id = message.id { script.subscriptions.append(id.text) }
        openCues[currentCue] = OpenCue()
    }

    private mutating func addServer(_ message: Message) {
        switch message.kind {
        case .response:
            addAnswer(message)
        case .request:
            let parent = message.exchange.flatMap { exchange($0)?.parent }.flatMap { cueOfExchange[$0] }
            let owner = parent ?? currentCue
            if let exchange = message.exchange {
                ownerOfServerExchange[exchange] = owner
                if let id = message.id { newestServerExchangeByID[id] = exchange }
            }
            send(message, as: .request(serverExchange: message.exchange), under: owner, isOwn: parent != nil)
        case .notification where message.method == "notifications/progress":
            guard let home = message.exchange.flatMap({ cueOfExchange[$0] }) ?? cue(withTokenOf: message)
            else {
                script.strayProgress += 1
                return
            }
            send(message, as: .progress, under: home, isOwn: true)
        case .notification where message.method == "notifications/subscriptions/acknowledged":
            // It begins every subscription, and so comes again with each; the rest hangs on what caused it.
            let home = cue(subscribedBy: message)
            send(message, as: .other, under: home ?? currentCue, isOwn: home != nil)
        case .http: break
        case .notification, .foreign, .batch, .standardError:
            send(message, as: .other, under: currentCue, isOwn: false)
        }
    }

    private mutating func addAnswer(_ message: Message) {
        let home = message.exchange.flatMap { cueOfExchange[$0] } ?? message.id.flatMap { newestCueByID[$0] }
        guard let home else {
            // An answer to nothing, such as an error without an id.
            send(message, as: .other, under: currentCue, isOwn: false)
            return
        }
        let open = openCues.removeValue(forKey: home)
        if message.stream != .stdio, let request = script.cues[home].request {
            answeredOnOwnStream = answeredOnOwnStream && request.stream == message.stream
            script.knowsStreams = answeredOnOwnStream
        }
        if message.text == nil, case .request(var request) = script.cues[home].trigger {
            request.answer = .lost(message.isTruncated ? .truncated : .incomplete)
            script.cues[home].trigger = .request(request)
        }
        let endsLater = home != currentCue && open?.wasCancelled == false && isSubscription(home)
        if endsLater {
            send(message, as: .subscriptionEnd, under: currentCue, isOwn: false)
        } else {
            send(message, as: .answer, under: home, isOwn: true)
        }
    }

    /// A subscription is answered when it ends, which is not because it was asked for.
    private func isSubscription(_ cue: Int) -> Bool {
        script.cues[cue].request.flatMap { MethodCatalogue[$0.method]?.isLongLived } ?? false
    }

    private mutating func addCue(_ trigger: ScriptCue.Trigger) {
        script.cues.append(ScriptCue(trigger: trigger, time: currentTime))
        currentCue = script.cues.count - 1
    }

    private mutating func send(_ message: Message, as role: ServerLine.Role, under cue: Int, isOwn: Bool) {
        guard let text = message.text else { return }
        let line = ServerLine(
            role: role, sequence: message.sequence, isOwn: isOwn, text: text, batch: message.batch,
            stream: message.stream, isEvent: message.isEvent)
        script.cues[cue].append(.send(line), at: currentTime)
    }

    // MARK: - Batches

    private mutating func addBatch(_ record: MessageRecord, body: ArraySlice<UInt8>, direction: Direction) {
        let ranges = Envelope.scan(body).members
        let digests = MessageReader.digest(of: body, direction: direction).members
        guard !digests.isEmpty, ranges.count >= digests.count else {
            let message = Message(kind: .foreign, sequence: record.sequence, text: body)
            direction == .clientToServer ? addClient(message) : addServer(message)
            return
        }
        if direction == .serverToClient { script.batches.append(ServerBatch(text: body, members: ranges)) }
        for (index, digest) in digests.enumerated() {
            var message = Message(
                kind: digest.kind, sequence: record.sequence, id: digest.id, method: digest.method,
                name: digest.name, exchange: nil,
                text: Envelope.slice(ranges[index], of: body))
            message.isBatched = true
            message.stream = record.stream
            message.isEvent = record.stream == .stdio ? nil : record.framing != nil
            message.reduced = ReducedContent(record.redactions, member: index)
            if digest.kind == .request, let id = digest.id {
                message.exchange = exchangeBegun(at: record.sequence, by: direction, id: id)
            }
            if direction == .serverToClient {
                message.batch = BatchPlace(batch: script.batches.count - 1, member: index)
                addServer(message)
            } else {
                addClient(message)
            }
        }
    }

    /// The number of the exchange whose request stood in the message of that sequence number.
    private func exchangeBegun(at sequence: Int64, by asker: Direction, id: RequestID) -> Int? {
        var low = 0
        var high = exchanges.count
        while low < high {
            let middle = low + (high - low) / 2
            if exchanges[middle].requestSequence < sequence { low = middle + 1 } else { high = middle }
        }
        while low < exchanges.count, exchanges[low].requestSequence == sequence {
            if exchanges[low].asker == asker, exchanges[low].id == id {
                return exchanges[low].number
            }
            low += 1
        }
        return nil
    }

    private func exchange(_ number: Int) -> ExchangeFacts? {
        guard let first = exchanges.first?.number else { return nil }
        // Numbers have no holes, unless retention took a session's head.
        let place = number.subtractingReportingOverflow(first).partialValue
        if exchanges.indices.contains(place), exchanges[place].number == number { return exchanges[place] }
        return exchanges.first { $0.number == number }
    }

    /// The tracker knows the era from the session, too; where it says modern, the message must be asked.
    private func statedEra(of message: Message, _ text: ArraySlice<UInt8>) -> Era {
        if let number = message.exchange, exchange(number)?.era == .legacy { return .legacy }
        return MessageReader.digest(of: text, direction: .clientToServer).era ?? .legacy
    }

    // MARK: - What one message says of another

    private func cueCancelled(by message: Message) -> Int? {
        if let exchange = message.exchange, let cue = cueOfExchange[exchange] { return cue }
        guard let text = message.text else { return nil }
        let digest = MessageReader.digest(of: text, direction: .clientToServer)
        return digest.cancels.flatMap { newestCueByID[$0] }
    }

    private func cue(subscribedBy message: Message) -> Int? {
        guard let text = message.text else { return nil }
        let digest = MessageReader.digest(of: text, direction: .serverToClient)
        return digest.subscriptionID.flatMap { newestCueByID[RequestID($0)] }
    }

    /// Requests that are looked at, newest first, for the token of a progress message that came late.
    private static let tokenSearchLimit = 4096

    /// The newest request that carries the progress token of `message`.
    private func cue(withTokenOf message: Message) -> Int? {
        guard let text = message.text else { return nil }
        let token = MessageReader.digest(of: text, direction: .serverToClient).progressToken
        guard let token else { return nil }
        for cue in script.cues.indices.suffix(Self.tokenSearchLimit).reversed() {
            guard let request = script.cues[cue].request else { continue }
            let asked = MessageReader.digest(of: request.text, direction: .clientToServer).progressToken
            if asked == token { return cue }
        }
        return nil
    }
}
