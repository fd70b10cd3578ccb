import Recording
import Replay
import Testing

@testable import HTTPTransport

/// Responses some of whose answers go wrong, seen from both ends as bytes.
struct FaultedResponseTests {
    private static let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#
    private static let answer = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
    private static let body =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(answer.utf8.count)\r\n\r\n"
        + answer
    private static let events =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func stage(_ rule: String) throws -> Stage {
        let plan = FaultPlan([try FaultRule(rule)])
        return try Stage { $0.faults = ProxyFaults(plan, serverNames: [:]) }
    }

    /// The call is at the upstream.
    private static func ask(
        _ stage: Stage, _ fields: String = "", path: String = "/mcp"
    ) throws -> (client: RawSocket, upstream: RawSocket) {
        let length = "Content-Length: \(call.utf8.count)\r\n"
        let (client, upstream, _) = try stage.exchange(
            Stage.request("POST \(path) HTTP/1.1", fields + length, body: call))
        _ = try upstream.receive(through: call)
        return (client, upstream)
    }

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    @Test func `a status that ends the connection says so in a line of its own`() throws {
        let stage = try Self.stage("http:503")
        let (client, upstream) = try Self.ask(stage, "Connection: close\r\n")
        try upstream.send(Self.body)
        let (text, ending) = client.receiveToEnd()
        #expect(ending == .closed)
        #expect(
            text == "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: 35\r\nConnection: close\r\n\r\nmcptape: 503, as --fault asked for\n")
    }

    @Test func `a long event that breaks off ends the connection behind all that came`() throws {
        let stage = try Self.stage("delay:1ms")
        let (client, upstream) = try Self.ask(stage)
        let count = EventCutter.eventLimit + 300_000
        var received: (text: String, ending: RawSocket.Ending)?
        try inParallel(
            {
                let event = "data: " + String(repeating: "~", count: count)
                try? upstream.send(Self.events + Self.chunk(event))
                upstream.close()
            },
            and: { received = client.receiveToEnd() })
        #expect(received?.ending == .closed)
        #expect(received?.text.utf8.filter { $0 == UInt8(ascii: "~") }.count == count)
    }

    @Test func `half an event comes behind an answer that waits`() throws {
        let stage = try Self.stage("delay:200ms")
        let (client, upstream) = try Self.ask(stage)
        let half = Self.chunk("data: half")
        try upstream.send(Self.events + Self.chunk("data: \(Self.answer)\n\n") + half)
        upstream.close()
        let (text, ending) = client.receiveToEnd()
        #expect(ending == .closed)
        #expect(text == Self.events + Self.chunk("data: \(Self.answer)\n\n") + half)
    }

    @Test func `a status does not wait for a server that waits for the client`() throws {
        let stage = try Self.stage("http:503")
        let (client, upstream) = try Self.ask(stage)
        let request = #"{"jsonrpc":"2.0","id":"s","method":"elicitation/create","params":{}}"#
        try upstream.send(Self.events + Self.chunk("data: \(request)\n\n"))
        #expect(try client.receive(through: "asked for\n").hasPrefix("HTTP/1.1 503 "))
        #expect(upstream.receiveToEnd().ending == .closed)
        #expect(stage.tap.content(.serverToClient).contains(request))
    }

    @Test func `on HTTP+SSE a late answer is not sent once its request is cancelled`() throws {
        let stage = try Self.stage("tool:a delay:1h")
        let (client, upstream, _) = try stage.exchange(Stage.request("GET /sse HTTP/1.1"))
        let endpoint = "event: endpoint\ndata: /messages?s=1\n\n"
        try upstream.send(Self.events + Self.chunk(endpoint))
        _ = try client.receive(through: endpoint)
        func post(_ body: String) throws {
            let head = "POST /messages?s=1 HTTP/1.1"
            let fields = "Content-Length: \(body.utf8.count)\r\n"
            let (poster, taker, _) = try stage.exchange(Stage.request(head, fields, body: body))
            _ = try taker.receive(through: body)
            try taker.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            _ = try poster.receive(through: "\r\n\r\n")
        }
        try post(Self.call)
        try upstream.send(Self.chunk("data: \(Self.answer)\n\n"))
        // Behind what waits for an hour; when it is there, so is the answer.
        let log = #"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#
        try upstream.send(Self.chunk("data: \(log)\n\n"))
        _ = try client.receive(through: log)
        #expect(!stage.tap.content(.serverToClient).contains(Self.answer))
        try post(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#)
        #expect(stage.tap.content(.serverToClient).contains(Self.answer))
        let marks = stage.tap.events.compactMap { event in
            if case .faulted(let mark, _) = event { mark } else { nil }
        }
        #expect(marks.map(\.side) == [.server])
    }

    @Test(arguments: ["POST", "GET"])
    func `bodies with credentials are no more on record than without faults`(_ method: String) throws {
        let stage = try Self.stage("delay:1ms")
        let (client, upstream): (RawSocket, RawSocket)
        var response = Self.body
        if method == "POST" {
            (client, upstream) = try Self.ask(stage, path: "/token")
        } else {
            (client, upstream, _) = try stage.exchange(Stage.request("GET /token HTTP/1.1"))
            response = Self.events + Self.chunk("data: secret\n\n") + "0\r\n\r\n"
        }
        try upstream.send(response)
        #expect(try client.receive(response.utf8.count) == Array(response.utf8))
        #expect(stage.tap.waitForClosures() == [StreamClosure(.upstream, .complete)])
        #expect(stage.tap.content(.serverToClient) == "")
    }
}
