import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What `--fault` did to a response, on record.
struct HTTPRecorderFaultTests {
    private static let ask = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
    private static let answer = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#
    private static let failure = #"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#

    private static func mark(_ side: FaultMark.Side, _ id: StreamID, _ traffic: inout HTTPTraffic) {
        traffic.observe(
            .faulted(FaultMark("f", seenBy: side), lane: .serverToClient, stream: id, at: traffic.time))
    }

    /// Of each s2c message: who saw it, its kind, whether it belongs to an exchange.
    private static func messages(_ traffic: HTTPTraffic) -> [String] {
        traffic.sessions.flatMap(\.events).compactMap { event in
            guard case .message(let message) = event, message.lane == .serverToClient else { return nil }
            let side = message.fault.map { "\($0.side)" } ?? "-"
            return "\(side) \(message.kind) \(message.exchange == nil ? "free" : "answer")"
        }
    }

    private static func exchange(_ traffic: HTTPTraffic) -> Exchange? {
        traffic.sessions.flatMap(\.events).reversed().lazy.compactMap { event in
            if case .exchange(let exchange) = event { exchange } else { nil }
        }.first
    }

    /// A body that was replaced, or a status; `cut` after each event to go on from a checkpoint.
    private static func replaced(by status: Int, _ body: String) -> HTTPTraffic {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: ask)
        mark(.server, id, &traffic)
        traffic.head(id, 200)
        traffic.send(answer, .serverToClient, id)
        mark(.client, id, &traffic)
        traffic.head(id, status, type: status == 200 ? "application/json" : "text/plain")
        traffic.send(body, .serverToClient, id)
        traffic.close(id)
        return traffic
    }

    @Test func `of a replaced body both sides are kept, and the client's is the answer`() {
        let traffic = Self.replaced(by: 200, Self.failure)
        #expect(
            Self.messages(traffic) == [
                "server http free", "server response free", "client http free", "client response answer",
            ])
        #expect(Self.exchange(traffic)?.error?.code == "-1")
    }

    @Test func `a status answers, whatever the server said`() {
        let traffic = Self.replaced(by: 429, "slow down")
        #expect(Self.messages(traffic).prefix(2) == ["server http free", "server response free"])
        #expect(Self.exchange(traffic)?.error?.code == "\"HTTP 429\"")
    }

    @Test func `an event that was held back is not one that the client has`() {
        var traffic = HTTPTraffic()
        let client = HTTPTraffic.Client(session: "s")
        let id = traffic.request("POST", "/mcp", client, body: Self.ask)
        traffic.head(id, 200, type: "text/event-stream")
        traffic.send("id: 4\ndata:\n\n", .serverToClient, id)
        Self.mark(.server, id, &traffic)
        traffic.send("id: 5\ndata: \(Self.answer)\n\n", .serverToClient, id)
        #expect(Self.exchange(traffic)?.error == nil)
        traffic.close(id, StreamClosure(.us, .reset))
        // It comes back for it.
        let more = [HTTPField(name: "last-event-id", value: "4")]
        let again = traffic.request("GET", "/mcp", HTTPTraffic.Client(session: "s", more: more))
        traffic.head(again, 200, type: "text/event-stream")
        traffic.send("id: 5\ndata: \(Self.answer)\n\n", .serverToClient, again)
        let messages = Self.messages(traffic).filter { $0.contains("response") }
        #expect(messages == ["server response free", "- response answer"])
    }

    @Test func `a mark outlives a checkpoint`() {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: Self.ask)
        Self.mark(.server, id, &traffic)
        let state = traffic.recorder.checkpoint()
        let resumed = HTTPRecorder(listener: HTTPTraffic.listener, resuming: state) { _ in nil }
        #expect(resumed.streams.all[id.number]?.fault == FaultMark("f", seenBy: .server))
    }
}
