internal import MCPSemantics
internal import NIOCore
internal import Recording
internal import Replay
internal import Wire

/// A response some of whose answers go wrong: what the server sends comes in, and waits for its time.
///
/// What is sent as it came goes on record when it is sent; what the client is not to get, when it came.
final class FaultedResponse {
    let plan: ResponsePlan
    /// What is to be sent: events, or the one body.
    var queue = FaultQueue()
    private let hasEvents: Bool
    private let faults: RelayFaults
    private let number: Int
    private let tap: any HTTPTap
    private let stream: StreamID
    private let route: String
    private let target: String
    private var cutter = EventCutter()
    private var body: [UInt8] = []
    /// What stands for the whole response; it is sent at the first answer, or at the first event.
    private var refusal: (answer: FaultedAnswer, isAtFirstEvent: Bool)?
    /// The refusal is in the queue: what the server still sends goes nowhere.
    private(set) var isRefused = false
    /// The body passes as it comes: it is too long.
    private var passes = false
    /// All of the server's response came.
    private(set) var isServerDone = false
    /// An answer was dropped: the client waits, whatever else happens.
    private(set) var staysOpen = false
    /// How it broke off on the server's side, once what came before is sent.
    private(set) var breach: (closure: StreamClosure, resets: Bool)?
    private(set) var hasSentHead = false
    /// The length of the body that is sent, where it is not the one that came.
    private var ownLength: Int?

    /// Bytes that wait, at most; beyond it the server is not read.
    static let sizeLimit = 64 << 20

    init(
        _ plan: ResponsePlan, hasEvents: Bool, _ faults: RelayFaults, _ number: Int, _ tap: any HTTPTap,
        _ exchange: RelayExchange
    ) {
        self.plan = plan
        self.hasEvents = hasEvents
        self.faults = faults
        self.number = number
        self.tap = tap
        stream = exchange.stream
        route = exchange.destination.route.name
        target = String(decoding: exchange.target, as: UTF8.self)
    }

    /// The head passes at once: events follow, each by itself.
    var isStream: Bool { hasEvents && refusal == nil }

    /// Another status stands for the whole response.
    func refuse(atFirstEvent isAtFirstEvent: Bool) {
        let answer = FaultedAnswer(faults.plan.faults(on: number), on: [])
        refusal = (answer, isAtFirstEvent)
        holdBack(answer.mark)
    }

    // MARK: What the server sends

    /// More of its body came.
    func take(_ content: [UInt8], at time: Int64) {
        guard !isRefused else { return }
        if hasEvents {
            cutter.push(content) { take($0, at: time) }
        } else if passes {
            queue.put(FaultQueue.Piece(content[...], due: time))
        } else {
            body += content
            guard body.count > EventCutter.eventLimit else { return }
            passes = true
            faults.plan.forget(number)
            queue.put(FaultQueue.Piece(body[...], due: time))
            body = []
        }
    }

    /// Its response is complete.
    func finish(at time: Int64) {
        isServerDone = true
        guard !isRefused else { return }
        if hasEvents {
            cutter.finish { take($0, at: time) }
            if refusal != nil { sendRefusal(at: time) }
        } else if !passes {
            takeWhole(at: time)
        }
    }

    /// Its response broke off.
    func breakOff(_ closure: StreamClosure, resets: Bool, at time: Int64) {
        isServerDone = true
        guard !isRefused else { return }
        if refusal != nil { return sendRefusal(at: time) }
        breach = (closure, resets)
        if hasEvents {
            cutter.finish { part in
                // Half an event is the last: what still waits would come inside of it.
                let due = part.isFirst ? max(time, queue.lastDue ?? time) : time
                queue.put(FaultedResponse.piece(of: part, at: due))
            }
        } else if !passes {
            queue.put(FaultQueue.Piece(body[...], due: time))
        }
    }

    private func take(_ part: EventCutter.Part, at time: Int64) {
        guard !isRefused else { return }
        if let refusal {
            tap.faulted(FaultMark(refusal.answer.mark, seenBy: .server), stream: stream)
            record(part.bytes)
            let data = ServerEvent(part.bytes).data[...]
            let kind = MessageReader.digest(of: data, direction: .serverToClient).kind
            // A server that asks something goes on when the client has answered, who is never asked.
            let isLast = kind == .response || kind == .batch || kind == .request
            if refusal.isAtFirstEvent || isLast { sendRefusal(at: time) }
            return
        }
        guard part.isFirst, part.isLast else {
            return queue.put(FaultedResponse.piece(of: part, at: time))
        }
        let event = ServerEvent(part.bytes)
        if event.isEndpoint {
            let url = String(decoding: event.data, as: UTF8.self)
            let endpoint = HTTPRecorder.target(of: url, from: target)
            faults.found(endpoint: endpoint, of: route, on: number, in: self)
        }
        let found = event.data.isEmpty ? [] : faults.plan.faults(with: event.data[...], on: number)
        guard !found.isEmpty else { return queue.put(FaultQueue.Piece(part.bytes, due: time)) }
        let answer = FaultedAnswer(found, on: event.data[...])
        if answer.isReplaced {
            tap.faulted(FaultMark(answer.mark, seenBy: .server), stream: stream)
            record(part.bytes)
        }
        put(answer, as: answer.messages.map { event.carrying($0) }, at: time)
    }

    /// The client of HTTP+SSE does not wait for the answer to `request` any more: what was not begun of it is
    /// dropped, and stands on record as what the server sent.
    func cancel(_ request: RequestID) {
        for dropped in queue.cancel(request) {
            tap.faulted(FaultMark(dropped.mark, seenBy: .server), stream: stream)
            record(dropped.bytes)
        }
    }

    /// An event, or a part of a long one, as it came.
    private static func piece(of part: EventCutter.Part, at time: Int64) -> FaultQueue.Piece {
        var piece = FaultQueue.Piece(part.bytes, due: time)
        piece.continues = !part.isFirst
        piece.isContinued = !part.isLast
        return piece
    }

    private func takeWhole(at time: Int64) {
        let found = faults.plan.faults(on: number)
        guard !found.isEmpty else { return queue.put(FaultQueue.Piece(body[...], due: time)) }
        let answer = FaultedAnswer(found, on: body[...])
        if answer.isReplaced {
            holdBack(answer.mark)
            record(body[...])
        }
        guard answer.status == nil else {
            refusal = (answer, true)
            return sendRefusal(at: time)
        }
        let sent = Array(answer.messages.joined(separator: [0x0A]))
        ownLength = sent.count
        put(answer, as: answer.messages.isEmpty ? [] : [sent[...]], at: time)
    }

    private func put(_ answer: FaultedAnswer, as messages: [ArraySlice<UInt8>], at time: Int64) {
        // No answer is not the end of the response, which would be one.
        if messages.isEmpty, answer.ending == nil { staysOpen = true }
        queue.put(answer, as: messages, at: time)
    }

    private func sendRefusal(at time: Int64) {
        guard let answer = refusal?.answer, let text = refusedText else { return }
        isRefused = true
        queue.put(answer, as: [Array(text.utf8)[...]], at: time)
    }

    private func holdBack(_ mark: String) {
        tap.faulted(FaultMark(mark, seenBy: .server), stream: stream)
        if let event = plan.event { tap.head(event, stream: stream) }
    }

    // MARK: What the client gets

    /// What `bytes` are sent as.
    func framed(
        _ bytes: ArraySlice<UInt8>, ending trailers: [UInt8]? = nil, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: bytes.count + 16)
        if isRefused {
            buffer.writeBytes(bytes)
        } else {
            ContentFraming(plan.framing).write(bytes, ending: trailers, to: &buffer)
        }
        return buffer
    }

    /// What follows, with its head where that was not sent yet, goes on record: the client gets it now.
    /// Answers the head that is to be written.
    func begin(mark: String?, isReplacement: Bool) -> Head? {
        if let mark, isReplacement {
            tap.faulted(FaultMark(mark, seenBy: .client), stream: stream)
        }
        let head = hasSentHead ? nil : self.head(isReplacement: isReplacement)
        hasSentHead = true
        if let mark, !isReplacement { tap.faulted(FaultMark(mark, seenBy: .both), stream: stream) }
        return head
    }

    /// A head that is written before the first byte of the body.
    enum Head {
        /// The server's, with its length changed to this where one is given.
        case passed(length: Int?)
        /// Ours, without the empty line that ends it.
        case own(String)
    }

    private func head(isReplacement: Bool) -> Head {
        if isRefused, let head = ownHead {
            tap.head(head.tapped, stream: stream)
            let fields = head.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
            return .own("HTTP/1.1 \(head.status) \(head.reason)\r\n\(fields)")
        }
        guard isReplacement, let ownLength else {
            if let event = plan.event { tap.head(event, stream: stream) }
            return .passed(length: nil)
        }
        if plan.event != nil {
            let fields = plan.fields.map { field in
                field.name.lowercased() == "content-length"
                    ? HTTPField(name: field.name, value: String(ownLength)) : field
            }
            let head = HTTPResponseHead(
                status: plan.head.status, reason: String(decoding: plan.head.reason, as: UTF8.self),
                minorVersion: plan.head.minorVersion, fields: fields)
            tap.head(head.tapped, stream: stream)
        }
        return .passed(length: ownLength)
    }

    private var refusedText: String? {
        refusal?.answer.status.map { "mcptape: \($0.code), as --fault asked for\n" }
    }

    private var ownHead: HTTPResponseHead? {
        guard let status = refusal?.answer.status, let text = refusedText else { return nil }
        var fields = MockFaults.fields(of: status).map { HTTPField(name: $0.name, value: $0.value) }
        fields.append(HTTPField(name: "Content-Length", value: String(text.utf8.count)))
        return HTTPResponseHead(
            status: status.code, reason: OwnAnswer.phrase(status.code), fields: fields, isOwn: true)
    }

    /// Puts content of the response on record.
    func record(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes {
            tap.body([0..<$0.count], of: $0, on: .serverToClient, stream: stream)
        }
    }
}

extension StreamClosure {
    /// A fault ended it.
    static let faulted = StreamClosure(.us, .reset, text: "as --fault asked for")
}
