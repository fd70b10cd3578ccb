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
        let writer = RecordingFileWriter(
            sessions: [SessionSummary(description: session.description, state: session.state)])
        var bytes = writer.headerLine()
        for message in session.messages { bytes += writer.line(for: .message(message), of: id) }
        let file = try FileRecording(bytes: bytes)
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
