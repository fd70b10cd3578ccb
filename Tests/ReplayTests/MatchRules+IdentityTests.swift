import MCPSemantics
import Recording
import Testing
import Wire

@testable import Replay

@Suite struct MatchRulesIdentityTests {
    private func identity(
        _ params: String, _ method: String = "tools/call", _ rules: MatchRules = MatchRules()
    ) -> RequestIdentity {
        let text = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#
        let exchange = Exchange(
            number: 1, asker: .clientToServer, id: RequestID("1"), method: method, era: .legacy,
            requestSequence: 1, requestTime: .zero, requestSize: 0)
        return rules.identity(of: exchange, text: Array(text.utf8)[...])
    }

    @Test func `it is what a replay matches by`() {
        let one = identity(#"{"name":"a","arguments":{"x":1,"y":2}}"#)
        #expect(one == identity(#"{"arguments":{"y":2,"x":1.0},"name":"a","_meta":{"progressToken":4}}"#))
        #expect(one != identity(#"{"name":"a","arguments":{"x":2,"y":2}}"#))
        #expect(one != identity(#"{"name":"a","arguments":{"x":1,"y":2}}"#, "prompts/get"))
        #expect(!one.isAskedAtWill && identity("{}", "tools/list").isAskedAtWill)
        #expect(identity(#"{"protocolVersion":"1"}"#, "initialize") == identity("{}", "initialize"))
    }

    @Test func `what the rules do not compare does not count`() throws {
        var rules = MatchRules()
        rules.ignored = [try #require(IgnoredPlace("/arguments/time"))]
        #expect(
            identity(#"{"name":"a","arguments":{"time":1}}"#, "tools/call", rules)
                == identity(#"{"name":"a","arguments":{"time":2}}"#, "tools/call", rules))
    }
}
