import MCPSemantics
import Recording
import Testing

struct MessageSummaryTests {
    private func line(
        _ kind: MessageKind, _ text: String, method: String? = nil, width: Int = 120
    ) -> String {
        var message = MessageRecord(
            sequence: 1, time: .zero, lane: .clientToServer, kind: kind, body: .inline(Array(text.utf8)[...]),
            size: text.utf8.count)
        message.method = method
        return MessageSummary.line(of: message, method: method, width: width)
    }

    @Test(arguments: [
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift","limit":5}}"#,
            #"query="swift" limit=5"#
        ),
        (
            "tools/call", #"{"name":"deploy","inputResponses":{"confirm":{"action":"accept"}}}"#,
            "(confirm: accept)"
        ),
        (
            "initialize", #"{"protocolVersion":"2025-11-25","clientInfo":{"name":"c","version":"1"}}"#,
            "2025-11-25 c 1"
        ),
        ("resources/read", #"{"uri":"file:///a"}"#, ""),
        ("vendor/thing", #"{"a":[1,2],"_meta":{"progressToken":1}}"#, "a=[1,2]"),
        ("sampling/createMessage", #"{"messages":[1,2]}"#, "2 messages"),
    ])
    func `a request shows its arguments`(_ method: String, _ params: String, _ expected: String) {
        let text = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#
        #expect(line(.request, text, method: method) == expected)
    }

    @Test(arguments: [
        (#""result":{"content":[{"type":"text","text":"a\nb"}]}"#, #""a⏎b""#),
        (#""result":{"content":[{"type":"image","mimeType":"image/png","data":"AAAAAAAA"}]}"#, "[image 7 B]"),
        (#""result":{"tools":[{"name":"add"},{"name":"echo"}]}"#, "2 tools: add, echo"),
        (#""error":{"code":-32602,"message":"no","data":{"a":1}}"#, #"error -32602: no {"a":1}"#),
        (#""result":{"inputRequests":{"c":{"method":"elicitation/create"}}}"#, "wants c: elicitation/create"),
        (#""result":{"resultType":"complete","x":1}"#, "x=1"),
        (#""result":{"content":{"type":"text","text":"hi"},"role":"assistant"}"#, #""hi""#),
    ])
    func `a response shows its gist`(_ member: String, _ expected: String) {
        #expect(line(.response, #"{"jsonrpc":"2.0","id":1,\#(member)}"#, method: "tools/call") == expected)
    }

    @Test func `an answer of the user shows what was decided and entered`() {
        for (result, expected) in [
            (#"{"action":"accept","content":{"name":"Ada","age":36}}"#, #"accept name="Ada" age=36"#),
            (#"{"action":"decline"}"#, "decline"),
        ] {
            let text = #"{"jsonrpc":"2.0","id":1,"result":\#(result)}"#
            #expect(line(.response, text, method: "elicitation/create") == expected)
        }
    }

    @Test func `what is not JSON is shown harmless and cut`() {
        #expect(line(.foreign, "\u{1B}[2Jhello", width: 6) == "␛[2Jh…")
        #expect(line(.standardError, "warning: x") == "warning: x")
    }
}
