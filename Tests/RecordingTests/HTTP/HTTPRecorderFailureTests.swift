import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Requests whose HTTP exchange was over without an answer to them: how they ended, on the wire and in the
/// file.
struct HTTPRecorderFailureTests {
    /// The session's exchanges, after they were found to be the same in its file.
    private func exchanges(_ traffic: HTTPTraffic, session: Int = 0) throws -> [Exchange] {
        let session = traffic.sessions[session]
        let id = session.description.id
        let file = try FileRecording(bytes: session.fileText())
        let exchanges = try file.exchanges(of: id, from: 1, limit: 1000)
        #expect(exchanges == session.exchanges)
        #expect(try file.session(id)?.state.pending == session.state.pending)
        return exchanges
    }

    private func closings(_ traffic: HTTPTraffic) -> [StreamClosure] {
        traffic.sessions[0].notes.compactMap { if case .closed(let closure) = $0 { closure } else { nil } }
    }

    @Test(arguments: [(500, nil), (503, "busy"), (401, #"{"error":"invalid_token"}"#)])
    func `a refusal is told at the response's end`(status: Int, body: String?) throws {
        var traffic = HTTPTraffic()
        traffic.exchange("POST", body: HTTPTraffic.modern("1"), status: status, answer: body)
        let exchange = try #require(try exchanges(traffic).first)
        #expect(exchange.error?.code == "\"HTTP \(status)\"" && exchange.httpStatus == status)
        #expect(closings(traffic) == [StreamClosure(.upstream, .complete)])
        let last = try #require(traffic.sessions[0].messages.last)
        #expect(last.exchange == 1 && last.kind == .http)
    }

    @Test func `an exchange that went well, or asked nothing, has no such note`() throws {
        var traffic = HTTPTraffic()
        traffic.exchange("POST", body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
        traffic.exchange(
            "POST", body: HTTPTraffic.modern("2"), status: 404,
            answer: #"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}"#)
        traffic.exchange("GET", status: 405)
        #expect(try exchanges(traffic).map(\.outcome) == [.ok, .error])
        #expect(closings(traffic) == [])
    }

    @Test(
        arguments: [
            (200, "application/json", ""), (200, "text/html", "<p>hello</p>"), (202, nil, ""),
            (200, "application/json", #"{"jsonrpc":"2.0","id":9,"result":{}}"#),
            (200, "text/event-stream", ": nothing\n\n"),
        ] as [(Int, String?, String)])
    func `a response that is over without the answer is a failure then`(
        status: Int, type: String?, body: String
    ) throws {
        for call in [HTTPTraffic.modern("1"), HTTPTraffic.call("1")] {
            var traffic = HTTPTraffic()
            traffic.exchange("POST", body: call, status: status, answer: body, type: type)
            let end = try #require(traffic.sessions[0].messages.last).time
            _ = traffic.request("POST", body: call)
            let exchange = try #require(try exchanges(traffic).first)
            guard exchange.era == .modern || type != "text/event-stream" && status == 200 else {
                // It may go on on another stream.
                #expect(exchange.outcome == .pending && closings(traffic) == [])
                continue
            }
            #expect(exchange.outcome == .error && exchange.error?.code == "\"unanswered\"")
            #expect(exchange.responseTime == end)
            #expect(exchange.httpStatus == (status == 200 ? nil : status))
            #expect(closings(traffic) == [StreamClosure(.upstream, .complete)])
            #expect(traffic.sessions[0].state.pending == 1)
        }
    }

    @Test func `a subscription whose stream ends has not failed`() throws {
        var traffic = HTTPTraffic()
        traffic.exchange(
            "POST", body: HTTPTraffic.modern("1", "subscriptions/listen"), answer: ": nothing\n\n",
            type: "text/event-stream")
        #expect(try exchanges(traffic).map(\.outcome) == [.cancelled])
        #expect(traffic.sessions[0].state.errors == 0 && traffic.sessions[0].state.pending == 0)
    }

    @Test(arguments: [HTTPTraffic.modern("1"), HTTPTraffic.call("1")])
    func `who is sent elsewhere has no answer yet`(call: String) throws {
        var traffic = HTTPTraffic()
        traffic.exchange("POST", body: call, status: 307)
        #expect(try exchanges(traffic).map(\.outcome) == [.pending] && closings(traffic) == [])
    }

    @Test(arguments: [HTTPTraffic.modern("1"), HTTPTraffic.call("1")])
    func `a client that takes HTTP+SSE up again is one still`(call: String) throws {
        var traffic = HTTPTraffic()
        var client = HTTPTraffic.Client()
        client.revision = "2024-11-05"
        let stream = traffic.connectToEvents(client)
        traffic.exchange("POST", "/m?session_id=1", client, body: call, status: 202)
        traffic.send("event: message\ndata: \(HTTPTraffic.result("1"))\n\n", .serverToClient, stream)
        #expect(try exchanges(traffic).map(\.outcome) == [.ok])
    }

    @Test func `what its client leaves after the end is not cancelled`() throws {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.modern("1"))
        traffic.head(id, 200)
        traffic.observe(.laneEnded(.serverToClient, stream: id, at: traffic.time))
        traffic.close(id, StreamClosure(.client, .disconnected))
        #expect(try exchanges(traffic).map(\.error?.code) == ["\"unanswered\""])
    }

    @Test func `the answers of HTTP+SSE come elsewhere`() throws {
        var traffic = HTTPTraffic()
        let stream = traffic.connectToEvents()
        traffic.exchange(
            "POST", "/m?session_id=1", body: HTTPTraffic.call("1"), status: 202, answer: "Accepted",
            type: "text/plain")
        #expect(try exchanges(traffic).map(\.outcome) == [.pending])
        traffic.send("event: message\ndata: \(HTTPTraffic.result("1"))\n\n", .serverToClient, stream)
        #expect(try exchanges(traffic).map(\.outcome) == [.ok])
    }

    @Test func `what a gap may have taken is no failure`() throws {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.modern("1"))
        traffic.head(id, 200)
        traffic.observe(
            .gap(Gap(from: traffic.time, to: traffic.time, reason: .journalFull), at: traffic.time))
        traffic.close(id)
        #expect(traffic.sessions[0].exchanges.map(\.outcome) == [.pending] && closings(traffic) == [])
    }

    @Test func `a refusal that an older client does not wait for is one all the same`() throws {
        var traffic = HTTPTraffic()
        let id = traffic.request("POST", body: HTTPTraffic.call("1"))
        traffic.head(id, 503, type: "text/plain")
        traffic.send("bu", .serverToClient, id)
        traffic.close(id, StreamClosure(.client, .disconnected))
        let exchange = try #require(try exchanges(traffic).first)
        #expect(exchange.outcome == .error && exchange.error?.code == "\"HTTP 503\"")
    }
}
