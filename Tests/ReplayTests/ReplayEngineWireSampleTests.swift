import Testing

@testable import Replay

/// What two generations of the Python SDK said on stdio, shortened, to clients that number otherwise.
@Suite struct ReplayEngineWireSampleTests {
    /// A client of mcp 2.3.0 (automatic era) with a server of mcp 1.30.0: a refused probe, then a handshake.
    static let mixed = """
        c {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{\
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{\
        "name":"mcp","version":"0.1.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}
        s {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid request parameters","data":""}}
        c {"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
        "capabilities":{},"clientInfo":{"name":"mcp","version":"0.1.0"}}}
        s {"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-11-25","capabilities":{\
        "experimental":{},"tools":{"listChanged":false}},"serverInfo":{"name":"old","version":\
        "1.30.0"}}}
        c {"jsonrpc":"2.0","method":"notifications/initialized"}
        c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}
        s {"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"3"}],"structuredContent":{\
        "result":3},"isError":false}}
        c {"jsonrpc":"2.0","id":4,"method":"tools/list"}
        s {"jsonrpc":"2.0","id":4,"result":{"tools":[{"name":"add","inputSchema":{"type":"object"}}]}}
        """

    /// Both ends mcp 2.3.0, era 2026-07-28.
    static let modern = """
        c {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":\(meta)}}
        s {"jsonrpc":"2.0","id":1,"result":{"cacheScope":"private","capabilities":{"tools":{\
        "listChanged":true}},"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,\
        "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":""}}}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":\
        2},"_meta":\(meta)}}
        s {"jsonrpc":"2.0","id":2,"result":{"content":[{"text":"3","type":"text"}],"isError":false,\
        "resultType":"complete","structuredContent":{"result":3},"_meta":{\
        "io.modelcontextprotocol/serverInfo":{"name":"s","version":""}}}}
        c {"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"_meta":\(meta)}}
        s {"jsonrpc":"2.0","id":3,"result":{"cacheScope":"private","resultType":"complete","tools":[{\
        "name":"add"}],"ttlMs":0}}
        """
    static let meta =
        #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
        + #""io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"#
        + #""io.modelcontextprotocol/clientCapabilities":{}}"#

    /// Client lines and the lines that follow each, with ids shifted as a client that counts otherwise does.
    private func check(_ transcript: String, shift: Int) throws {
        func shifted(_ line: Substring) -> String {
            var text = String(line)
            for id in (1...4).reversed() {
                text = text.replacing(#""id":\#(id),"#, with: #""id":\#(id + shift),"#, maxReplacements: 1)
            }
            return text
        }
        var mock = try Mock(transcript)
        #expect(mock.greeting.isEmpty)
        var expected: [String] = []
        var got: [String] = []
        for line in transcript.split(separator: "\n") {
            let text = shifted(line.dropFirst(2))
            if line.hasPrefix("c ") {
                #expect(got == expected)
                got += mock.hears(text)
            } else {
                expected.append(text)
            }
        }
        #expect(got == expected)
        mock.loses()
        #expect(mock.report.isClean)
        #expect(mock.report.neverAsked.isEmpty)
    }

    @Test(arguments: [0, 10, 1000]) func `a new client with an old server`(shift: Int) throws {
        try check(Self.mixed, shift: shift)
    }

    @Test(arguments: [0, 10, 1000]) func `a new client with a new server`(shift: Int) throws {
        try check(Self.modern, shift: shift)
    }

    @Test func `a legacy client gets past the probe of a recording that begins with one`() throws {
        var mock = try Mock(Self.mixed)
        let answer = mock.hears(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"#
                + #""2025-11-25","capabilities":{},"clientInfo":{"name":"mcp","version":"#
                + #""0.1.0"}}}"#)
        #expect(answer.count == 1)
        mock.loses()
        #expect(mock.report.isClean)
    }
}
