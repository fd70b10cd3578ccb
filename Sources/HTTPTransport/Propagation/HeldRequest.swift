internal import NIOCore
internal import Recording

/// A request of which nothing is passed on before its body is complete: a span is put into it then.
final class HeldRequest {
    let plan: RequestPlan
    let injected: [ForwardedHead.InjectedField]
    /// The body as it came.
    fileprivate var raw = ByteBuffer()
    /// The same after transfer coding.
    fileprivate var content: [UInt8] = []

    /// A longer one passes as it comes; so do longer lines on stdio.
    static let sizeLimit = 1 << 20

    init(_ plan: RequestPlan, _ injected: [ForwardedHead.InjectedField]) {
        self.plan = plan
        self.injected = injected
    }

    /// Headers that a body must fit as it is. RFC 9530, RFC 9421, RFC 3230, RFC 2616 §14.15, AWS SigV4.
    private static let promises: [StaticString] = [
        "content-digest", "repr-digest", "signature", "digest", "content-md5", "x-amz-content-sha256",
    ]

    /// Whether a request may hold what is edited. Who waits for leave to send its body would wait for ever.
    static func canBegin(_ plan: RequestPlan) -> Bool {
        let head = plan.head
        switch plan.framing {
        case .none, .untilClose: return false
        case .length(let length): if length == 0 || length > sizeLimit { return false }
        case .chunked: break
        }
        let type = HTTPText.trimmed((head.value(.contentType) ?? []).prefix { $0 != UInt8(ascii: ";") })
        return !plan.omitsBodies && head.method.elementsEqual("POST".utf8)
            && HTTPText.matches(type, "application/json") && head.value(.contentEncoding) == nil
            && head.value(named: "expect") == nil
            && !promises.contains { head.value(named: $0) != nil }
    }

    /// `pieces` of `bytes` are the next content of the body.
    func heard(_ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer) {
        for piece in pieces { content.append(contentsOf: bytes[piece]) }
    }
}

extension RelayConnection {
    /// Takes more of a request's body that is held; passes all of it on when nothing more is waited for.
    func take(_ bytes: ByteBuffer, _ held: HeldRequest, of exchange: RelayExchange) {
        held.raw.writeImmutableBuffer(bytes)
        let isComplete = exchange.request.isComplete
        guard isComplete || held.raw.readableBytes > HeldRequest.sizeLimit else { return }
        exchange.held = nil
        let edits = isComplete ? hub.propagator?.edits(of: held.content[...]) ?? [] : []
        if let buffer = edited(held, edits, of: exchange) { return forward(exchange, buffer) }
        var buffer = held.plan.forwarded ?? written(held.plan, held.injected)
        buffer.writeImmutableBuffer(held.raw)
        forward(exchange, buffer)
    }

    /// Nil where nothing is edited, or it cannot be recorded.
    private func edited(
        _ held: HeldRequest, _ edits: [ForwardedEdit], of exchange: RelayExchange
    ) -> ByteBuffer? {
        guard !edits.isEmpty else { return nil }
        let content = TracePropagator.applied(edits, to: held.content[...])
        let length = held.plan.head.edit(ofLength: content.count)
        let all = (length.map { [$0] } ?? []) + edits
        guard hub.tap.takesEdits(all, on: .clientToServer, stream: exchange.stream) else { return nil }
        var injected = held.injected
        if case .field(_, let name)? = length?.place {
            injected.append(.init(name: Array(name.utf8), value: Array(String(content.count).utf8)))
        }
        var buffer = written(held.plan, injected)
        ContentFraming(held.plan.framing).write(content, ending: exchange.request.trailers, to: &buffer)
        return buffer
    }
}
