import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

@testable import Exporters

/// What a span says beside its exchange: who spoke over what, and how it failed.
struct SpanRulesTests {
    private func rules(
        _ transport: SessionDescription.Transport, _ url: String = "https://[::1]:8443/mcp",
        client: String? = nil
    ) -> SpanRules {
        var description = SessionDescription(id: SessionID("s"), name: "fs", transport: transport)
        description.command = [url]
        var state = SessionState()
        state.clientAddress = client
        state.revision = "2025-11-25"
        return SpanRules(SessionSummary(description: description, state: state), TraceOptions())
    }

    private func exchange(
        _ asker: Direction = .clientToServer, _ method: String = "tools/call", error: String? = nil,
        outcome: Exchange.Outcome = .ok
    ) -> Exchange {
        var exchange = Exchange(
            number: 1, asker: asker, id: RequestID("1"), method: method, name: "add", era: .legacy,
            requestSequence: 1, requestTime: .zero, requestSize: 9)
        exchange.outcome = outcome
        exchange.error = error.map { ResponseError(code: $0, message: "no") }
        return exchange
    }

    private func attributes(_ exchange: Exchange, _ rules: SpanRules) -> [String: OTLPValue] {
        let list = rules.attributes(
            of: exchange, RequestFacts(), failure: SpanRules.failure(of: exchange)?.type)
        return Dictionary(list.map { ($0.key, $0.value) }) { first, _ in first }
    }

    @Test func `over HTTP a client's span names the server, a server's the client`() {
        let rules = rules(.http, client: "[::1]")
        let asked = attributes(exchange(), rules)
        #expect(asked["server.address"] == .string("::1") && asked["server.port"] == .int(8443))
        #expect(asked["network.transport"] == .string("tcp"))
        #expect(asked["network.protocol.name"] == .string("http"))
        #expect(asked["network.protocol.version"] == .string("1.1"))
        #expect(asked["gen_ai.operation.name"] == .string("execute_tool"))
        #expect(asked["mcp.protocol.version"] == .string("2025-11-25"))
        #expect(asked["client.address"] == nil)
        let asking = attributes(exchange(.serverToClient, "sampling/createMessage"), rules)
        #expect(asking["client.address"] == .string("::1"))
        #expect(asking["server.address"] == nil && asking["gen_ai.operation.name"] == nil)
    }

    @Test(arguments: [SessionDescription.Transport.stdio, .http])
    func `who has no address is not named`(transport: SessionDescription.Transport) {
        let rules = rules(transport, client: transport == .http ? "unix" : nil)
        let told = attributes(exchange(.serverToClient, "roots/list"), rules)
        #expect(told["client.address"] == nil)
        #expect(told["network.protocol.name"] == (transport == .http ? .string("http") : nil))
    }

    @Test(arguments: [
        ("-32602", "-32602", "-32602"), ("\"HTTP 502\"", "502", nil),
        ("\"connect_timeout\"", "timeout", nil), ("\"disconnected\"", "disconnected", nil),
    ])
    func `what HTTP failed with is no code of an answer`(code: String, type: String, status: String?) {
        let told = attributes(exchange(error: code, outcome: .error), rules(.http))
        #expect(told["error.type"] == .string(type))
        #expect(told["rpc.response.status_code"] == status.map { .string($0) })
    }

    @Test func `a late error has its code, and was cancelled`() {
        let told = attributes(exchange(error: "-32800", outcome: .late), rules(.stdio))
        #expect(told["error.type"] == .string("cancelled"))
        #expect(told["rpc.response.status_code"] == .string("-32800"))
    }
}
