internal import Replay

/// Makes answers go wrong on their way to the connections. Pure: effects in, steps out.
struct MockFaults {
    var plan: FaultPlan
    /// Streams whose response was replaced or is never to come: the server's own is left out.
    private var silenced: Set<Int> = []
    /// Streams on which something of ours waits or was sent: what follows comes behind it.
    private var queued: Set<Int> = []

    init(_ plan: FaultPlan) { self.plan = plan }

    /// What is to be sent on streams of HTTP+SSE, on each of which many requests are answered.
    private var queues: [Int: FaultQueue] = [:]

    /// The client asks with `body` on `stream`, and is answered on `other` with HTTP+SSE.
    mutating func received(
        _ body: ArraySlice<UInt8>, on stream: Int, answeredOn other: Int? = nil, for server: String? = nil
    ) {
        plan.received(body, on: stream, answeredOn: other, for: server)
        guard let other else { return }
        if queues[other] == nil, plan.hasOpen(on: other) { queues[other] = FaultQueue() }
        if let request = FaultPlan.cancelled(by: body) { _ = queues[other]?.cancel(request) }
    }

    /// Takes an event for a stream of HTTP+SSE on which answers go wrong; false for others.
    mutating func queue(_ text: [UInt8], on stream: Int, at time: Int64) -> Bool {
        guard queues[stream] != nil else { return false }
        let message = MockFaults.message(of: text)
        let faults = plan.faults(with: message, on: stream)
        if faults.isEmpty {
            queues[stream]?.put(FaultQueue.Piece(text[...], due: time))
        } else {
            let answer = FaultedAnswer(faults, on: message)
            let events = answer.messages.map { MockSession.event($0, id: nil)[...] }
            queues[stream]?.put(answer, as: events, at: time)
        }
        return true
    }

    /// What is to be done on such a stream at `time`; nil: nothing yet.
    mutating func step(on stream: Int, at time: Int64) -> FaultQueue.Step? {
        queues[stream]?.step(at: time)
    }

    /// When the next of it is due; nil: not before something happens.
    func next(on stream: Int) -> Int64? { queues[stream]?.next }

    /// The stream is over, or its connection gone.
    mutating func closed(_ stream: Int) {
        plan.forget(stream)
        silenced.remove(stream)
        queued.remove(stream)
        queues[stream] = nil
    }

    /// What is done instead of `effect`, in order; nil: the effect itself, now.
    mutating func steps(for effect: MockEffect) -> [MockStep]? {
        switch effect {
        case .missed: return nil
        case .answer(let stream, let status, let fields, let body):
            let faults = plan.faults(on: stream)
            guard !faults.isEmpty else { return nil }
            return whole(FaultedAnswer(faults, on: body), stream, status, fields)
        case .open(let stream, let fields): return open(stream, fields)
        case .text(let stream, let text):
            guard !silenced.contains(stream) else { return [] }
            let message = MockFaults.message(of: text)
            let faults = plan.faults(with: message, on: stream)
            guard !faults.isEmpty else { return queued.contains(stream) ? [.effect(effect)] : nil }
            queued.insert(stream)
            return event(FaultedAnswer(faults, on: message), stream, text)
        case .end(let stream):
            guard !silenced.contains(stream) else { return [] }
            return queued.contains(stream) ? [.effect(effect)] : nil
        }
    }

    // MARK: Bodies

    private mutating func whole(
        _ answer: FaultedAnswer, _ stream: Int, _ status: Int, _ fields: [MockField]
    ) -> [MockStep] {
        queued.insert(stream)
        let wait: [MockStep] = answer.delay > 0 ? [.wait(answer.delay)] : []
        if let refusal = answer.status { return wait + [.effect(MockFaults.refusal(refusal, stream))] }
        if answer.ending == .kill { return wait + [.kill] }
        guard !answer.messages.isEmpty else { return [] }
        let body = answer.messages.joined(separator: [0x0A])
        // An error of revision 2026-07-28 keeps the status that the answer had: the fault is the message.
        guard answer.pause != nil || answer.ending != nil else {
            return wait + [.effect(.answer(stream, status: status, fields: fields, body: Array(body)[...]))]
        }
        let bytes = Array(body)[...]
        let sent = answer.ending == .disconnect ? FaultedAnswer.half(of: bytes) : bytes
        let head = MockStep.head(stream, status: status, fields: fields, length: bytes.count)
        return wait + [head]
            + MockFaults.paced(sent, answer.pause) { .raw(stream, $0) }
            + [answer.ending == .disconnect ? .reset(stream) : .finish(stream)]
    }

    private static func refusal(_ status: FaultedAnswer.Status, _ stream: Int) -> MockEffect {
        let text = "mcptape: \(status.code), as --fault asked for\n"
        return .answer(stream, status: status.code, fields: fields(of: status), body: Array(text.utf8)[...])
    }

    /// The fields of a response that is no more than `status`, but for its length.
    static func fields(of status: FaultedAnswer.Status) -> [MockField] {
        var fields = [MockField(name: "Content-Type", value: "text/plain; charset=utf-8")]
        if let seconds = status.retryAfter {
            fields.append(MockField(name: "Retry-After", value: "\(seconds)"))
        }
        if status.code == 401 {
            // RFC 9110 §15.5.2: a 401 names at least one challenge.
            fields.append(MockField(name: "WWW-Authenticate", value: "Bearer error=\"invalid_token\""))
        }
        return fields
    }

    // MARK: Event streams

    /// A status must be sent before anything else of the response, and so is decided here.
    private mutating func open(_ stream: Int, _ fields: [MockField]) -> [MockStep]? {
        guard plan.hasOpenStatus(on: stream) else { return nil }
        silenced.insert(stream)
        return whole(FaultedAnswer(plan.faults(on: stream), on: []), stream, 200, fields)
    }

    private mutating func event(_ answer: FaultedAnswer, _ stream: Int, _ text: [UInt8]) -> [MockStep] {
        let wait: [MockStep] = answer.delay > 0 ? [.wait(answer.delay)] : []
        if answer.ending == .kill { return wait + [.kill] }
        guard !answer.messages.isEmpty else {
            // No answer is not the end of the stream, which would be one.
            silenced.insert(stream)
            return []
        }
        let id = MockFaults.eventID(of: text)
        let events = answer.messages.flatMap { MockSession.event($0, id: id) }[...]
        guard answer.ending == .disconnect else {
            return wait + MockFaults.paced(events, answer.pause) { .effect(.text(stream, Array($0))) }
        }
        silenced.insert(stream)
        return wait
            + MockFaults.paced(FaultedAnswer.half(of: events), answer.pause) {
                .effect(.text(stream, Array($0)))
            } + [.reset(stream)]
    }

    /// The message in an event of `MockSession.event`.
    private static func message(of event: [UInt8]) -> ArraySlice<UInt8> {
        let prefix = Array("data: ".utf8)
        let lines = event.split(separator: 0x0A).filter { $0.starts(with: prefix) }
        return Array(lines.map { $0.dropFirst(prefix.count) }.joined(separator: [0x0A]))[...]
    }

    private static func eventID(of event: [UInt8]) -> String? {
        let prefix = Array("id: ".utf8)
        guard event.starts(with: prefix) else { return nil }
        return String(decoding: event.prefix { $0 != 0x0A }.dropFirst(prefix.count), as: UTF8.self)
    }

    /// `bytes` as one step, or each by itself with a pause between two.
    private static func paced(
        _ bytes: ArraySlice<UInt8>, _ pause: Int64?, _ step: (ArraySlice<UInt8>) -> MockStep
    ) -> [MockStep] {
        guard let pause else { return [step(bytes)] }
        return bytes.indices.flatMap { [step(bytes[$0...$0]), .wait(pause)] }
    }
}

/// What is done in the place of an effect, on the stream that the effect was for.
enum MockStep: Equatable {
    /// Nanoseconds until the next step of this stream.
    case wait(Int64)
    case effect(MockEffect)
    /// The head of a response whose body follows in pieces.
    case head(Int, status: Int, fields: [MockField], length: Int)
    /// A piece of that body.
    case raw(Int, ArraySlice<UInt8>)
    /// That response is complete.
    case finish(Int)
    /// The connection is reset.
    case reset(Int)
    /// The server's process ends.
    case kill
}

extension MockEffect {
    /// The stream that it is for.
    var stream: Int? {
        switch self {
        case .answer(let stream, _, _, _), .open(let stream, _), .text(let stream, _), .end(let stream):
            stream
        case .missed: nil
        }
    }
}
