import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Streams that end before they are over, and what comes of them.
struct HTTPRecorderResumptionTests {
    private static let note = #"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#
    private static let asked = #"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#

    private static func resuming(_ client: HTTPTraffic.Client, after id: String) -> HTTPTraffic.Client {
        var client = client
        client.more = [HTTPField(name: "Last-Event-ID", value: id)]
        return client
    }

    /// A call whose stream is left after a priming event, and taken up twice more.
    private func resumed(_ closure: StreamClosure) -> HTTPTraffic {
        var traffic = HTTPTraffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s")
        let first = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.head(first, 200, type: "text/event-stream")
        traffic.send("id: a\r\ndata: \r\nretry: 10\r\n\r\n", .serverToClient, first)
        traffic.close(first, closure)
        let second = traffic.request("GET", "/mcp", Self.resuming(client, after: "a"))
        traffic.head(second, 200, type: "text/event-stream")
        traffic.send("id: b\ndata: \(Self.note)\n\n", .serverToClient, second)
        traffic.close(second, closure)
        let third = traffic.request("GET", "/mcp", Self.resuming(client, after: "b"))
        traffic.head(third, 200, type: "text/event-stream")
        traffic.send(
            "id: b\ndata: \(Self.note)\n\nid: c\ndata: \(Self.asked)\n\nid: d\ndata: "
                + "\(HTTPTraffic.result("1"))\n\n", .serverToClient, third)
        traffic.close(third)
        return traffic
    }

    @Test(arguments: [
        StreamClosure(.upstream, .complete), StreamClosure(.upstream, .disconnected),
        StreamClosure(.client, .disconnected), StreamClosure(.us, .draining),
    ])
    func `a stream that is taken up again goes on with its request`(_ closure: StreamClosure) {
        let session = resumed(closure).sessions[0]
        let call = session.exchanges[1]
        #expect(call.outcome == .ok && call.httpStatus == nil)
        #expect(session.exchanges[2].method == "roots/list" && session.exchanges[2].parent == 2)
        // The event that came twice is on record once, and is about the call.
        let notes = session.messages.filter { $0.method == "notifications/message" }
        #expect(notes.map(\.exchange) == [2])
        #expect(session.state.pending == 1)
    }

    @Test(arguments: [StreamClosure(.upstream, .disconnected), StreamClosure(.client, .disconnected)])
    func `a file tells the same`(_ closure: StreamClosure) throws {
        let session = try #require(resumed(closure).sessions.first)
        let id = session.description.id
        let file = try FileRecording(bytes: session.fileText())
        #expect(try file.entries(of: id, from: 1, limit: 99) == session.messages.map { .message($0) })
        #expect(try file.exchanges(of: id, from: 1, limit: 99) == session.exchanges)
    }

    @Test func `a modern stream that breaks is lost, an older one may be taken up again`() {
        for (body, type, outcome) in [
            (HTTPTraffic.modern("1"), "text/event-stream", Exchange.Outcome.error),
            (HTTPTraffic.call("1"), "text/event-stream", .pending),
            (HTTPTraffic.call("1"), "application/json", .error),
        ] {
            var traffic = HTTPTraffic()
            let id = traffic.request("POST", body: body)
            traffic.head(id, 200, type: type)
            traffic.close(id, StreamClosure(.upstream, .reset, text: "reset"))
            let exchange = traffic.sessions[0].exchanges[0]
            #expect(exchange.outcome == outcome)
            #expect(exchange.error?.code == (outcome == .error ? "\"reset\"" : nil))
            #expect(traffic.sessions[0].messages.last?.exchange == 1)
        }
    }

    @Test func `an interruption between the streams changes nothing`() {
        var events: [TransportEvent] = []
        var traffic = HTTPTraffic()
        traffic.onEvent = { events.append($0) }
        let client = traffic.connect(HTTPTraffic.Client(), session: "s")
        let first = traffic.request("POST", "/mcp", client, body: HTTPTraffic.call("1"))
        traffic.head(first, 200, type: "text/event-stream")
        traffic.send("id: a\ndata:\n\n", .serverToClient, first)
        traffic.close(first)
        let second = traffic.request("GET", "/mcp", Self.resuming(client, after: "a"))
        traffic.head(second, 200, type: "text/event-stream")
        traffic.send("id: b\ndata: \(Self.asked)\n\n", .serverToClient, second)
        for cut in events.indices {
            var recorder = HTTPRecorder(listener: HTTPTraffic.listener)
            var checkpoint: [UInt8] = []
            var parents: [Int?] = []
            for (index, event) in events.enumerated() {
                recorder.observe(event)
                for records in recorder.takeRecords() {
                    checkpoint = records.checkpoint
                    for exchange in records.exchanges where exchange.method == "roots/list" {
                        parents.append(exchange.parent)
                    }
                }
                guard index == cut else { continue }
                recorder = HTTPRecorder(listener: HTTPTraffic.listener, resuming: recorder.checkpoint()) {
                    _ in
                    JournalCoverage(position: 0, checkpoint: checkpoint)
                }
            }
            #expect(parents == [2])
        }
    }

    @Test func `only the newest events are remembered, and no long names`() {
        var origins = EventOrigins()
        for number in 0...EventOrigins.limit { origins.insert("\(number)", on: UInt32(number)) }
        #expect(origins["0"] == nil && origins["\(EventOrigins.limit)"] == UInt32(EventOrigins.limit))
        #expect(origins.ids.count == EventOrigins.limit * 3 / 4 + 1)
        origins.insert(String(repeating: "x", count: EventOrigins.idLimit + 1), on: 1)
        origins.insert("\(EventOrigins.limit)", on: 7)
        #expect(origins.ids.count == EventOrigins.limit * 3 / 4 + 1)
        #expect(origins["\(EventOrigins.limit)"] == UInt32(EventOrigins.limit))
    }
}
