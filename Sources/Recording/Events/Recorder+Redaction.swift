import MCPSemantics
import Wire

/// What of a message is told when it is put on record: nothing that the rules find.
extension Recorder {
    /// What of a whole message goes on record: its bytes, and what its digest tells, without secrets.
    ///
    /// By the digest as it comes back exchanges are joined as exactly as by the message itself: what joins
    /// them is the protocol's own and is never redacted there.
    func onRecord(
        _ bytes: ArraySlice<UInt8>, _ digest: MessageDigest, _ direction: Direction?,
        on stream: StreamID = .stdio
    ) -> (digest: MessageDigest, body: Body) {
        var (digest, kept, redactions) = (digest, bytes, [] as [Redaction])
        if let redactor {
            let redacted = redactor.redact(bytes, in: context(of: digest, direction, stream, redactor))
            (kept, redactions) = (redacted.bytes, redacted.redactions)
            if !redactions.isEmpty, let direction {
                digest.takeTexts(of: MessageReader.digest(of: kept, direction: direction))
            }
        }
        guard session.capture == .payloads else { return (digest, Body(.omitted)) }
        var body = Body(.inline(kept))
        // The limit is the wire's: a placeholder that is longer than its secret cuts nothing.
        if isOverLimit(bytes.count) {
            body = Body(
                .inline(kept.prefix(session.messageLimit)), truncatedFrom: SHA256.digest(of: bytes))
        }
        body.redactions = redactions
        return (digest, body)
    }

    /// What the rules may ask of a message. Of a response it is the method of the request that it answers.
    private func context(
        of digest: MessageDigest, _ direction: Direction?, _ stream: StreamID, _ redactor: Redactor
    ) -> RedactionContext {
        var context = RedactionContext(direction: direction, kind: digest.kind)
        if digest.kind != .response {
            (context.method, context.name) = (digest.method, digest.name)
        } else if redactor.asksForRequests, let id = digest.id, let direction,
            let request = exchanges.request(answeredBy: id, from: direction, on: stream.number)
        {
            (context.method, context.name) = (request.method, request.name)
        }
        return context
    }

    /// What the message is, is read from what is put on record of it, so that no secret gets into the index.
    /// What is beyond the message limit is read and not kept.
    func redact(
        _ bytes: ArraySlice<UInt8>, isKept: Bool, isLast: Bool = false, of large: inout LargeMessage,
        _ events: inout [RecordedEvent]
    ) {
        var redacted: [UInt8] = []
        large.redaction?.push(bytes, isLast: isLast, into: &redacted)
        large.scanner?.push(redacted[...])
        if isKept, session.capture == .payloads { append(redacted[...], to: &large, &events) }
    }
}

extension MessageDigest {
    /// Takes over the texts that are told to people from the digest of the same message without its secrets.
    fileprivate mutating func takeTexts(of redacted: MessageDigest) {
        name = redacted.name
        error = redacted.error
        handshake = redacted.handshake
        for index in members.indices where index < redacted.members.count {
            members[index].takeTexts(of: redacted.members[index])
        }
    }
}
