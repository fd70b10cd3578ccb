internal import MCPSemantics
internal import Wire

/// What a client gets in the place of an answer with faults.
public struct FaultedAnswer: Sendable, Equatable {
    /// How much later than the answer, in nanoseconds.
    public private(set) var delay: Int64 = 0
    /// What is sent in the answer's place, in order: lines on stdio, events of a stream. Empty: nothing.
    public private(set) var messages: [ArraySlice<UInt8>]
    /// One byte at a time, with this pause in nanoseconds; nil: at once.
    public private(set) var pause: Int64?
    /// What ends with it.
    public private(set) var ending: Ending?
    /// The whole HTTP response instead.
    public private(set) var status: Status?
    /// What was done, as in `delay:500ms, malformed`: the mark in a recording.
    public private(set) var mark: String
    /// Whether the client does not get the answer as it was.
    public var isReplaced: Bool { messages != [original] || status != nil || ending != nil }

    private let original: ArraySlice<UInt8>
    /// The requests that it answers, of those with faults.
    let requests: Set<RequestID>

    /// What ends with a faulted answer.
    public enum Ending: Sendable, Hashable {
        /// Half of the messages' bytes are sent, then the connection is cut; on stdio output is closed.
        case disconnect
        /// The server's process.
        case kill
    }

    /// An HTTP status that stands for the response.
    public struct Status: Sendable, Hashable {
        public var code: Int
        /// `Retry-After` in seconds.
        public var retryAfter: Int?
    }

    /// Applies `faults`, of which there is at least one, to `answer`: one message without its line end.
    ///
    /// Of several that replace the answer the first counts; then what damages it, in the order of the cases
    /// here. A fault of a batch's member that replaces an answer replaces that member.
    public init(_ faults: [Fault], on answer: ArraySlice<UInt8>) {
        original = answer
        requests = Set(faults.map(\.request))
        mark = FaultedAnswer.mark(of: faults)
        var bytes = answer
        var isGone = false
        var replaced: Set<RequestID> = []
        for fault in faults {
            switch fault.action {
            case .delay(.fixed(let time)): delay += time
            case .delay: preconditionFailure("a plan draws its delays")
            case .error(let code, let message):
                guard replaced.insert(fault.request).inserted else { continue }
                let response = FaultText.error(code, message, to: fault.request)
                bytes = FaultText.replacing(fault.request, in: bytes, with: response)
            case .toolError(let text):
                guard replaced.insert(fault.request).inserted else { continue }
                let response = FaultText.toolError(text, to: fault.request, like: answer)
                bytes = FaultText.replacing(fault.request, in: bytes, with: response)
            case .wrongID: bytes = FaultText.renaming(fault.request, in: bytes)
            case .http(let code, let retryAfter):
                if status == nil { status = Status(code: code, retryAfter: retryAfter) }
            case .drop: isGone = true
            case .disconnect: ending = ending ?? .disconnect
            case .kill: ending = .kill
            case .trickle(let time): pause = time
            case .malformed, .junk, .duplicate: break
            }
        }
        if faults.contains(where: { $0.action == .malformed }) { bytes = bytes.prefix(bytes.count / 2) }
        messages = isGone || ending == .kill ? [] : [bytes]
        if faults.contains(where: { $0.action == .duplicate }) { messages += messages }
        messages = faults.compactMap(\.junk) + messages
    }

    /// As much of `bytes` as comes before the connection is cut.
    public static func half(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.prefix(halfCount(of: bytes.count))
    }

    static func halfCount(of count: Int) -> Int { count / 2 }

    private static func mark(of faults: [Fault]) -> String {
        var words: [String] = []
        for word in faults.map(\.word) where !words.contains(word) { words.append(word) }
        return words.joined(separator: " ")
    }
}

extension Fault {
    fileprivate var junk: ArraySlice<UInt8>? {
        guard case .junk(let text) = action else { return nil }
        return Array(text.utf8)[...]
    }

    /// As a rule would say it, with what chance decided: the delay that was drawn.
    fileprivate var word: String {
        switch action {
        case .delay(.fixed(let time)): "delay:\(time / 1_000_000)ms"
        case .delay: "delay"
        case .error(let code, let message): FaultWord("error", "\(code):\(message)").written
        case .toolError(let text): FaultWord("tool_error", text).written
        case .http(let status, let retryAfter):
            "http:\(status)" + (retryAfter.map { " retry_after:\($0)s" } ?? "")
        case .drop: "drop"
        case .disconnect: "disconnect"
        case .trickle: "trickle"
        case .malformed: "malformed"
        case .junk(let text): FaultWord("junk", text).written
        case .duplicate: "duplicate"
        case .wrongID: "wrong_id"
        case .kill: "kill"
        }
    }
}

/// The texts that stand for answers.
private enum FaultText {
    static func error(_ code: Int, _ message: String, to id: RequestID) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: id.text.utf8)
            json.member("error") {
                $0.object {
                    $0.member("code", code)
                    $0.member("message", message)
                }
            }
        }
        return json.bytes
    }

    /// A tool's failure. The modern era's results say of which type they are; `answer` tells the era.
    static func toolError(_ text: String, to id: RequestID, like answer: ArraySlice<UInt8>) -> [UInt8] {
        let isTyped = MessageReader.digest(of: answer, direction: .serverToClient).resultType != nil
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: id.text.utf8)
            json.member("result") {
                $0.object { json in
                    if isTyped { json.member("resultType", "complete") }
                    json.member("content") {
                        $0.array {
                            $0.object {
                                $0.member("type", "text")
                                $0.member("text", text)
                            }
                        }
                    }
                    json.member("isError", true)
                }
            }
        }
        return json.bytes
    }

    /// `message` with `response` in the place of what answers `id`: all of it, or a batch's member.
    static func replacing(
        _ id: RequestID, in message: ArraySlice<UInt8>, with response: [UInt8]
    ) -> ArraySlice<UInt8> {
        guard let member = place(of: id, in: message) else { return message }
        return spliced(message, at: member.range, with: response)
    }

    /// `message` with another id in what answers `id`.
    static func renaming(_ id: RequestID, in message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let member = place(of: id, in: message) else { return message }
        return spliced(message, at: member.id, with: Array(otherID(than: id).utf8))
    }

    /// An id of the same type that no client of numbers counts up to.
    private static func otherID(than id: RequestID) -> String {
        if let number = Int(id.text) { return String(number &+ 1_000_000) }
        return id.text.hasPrefix("\"") ? id.text.dropLast() + "-wrong\"" : "\"wrong\""
    }

    /// Where the response to `id` and its id stand in `message`.
    private static func place(
        of id: RequestID, in message: ArraySlice<UInt8>
    ) -> (range: Range<Int>, id: Range<Int>)? {
        let envelope = Envelope.scan(message)
        let ranges = envelope.shape == .batch ? envelope.members : [0..<message.count]
        for range in ranges {
            let member = Envelope.slice(range, of: message)
            guard let inner = Envelope.scan(member).id,
                RequestID(UTF8Text.repaired(Envelope.slice(inner, of: member))) == id
            else { continue }
            let start = range.lowerBound
            return (range, start + inner.lowerBound..<start + inner.upperBound)
        }
        return nil
    }

    private static func spliced(
        _ message: ArraySlice<UInt8>, at range: Range<Int>, with bytes: [UInt8]
    ) -> ArraySlice<UInt8> {
        var splice = JSONSplice()
        splice.replace(range, with: bytes)
        return splice.result(on: message)
    }
}
