internal import NIOCore
internal import Recording

/// One request and its response while they are relayed.
final class RelayExchange {
    let stream: StreamID
    let head: MessageHead
    /// Where it goes to.
    let destination: RelayTarget
    let isHead: Bool
    /// Bodies are counted, not recorded.
    let omitsBodies: Bool
    /// We end the client's connection after the response.
    var closes: Bool
    var request: BodyReader
    /// The final response's body; nil until its head came.
    var response: BodyReader?
    /// The head for the upstream, and what may follow it, while there is no connection.
    var pendingHead: ByteBuffer?
    /// The target in the upstream's own terms.
    let target: [UInt8]
    /// Set on a response whose body may be edited.
    var edited: (any EditedBody)?
    /// Set when its answers may go wrong on purpose.
    var faulted: FaultedExchange?
    /// Set while nothing of it was passed on, so that a span can be put into it.
    var held: HeldRequest?

    init(stream: StreamID, _ plan: RequestPlan) {
        self.stream = stream
        head = plan.head
        destination = plan.destination
        target = plan.target
        request = BodyReader(plan.framing)
        omitsBodies = plan.omitsBodies
        isHead = plan.isHead
        closes = plan.closes
    }

    var isComplete: Bool { request.isComplete && response?.isComplete == true }
}

/// One connection to an upstream, from the attempt to its end.
final class UpstreamLink {
    let target: RelayTarget
    var channel: (any Channel)?
    /// Connected, and with TLS the handshake is done.
    var isReady = false
    /// The upstream ends it after the response that is coming.
    var closes = false
    /// The first thing that went wrong.
    var error: (any Error)?
    var input = ByteBuffer()
    var heads = HeadReader()
    var isReading = true
    var timeout: Scheduled<Void>?

    init(_ target: RelayTarget) { self.target = target }
}
