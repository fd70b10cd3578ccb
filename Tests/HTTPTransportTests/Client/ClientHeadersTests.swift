import MCPSemantics
import Testing
import Wire

@testable import HTTPTransport

struct ClientHeadersTests {
    private func fields(_ headers: ClientHeaders, _ message: String) -> [String] {
        let bytes = Array(message.utf8)[...]
        return headers.fields(for: bytes, MessageReader.digest(of: bytes, direction: .clientToServer)).map {
            "\($0.name): \($0.value)"
        }
    }

    private func modern(_ method: String, _ params: String) -> String {
        """
        {"jsonrpc":"2.0","id":1,"method":"\(method)","params":{\(params)\
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}
        """
    }

    @Test func `the older revisions know a session and the revision that the server chose`() {
        var headers = ClientHeaders()
        let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
        #expect(fields(headers, list).isEmpty)
        headers.session = "abc"
        headers.observe(
            Array(#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}"#.utf8)[...],
            answersInitialize: true)
        #expect(fields(headers, list) == ["Mcp-Session-Id: abc", "MCP-Protocol-Version: 2025-06-18"])
    }

    @Test func `a modern message says what it is`() {
        let headers = ClientHeaders()
        #expect(
            fields(headers, modern("tools/list", ""))
                == ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/list"])
        for (method, params, name) in [
            ("tools/call", #""name":"add","arguments":{},"#, "add"),
            ("resources/read", #""uri":"note://grüße","#, "=?base64?bm90ZTovL2dyw7zDn2U=?="),
            ("prompts/get", #""name":" x","#, "=?base64?IHg=?="),
            ("tasks/get", #""taskId":"7","#, "7"),
        ] {
            #expect(
                fields(headers, modern(method, params)) == [
                    "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: \(method)", "Mcp-Name: \(name)",
                ])
        }
    }

    @Test func `arguments that a tool wants mirrored are mirrored`() {
        var headers = ClientHeaders()
        let list = """
            {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"t","inputSchema":{"type":"object","properties":\
            {"a":{"type":"string","x-mcp-header":"A"},"n":{"type":"object","properties":\
            {"b":{"type":"boolean","x-mcp-header":"B"}}},"c":{"x-mcp-header":"C"},"d":{"x-mcp-header":"b d"}}}}]}}
            """
        headers.observe(Array(list.utf8)[...], answersInitialize: false)
        let call = modern("tools/call", #""name":"t","arguments":{"a":"ü","n":{"b":true},"c":null,"d":1},"#)
        #expect(
            fields(headers, call).dropFirst(3) == ["Mcp-Param-A: =?base64?w7w=?=", "Mcp-Param-B: true"])
    }

    @Test func `base 64 of every length`() {
        #expect(ClientHeaders.encoded("é") == "=?base64?w6k=?=")
        #expect(ClientHeaders.encoded("éa") == "=?base64?w6lh?=")
        #expect(ClientHeaders.encoded("éab") == "=?base64?w6lhYg==?=")
        #expect(ClientHeaders.encoded("=?base64?x?=").hasPrefix("=?base64?PT9"))
        #expect(ClientHeaders.encoded("plain text") == "plain text")
    }
}
