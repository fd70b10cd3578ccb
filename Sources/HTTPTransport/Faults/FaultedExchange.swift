internal import MCPSemantics
internal import NIOCore
internal import Recording
internal import Replay
internal import Wire

/// One exchange of a relay some of whose answers go wrong: what was asked, and what becomes of the response.
final class FaultedExchange {
    private let faults: RelayFaults
    /// What tells the plan its requests from others with the same id.
    private let number: Int
    /// What has come of the request; nil when it is too long to be looked at, or was.
    private var request: [UInt8]? = []
    /// Its answer comes when a subscription ends.
    private var isLongLived = false
    /// Nil: the response passes as it comes.
    private(set) var response: FaultedResponse?
    private var timer: Scheduled<Void>?

    init(_ exchange: RelayExchange, _ faults: RelayFaults) {
        self.faults = faults
        number = Int(exchange.stream.number)
    }

    /// More waits to be sent than is held.
    var isFull: Bool { (response?.queue.size ?? 0) >= FaultedResponse.sizeLimit }

    /// `pieces` of `bytes` are the next content of the request.
    func heard(_ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer) {
        for piece in pieces { request?.append(contentsOf: bytes[piece]) }
        // docs/faults.md: a longer request is never faulted.
        if request?.count ?? 0 > EventCutter.eventLimit { request = nil }
    }

    /// The request is complete.
    func finishRequest(of exchange: RelayExchange) {
        guard let body = request, !body.isEmpty else { return }
        request = nil
        let method = MessageReader.digest(of: body[...], direction: .clientToServer).method
        isLongLived = method.flatMap { MethodCatalogue[$0]?.isLongLived } ?? false
        faults.received(body, of: exchange, on: number)
    }

    /// Whether the response that `plan` begins is ours to send; the other ones pass.
    func begins(_ plan: ResponsePlan, of exchange: RelayExchange, tap: any HTTPTap) -> Bool {
        let head = plan.head
        if let coding = head.value(.contentEncoding), !HTTPText.matches(coding, "identity") { return false }
        let type = HTTPText.trimmed((head.value(.contentType) ?? []).prefix { $0 != UInt8(ascii: ";") })
        let hasEvents = head.status == 200 && HTTPText.matches(type, "text/event-stream")
        // On the stream of HTTP+SSE come answers to what is asked later.
        let isLegacyStream =
            hasEvents && exchange.head.method.elementsEqual("GET".utf8)
            && exchange.head.value(named: "mcp-session-id") == nil
            && exchange.head.value(named: "mcp-protocol-version") == nil
        guard isLegacyStream || faults.plan.hasOpen(on: number) else { return false }
        let response = FaultedResponse(plan, hasEvents: hasEvents, faults, number, tap, exchange)
        if hasEvents, faults.plan.hasOpenStatus(on: number) { response.refuse(atFirstEvent: isLongLived) }
        self.response = response
        return true
    }

    /// Does `work` when the next thing is due.
    func schedule(on loop: any EventLoop, _ work: @escaping () -> Void) {
        timer?.cancel()
        timer = nil
        guard let next = response?.queue.next else { return }
        timer = loop.assumeIsolated().scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(clamping: next)), work)
    }

    /// The exchange is over.
    func close() {
        timer?.cancel()
        timer = nil
        faults.closed(number)
    }
}
