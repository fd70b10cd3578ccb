import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What HTTP lets be seen of requests that are sent again, and of headers beside their message. The recorder
/// and whoever reads the recording come to the same.
struct ViolationFinderHTTPTests {
    private var modern: HTTPTraffic.Client { HTTPTraffic.Client(revision: "2026-07-28") }

    private func client(_ headers: (String, String)...) -> HTTPTraffic.Client {
        var client = modern
        client.more = headers.map { HTTPField(name: $0.0, value: $0.1) }
        return client
    }

    /// What was counted, and what is found in the records.
    private func violations(
        _ script: (inout HTTPTraffic) -> Void
    ) -> (counted: ProtocolViolation.Counts, found: [ProtocolViolation]) {
        var traffic = HTTPTraffic()
        script(&traffic)
        var counted = ProtocolViolation.Counts()
        var found: [ProtocolViolation] = []
        for session in traffic.sessions {
            counted.duplicateIDs += session.violations.duplicateIDs
            counted.headerMismatches += session.violations.headerMismatches
            found += session.found
        }
        var told = ProtocolViolation.Counts()
        for violation in found { told.count(violation) }
        #expect(told == counted, "a reader finds \(found)")
        return (counted, found)
    }

    // MARK: Headers

    @Test func `headers that say what the message says are none`() {
        let (counted, _) = violations {
            let client = client(("Mcp-Method", "tools/call"), ("mcp-name", "add"))
            $0.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
        }
        #expect(counted == ProtocolViolation.Counts())
    }

    @Test(arguments: [
        ("MCP-Protocol-Version", "2026-12-01", "2026-07-28"), ("Mcp-Method", "tools/list", "tools/call"),
        ("Mcp-Method", "Tools/Call", "tools/call"), ("MCP-NAME", "sub", "add"),
        ("Mcp-Name", "=?base64?c3Vi?=", "add"),
    ])
    func `a header that says something else counts once`(name: String, value: String, message: String) {
        let (counted, found) = violations {
            var client = client((name, value))
            if name == "MCP-Protocol-Version" { client.revision = nil }
            $0.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
        }
        #expect(counted.headerMismatches == 1)
        guard case .headerMismatch(let header, let says, message)? = found.first else {
            Issue.record("found \(found)")
            return
        }
        #expect(header.lowercased() == name.lowercased())
        #expect(says == (value.hasPrefix("=") ? "sub" : value))
    }

    @Test func `a name is compared as it is, whatever its encoding`() {
        let (counted, _) = violations {
            for wrapped in ["=?base64?YWRk?=", "add"] {
                $0.exchange(
                    "POST", "/mcp", client(("Mcp-Method", "tools/call"), ("Mcp-Name", wrapped)),
                    body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
            }
        }
        #expect(counted.headerMismatches == 0)
    }

    /// Of a method as of a name, 4 KiB are known of what the message says.
    @Test func `a method that is longer than what is known of it contradicts nothing`() {
        let method = String(repeating: "m", count: 5000)
        let (counted, _) = violations {
            $0.exchange(
                "POST", "/mcp", client(("Mcp-Method", method)), body: HTTPTraffic.modern("1", method),
                answer: HTTPTraffic.result("1"))
        }
        #expect(counted == ProtocolViolation.Counts())
    }

    @Test(arguments: ["", "2025-11-25"]) func `older revisions have no such headers`(revision: String) {
        let (counted, _) = violations {
            var client = HTTPTraffic.Client()
            client.revision = revision.isEmpty ? nil : revision
            client.more = [HTTPField(name: "Mcp-Method", value: "tools/list")]
            $0.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.call("1"), answer: HTTPTraffic.result("1"))
        }
        #expect(counted.headerMismatches == 0)
    }

    @Test(arguments: [HTTPField.Form.masked, .cut])
    func `a value that is not on record as it was sent contradicts nothing`(form: HTTPField.Form) {
        let (counted, _) = violations {
            var client = modern
            client.more = [HTTPField(name: "Mcp-Name", value: "su", form: form, size: 3)]
            $0.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
        }
        #expect(counted.headerMismatches == 0)
    }

    @Test func `without payloads the revision is not compared, method and name are`() {
        var listener = HTTPTraffic.listener
        listener.capture = .metadata
        for (name, value, count) in [("MCP-Protocol-Version", "2026-12-01", 0), ("Mcp-Method", "x", 1)] {
            var traffic = HTTPTraffic(listener)
            var client = client((name, value))
            if name == "MCP-Protocol-Version" { client.revision = nil }
            traffic.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.modern("1"), answer: HTTPTraffic.result("1"))
            #expect(traffic.sessions[0].violations.headerMismatches == count)
            #expect(traffic.sessions[0].found.count == count)
        }
    }

    // MARK: Ids

    @Test func `an id in flight of one client counts`() {
        let (counted, found) = violations {
            let client = $0.connect(HTTPTraffic.Client(), session: "s-1")
            _ = $0.request("POST", "/mcp", client, body: HTTPTraffic.call("5"))
            var other = client
            other.connection = 2
            $0.exchange(
                "POST", "/mcp", other, body: HTTPTraffic.call("5"), answer: HTTPTraffic.result("5"))
        }
        #expect(counted.duplicateIDs == 1)
        #expect(found == [.duplicateID(exchange: 3, inFlight: 2)])
    }

    @Test func `without a session id nobody can tell two clients apart`() {
        let (counted, _) = violations {
            _ = $0.request("POST", "/mcp", modern, body: HTTPTraffic.modern("5"))
            var other = modern
            other.connection = 2
            $0.exchange(
                "POST", "/mcp", other, body: HTTPTraffic.modern("5"), answer: HTTPTraffic.result("5"))
        }
        #expect(counted.duplicateIDs == 0)
    }

    @Test(arguments: [
        StreamClosure(.client, .disconnected), StreamClosure(.upstream, .reset),
        StreamClosure(.us, .draining),
    ])
    func `what is sent again after its connection broke off does not count`(closure: StreamClosure) {
        for type in ["application/json", "text/event-stream"] {
            let (counted, _) = violations {
                let client = $0.connect(HTTPTraffic.Client(), session: "s-1")
                let lost = $0.request("POST", "/mcp", client, body: HTTPTraffic.call("5"))
                $0.head(lost, 200, type: type)
                $0.close(lost, closure)
                _ = $0.request("POST", "/mcp", client, body: HTTPTraffic.call("5"))
            }
            #expect(counted.duplicateIDs == 0, "\(type)")
        }
    }

    @Test func `what is sent again after it was refused does not count`() {
        let (counted, _) = violations {
            let client = $0.connect(HTTPTraffic.Client(), session: "s-1")
            $0.exchange("POST", "/mcp", client, body: HTTPTraffic.call("5"), status: 401)
            $0.exchange(
                "POST", "/mcp", client, body: HTTPTraffic.call("5"), answer: HTTPTraffic.result("5"))
        }
        #expect(counted.duplicateIDs == 0)
    }

    @Test func `a request stays lost over a restart`() throws {
        var tracker = ExchangeTracker()
        let digest = MessageReader.digest(
            of: Array(HTTPTraffic.call("5").utf8)[...], direction: .clientToServer)
        func ask(_ tracker: inout ExchangeTracker, _ stream: UInt32) {
            _ = tracker.observe(
                digest, direction: .clientToServer, sequence: Int64(stream), time: .zero, size: 9,
                stream: stream)
        }
        ask(&tracker, 1)
        tracker.lost(1)
        var state = StateWriter()
        tracker.save(to: &state)
        var reader = StateReader(state.bytes)
        tracker = try ExchangeTracker(from: &reader)
        ask(&tracker, 2)
        #expect(tracker.takeRepeatedIDs() == 0)
        ask(&tracker, 3)
        #expect(tracker.takeRepeatedIDs() == 1)
        #expect(tracker.takeRepeatedIDs() == 0)
    }

    // MARK: HTTP+SSE

    @Test func `a connection of HTTP and SSE says that it is one`() throws {
        var traffic = HTTPTraffic()
        let stream = traffic.request("GET", "/sse")
        traffic.head(stream, 200, type: "text/event-stream")
        traffic.send("event: endpoint\ndata: /messages?id=1\n\n", .serverToClient, stream)
        for _ in 0..<2 {
            traffic.exchange("POST", "/messages?id=1", body: HTTPTraffic.call("5"), status: 202)
        }
        let session = traffic.sessions[0]
        #expect(session.description.isEventSession && session.description.transport == .http)
        #expect(session.violations.duplicateIDs == 1)
        #expect(session.found == [.duplicateID(exchange: 2, inFlight: 1)])
        let read = try #require(SessionDescription(json: session.description.encodedJSON()))
        #expect(read.isEventSession)
        let plain = try #require(SessionDescription(json: HTTPTraffic.listener.encodedJSON()))
        #expect(!plain.isEventSession)
    }
}

extension SessionRecords {
    /// What a reader finds in the records.
    fileprivate var found: [ProtocolViolation] {
        var finder = ViolationFinder(description)
        for event in events {
            switch event {
            case .part: continue
            case .gap: finder.takeGap()
            case .message(let message): finder.take(message)
            case .exchange(let exchange): finder.take(exchange)
            }
        }
        return finder.takeFound()
    }
}
