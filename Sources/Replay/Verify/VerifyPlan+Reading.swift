import MCPSemantics
public import Recording
import Wire

extension VerifyPlan {
    private static let pageSize = 4096

    /// Reads the whole session. `name` is the recording as the user called it. O(messages).
    public init(reading source: any RecordingSource, session: SessionID, name: String) throws(SourceFailure) {
        guard let summary = try source.session(session) else {
            throw SourceFailure(.missing, "no session \(session.text) in \(name)")
        }
        guard summary.description.capture == .payloads else {
            throw SourceFailure(
                .refused,
                "\(name) was recorded with --capture \(summary.description.capture.rawValue): it holds no "
                    + "payloads to send; record it again with --capture payloads")
        }
        var exchanges: [Int: Exchange] = [:]
        var from = 0
        while true {
            let page = try source.exchanges(of: session, from: from, limit: Self.pageSize)
            guard let last = page.last, last.number < Int.max else { break }
            for exchange in page { exchanges[exchange.number] = exchange }
            from = last.number + 1
        }
        var builder = VerifyPlanBuilder(
            VerifyPlan(
                recordingName: name, session: session.text, transport: summary.description.transport),
            exchanges: exchanges)
        var next: Int64 = 0
        while true {
            let page = try source.entries(of: session, from: next, limit: Self.pageSize)
            guard let last = page.last, last.sequence < Int64.max else { break }
            for entry in page {
                builder.add(
                    entry,
                    body: try ReplayScript.body(of: entry, in: source, session: session, name: name))
            }
            next = last.sequence + 1
        }
        self = builder.finish()
        redaction = summary.description.redaction
    }
}

/// Turns the entries of one session, in order, into a plan.
struct VerifyPlanBuilder {
    private var plan: VerifyPlan
    private let exchanges: [Int: Exchange]
    private var requestOfExchange: [Int: Int] = [:]
    private var newestByID: [RequestID: Int] = [:]
    private var serverRequestOfExchange: [Int: Int] = [:]
    private var newestServerRequestByID: [RequestID: Int] = [:]
    /// Requests without an answer so far, in order.
    private var open: [Int] = []
    private var last: Int?
    /// Streams whose first message of the client was a GET.
    private var gets: Set<StreamID> = []
    private var streams: [StreamID: [Int]] = [:]

    init(_ plan: VerifyPlan, exchanges: [Int: Exchange]) {
        self.plan = plan
        self.exchanges = exchanges
    }

    /// One message, or a member of a batch.
    private struct Part {
        var digest: MessageDigest
        var exchange: Int?
        var text: ArraySlice<UInt8>
        var reduced: ReducedContent
        var record: MessageRecord
    }

    /// Takes the next entry. `body` is the whole message, or nil when its bytes are not (all) on record.
    mutating func add(_ entry: RecordingEntry, body: ArraySlice<UInt8>?) {
        guard case .message(let record) = entry else { return plan.gapCount += 1 }
        guard let direction = record.lane.direction else { return }
        if record.kind == .http { return addNote(record, body) }
        guard let body else {
            if direction == .clientToServer, record.kind == .request { plan.unreadableRequests += 1 }
            return
        }
        let parts = parts(of: record, body, direction)
        if direction == .clientToServer {
            // Of HTTP only messages are sent again.
            guard record.kind != .foreign || record.stream == .stdio else { return }
            let sent = parts.map { addClient($0) }
            plan.steps.append(.send(ClientSending(parts: sent, isBatch: record.kind == .batch)))
        } else {
            if record.kind == .foreign, gets.contains(record.stream), isEndpoint(record) {
                plan.usesEventEndpoint = true
            }
            for part in parts { addServer(part) }
        }
    }

    /// The plan, once every entry was added.
    mutating func finish() -> VerifyPlan {
        var values = MintedValues()
        for index in plan.requests.indices {
            plan.requests[index].dependencies = values.producers(for: plan.requests[index])
            if let answer = plan.requests[index].answer { values.note(answer, of: index) }
        }
        return plan
    }

    private func parts(
        of record: MessageRecord, _ body: ArraySlice<UInt8>, _ direction: Direction
    ) -> [Part] {
        let digest = MessageReader.digest(of: body, direction: direction)
        guard record.kind == .batch else {
            return [
                Part(
                    digest: digest, exchange: record.exchange, text: body,
                    reduced: ReducedContent(record.redactions), record: record)
            ]
        }
        let ranges = Envelope.scan(body).members
        return zip(digest.members, ranges).enumerated().map { index, member in
            let (digest, range) = member
            let begun = exchanges.values.first {
                $0.requestSequence == record.sequence && $0.asker == direction && $0.id == digest.id
            }
            return Part(
                digest: digest, exchange: digest.kind == .request ? begun?.number : nil,
                text: Envelope.slice(range, of: body),
                reduced: ReducedContent(record.redactions, member: index), record: record)
        }
    }

    // MARK: The client

    private mutating func addClient(_ part: Part) -> ClientSending.Part {
        let digest = part.digest
        switch digest.kind {
        case .request:
            guard let id = digest.id, let method = digest.method else { return .foreign }
            let exchange = part.exchange.flatMap { exchanges[$0] }
            var request = PlannedRequest(
                exchange: part.exchange, id: id, method: method, name: digest.name,
                era: digest.era ?? exchange?.era ?? .legacy, text: part.text, reduced: part.reduced)
            request.duration = exchange?.duration
            request.httpStatus = exchange?.httpStatus
            request.isCancelled = exchange.map { $0.outcome == .cancelled || $0.outcome == .late } ?? false
            request.isAmbiguous = Self.isAmbiguous(part.text, method)
            request.isLongLived = MethodCatalogue[method]?.isLongLived ?? false
            let place = plan.requests.count
            plan.requests.append(request)
            if let exchange = part.exchange { requestOfExchange[exchange] = place }
            newestByID[id] = place
            streams[part.record.stream, default: []].append(place)
            open.append(place)
            last = place
            return .request(place)
        case .notification:
            let cancelled = digest.cancels.flatMap { newestByID[$0] }
            if let cancelled { plan.requests[cancelled].isCancelled = true }
            return .notification(text: part.text, method: digest.method ?? "", cancels: cancelled)
        case .response:
            let asked =
                part.exchange.flatMap { serverRequestOfExchange[$0] }
                ?? digest.id.flatMap { newestServerRequestByID[$0] }
            guard let asked else { return .foreign }
            plan.serverRequests[asked].answer = part.text
            plan.serverRequests[asked].answerIsReduced =
                !part.reduced.isEmpty || PlaceholderMatch.mayHoldPlaceholder(part.text)
            return .answer
        case .batch, .foreign, .standardError, .http: return .foreign
        }
    }

    /// Whether servers may read another method or tool in the request than we do: of a key that is there
    /// twice some take the first and some the last, and some read keys without regard to case.
    private static func isAmbiguous(_ text: ArraySlice<UInt8>, _ method: String) -> Bool {
        guard let root = JSONTree(text)?.root else { return true }
        func isUnique(_ key: String, in node: JSONTree.Node) -> Bool {
            node.members.count { $0.key.lowercased() == key } <= 1
        }
        guard isUnique("method", in: root), isUnique("params", in: root) else { return true }
        guard method == "tools/call" else { return false }
        guard let params = root["params"], params["name"]?.stringValue != nil else { return true }
        return !isUnique("name", in: params)
    }

    // MARK: The server

    private mutating func addServer(_ part: Part) {
        let digest = part.digest
        let owner = part.exchange.flatMap { requestOfExchange[$0] }
        switch digest.kind {
        case .response:
            guard let request = owner ?? digest.id.flatMap({ newestByID[$0] }) else { return }
            plan.requests[request].hasSeveralAnswers = plan.requests[request].answer != nil
            plan.requests[request].answer = part.text
            plan.requests[request].answerReduced = part.reduced
            plan.requests[request].answerSequence = part.record.sequence
            open.removeAll { $0 == request }
            noteTools(part.text, of: plan.requests[request])
            plan.steps.append(.answer(request: request))
        case .request:
            guard let id = digest.id, let method = digest.method else { return }
            if MethodCatalogue[method]?.isAlwaysAnswerable ?? false {
                // When a server asks whether we are there is up to its clock. Any is answered.
                newestServerRequestByID[id] = nil
                return
            }
            let parent = part.exchange.flatMap { exchanges[$0]?.parent }.flatMap { requestOfExchange[$0] }
            let place = plan.serverRequests.count
            plan.serverRequests.append(
                PlannedServerRequest(
                    exchange: part.exchange, id: id, method: method, text: part.text,
                    sequence: part.record.sequence, reduced: part.reduced, parent: parent))
            if let parent { plan.requests[parent].serverRequests.append(place) }
            if let exchange = part.exchange { serverRequestOfExchange[exchange] = place }
            newestServerRequestByID[id] = place
            plan.steps.append(.serverRequest(place))
        case .notification:
            guard let method = digest.method, method != "notifications/cancelled" else { return }
            let subscription = digest.subscriptionID.flatMap { newestByID[RequestID($0)] }
            let isProgress = method == "notifications/progress"
            // Under other numbering a stray token may be another request's.
            if isProgress, owner == nil { return }
            plan.notifications.append(
                PlannedNotification(
                    sequence: part.record.sequence, method: method, name: digest.name, text: part.text,
                    reduced: part.reduced, request: owner ?? subscription,
                    causes: open.isEmpty ? last.map { [$0] } ?? [] : open))
            plan.steps.append(.notification(plan.notifications.count - 1))
        case .foreign: if part.record.stream == .stdio { plan.hasForeignLines = true }
        case .batch, .standardError, .http: break
        }
    }

    private mutating func noteTools(_ answer: ArraySlice<UInt8>, of request: PlannedRequest) {
        guard request.method == "tools/list" else { return }
        for (name, isReadOnly) in ToolHints.read(answer) {
            plan.hasToolList = true
            plan.readOnlyTools[name] = isReadOnly
        }
    }

    // MARK: HTTP

    private mutating func addNote(_ record: MessageRecord, _ body: ArraySlice<UInt8>?) {
        switch body.flatMap({ HTTPNote(json: $0) }) {
        case .request(let head): if head.method == "GET" { gets.insert(record.stream) }
        case .closed(let closure):
            guard closure.closer == .client, closure.reason != .complete else { return }
            for request in streams[record.stream] ?? []
            where open.contains(request) && plan.requests[request].era == .modern {
                plan.requests[request].isCancelled = true
                open.removeAll { $0 == request }
                plan.steps.append(.letGo(request: request))
            }
        case .event(let bytes):
            if gets.contains(record.stream), String(decoding: bytes, as: UTF8.self).contains("endpoint") {
                plan.usesEventEndpoint = true
            }
        case .response, .trailers, .omitted, .edited, nil: break
        }
    }

    private func isEndpoint(_ record: MessageRecord) -> Bool {
        record.framing?.value(of: "event") == "endpoint"
    }
}

/// What a list of tools declares.
enum ToolHints {
    /// Each tool's name, and whether it declares that it only reads.
    static func read(_ answer: ArraySlice<UInt8>) -> [(name: String, isReadOnly: Bool)] {
        guard let tools = JSONTree(answer)?.root["result"]?["tools"] else { return [] }
        return tools.children.compactMap { tool in
            guard let name = tool["name"]?.stringValue else { return nil }
            return (name, tool["annotations"]?["readOnlyHint"]?.boolValue ?? false)
        }
    }
}
