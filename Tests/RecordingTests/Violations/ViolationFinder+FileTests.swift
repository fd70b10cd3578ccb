import Testing

@testable import Recording

/// What `check` says of ids and headers that contradict the rest.
struct ViolationFinderFileTests {
    private func findings(_ lines: [String], transport: String = "stdio") throws -> [RecordingFileFault] {
        let head = #"{"mcptape":1,"sessions":[{"id":"s","name":"fs","transport":"\#(transport)"}]}"#
        let file = try FileRecording(bytes: Array(([head] + lines).map { $0 + "\n" }.joined().utf8))
        return file.findings
    }

    private func ping(_ stream: Int? = nil) -> String {
        let stream = stream.map { #""stream":\#($0),"# } ?? ""
        return #"{"dir":"c2s",\#(stream)"msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}"#
    }

    @Test func `the line that uses an id in flight again is named`() throws {
        let found = try findings([ping(), ping()])
        #expect(found.map(\.line) == [3])
        #expect(found.first?.message == "#2 has the id of #1, which was not answered yet")
        let answered = [ping(), #"{"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{}}}"#, ping()]
        #expect(try findings(answered).isEmpty)
    }

    @Test func `over HTTP the line of the message is named whose header contradicts it`() throws {
        let head =
            #"{"dir":"c2s","stream":1,"http":{"request":{"method":"POST","target":"/mcp","#
            + #""connection":1,"peer":"unix","fields":[["MCP-Protocol-Version","2026-07-28"],"#
            + #"["Mcp-Method","tools/list"]]}}}"#
        let found = try findings([head, ping(1)], transport: "http")
        #expect(found.map(\.line) == [3])
        #expect(found.first?.message == "the header Mcp-Method says 'tools/list', the message 'ping'")
    }
}
