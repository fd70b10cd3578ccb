import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What the recorder saw of HTTP and what its file tells are the same.
struct HTTPRecorderFileTests {
    private func traffic() -> HTTPTraffic {
        var traffic = HTTPTraffic()
        traffic.exchange(
            "POST", body: HTTPTraffic.modern("1", "server/discover"), status: 400,
            answer: #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no"}}"#)
        let client = traffic.connect(HTTPTraffic.Client(), session: "s")
        let id = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("2"))
        traffic.head(id, 200, type: "text/event-stream")
        traffic.send(
            ": c\r\n\r\nid: 7\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"roots/list\"}\r\n\r\n"
                + "data: \(HTTPTraffic.result("2"))\n\n", .serverToClient, id)
        traffic.close(id)
        let lost = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("3"))
        traffic.close(lost, StreamClosure(.upstream, .reset, text: "reset by 127.0.0.1"))
        let left = traffic.request("POST", "/mcp", client, body: HTTPTraffic.modern("4"))
        traffic.close(left, StreamClosure(.client, .disconnected))
        traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("5"), status: 503, answer: "busy")
        traffic.exchange("DELETE", "/mcp", client)
        return traffic
    }

    @Test func `a session of HTTP reads back with the same messages and exchanges`() throws {
        let session = try #require(traffic().sessions.first)
        let id = session.description.id
        let file = try FileRecording(bytes: session.fileText())
        #expect(file.faults.map(\.message) == [])
        let entries = try file.entries(of: id, from: 1, limit: 1000)
        #expect(entries == session.messages.map { .message($0) })
        let exchanges = try file.exchanges(of: id, from: 1, limit: 1000)
        #expect(exchanges == session.exchanges)
        #expect(exchanges.map(\.outcome) == [.error, .ok, .ok, .pending, .error, .cancelled, .error])
        #expect(exchanges.map(\.httpStatus) == [400, nil, nil, nil, nil, nil, 503])
        #expect(exchanges[3].parent == 3)
        // Written again, it is the same file.
        let writer = RecordingFileWriter(sessions: try file.sessions())
        var again = writer.headerLine()
        for entry in entries { again += writer.line(for: entry, of: id) }
        #expect(again == session.fileText())
    }
}
