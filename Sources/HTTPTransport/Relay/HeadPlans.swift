internal import NIOCore
internal import Recording

/// A request's head, and what follows from its bytes as long as the settings stay the same.
final class RequestPlan: HeadPlan {
    let head: MessageHead
    let fields: [HTTPField]
    let framing: BodyFraming
    /// The target in the upstream's own terms.
    let target: [UInt8]
    let destination: RelayTarget
    /// What a tap is told; nil when nothing is recorded.
    let event: TransportEvent?
    let isHead: Bool
    let omitsBodies: Bool
    /// The client ends its connection after the request.
    let closes: Bool
    /// What is sent to the upstream; nil when that is written anew each time.
    let forwarded: ByteBuffer?

    init(
        _ head: MessageHead, _ framing: BodyFraming, target: [UInt8], destination: RelayTarget,
        fields: [HTTPField], event: TransportEvent?, forwarded: ByteBuffer?
    ) {
        self.head = head
        self.framing = framing
        self.target = target
        self.destination = destination
        self.fields = fields
        self.event = event
        self.forwarded = forwarded
        omitsBodies = OAuthTraffic.isSecret(target: target[...], contentType: head.value(.contentType))
        isHead = head.method.elementsEqual("HEAD".utf8)
        closes = HopByHop(head).closes
    }
}

/// A response's head, and what follows from its bytes.
final class ResponsePlan: HeadPlan {
    let head: MessageHead
    let fields: [HTTPField]
    /// As an answer to another request than HEAD.
    let framing: BodyFraming
    /// What a tap is told; nil when nothing is recorded.
    let event: TransportEvent?
    /// The upstream ends its connection after the response.
    let closes: Bool
    /// What is sent to a client that goes on with its connection, where nothing in it is edited.
    let forwarded: ByteBuffer

    init(
        _ head: MessageHead, _ framing: BodyFraming, fields: [HTTPField], event: TransportEvent?,
        _ allocator: ByteBufferAllocator
    ) {
        self.head = head
        self.framing = framing
        self.fields = fields
        self.event = event
        closes = HopByHop(head).closes
        var buffer = allocator.buffer(capacity: head.bytes.count + 2)
        ForwardedHead.write(response: head, edits: ForwardedHead.ResponseEdits(), to: &buffer)
        forwarded = buffer
    }
}
