public import Replay

/// Which answers of a proxy's upstreams go wrong.
public struct ProxyFaults: Sendable {
    let plan: FaultPlan
    let serverNames: [String: String]

    /// - Parameter serverNames: what a rule's `server:` means, by the name of the route.
    public init(_ plan: FaultPlan, serverNames: [String: String]) {
        self.plan = plan
        self.serverNames = serverNames
    }
}

/// What the connections of a proxy share of its faults. Used on the relay's loop alone.
final class RelayFaults {
    var plan: FaultPlan
    private let serverNames: [String: String]
    /// Where clients of HTTP+SSE post to, and the stream on which their answers come.
    private var endpoints: [Endpoint: Int] = [:]
    /// The responses on those streams.
    private var responses: [Int: FaultedResponse] = [:]
    /// A fault ended the server: nobody is answered any more.
    var isDead = false

    private struct Endpoint: Hashable {
        var route: String
        var target: String
    }

    init(_ faults: ProxyFaults) {
        plan = faults.plan
        serverNames = faults.serverNames
    }

    /// The client sent `body` on stream `number`, which its head began.
    func received(_ body: [UInt8], of exchange: RelayExchange, on number: Int) {
        let route = exchange.destination.route.name
        let target = String(decoding: exchange.target, as: UTF8.self)
        let answering = endpoints[Endpoint(route: route, target: target)]
        plan.received(body[...], on: number, answeredOn: answering, for: serverNames[route])
        if let answering, let request = FaultPlan.cancelled(by: body[...]) {
            responses[answering]?.cancel(request)
        }
    }

    /// The server told the client of `response`, on stream `number`, to post to `target`.
    func found(endpoint target: String, of route: String, on number: Int, in response: FaultedResponse) {
        endpoints[Endpoint(route: route, target: target)] = number
        responses[number] = response
    }

    /// Nothing comes on stream `number` any more.
    func closed(_ number: Int) {
        plan.forget(number)
        responses[number] = nil
        if !endpoints.isEmpty { endpoints = endpoints.filter { $0.value != number } }
    }
}
