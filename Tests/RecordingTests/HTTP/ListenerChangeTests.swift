import MCPSemantics
import Testing

@testable import Recording

struct ListenerChangeTests {
    private static let secret = "acme_4711abcdefghij"

    private static var listener: SessionDescription {
        var listener = HTTPTraffic.listener
        listener.command = ["a=http://old", "b=http://b"]
        listener.redaction = RedactionRules()
        return listener
    }

    private static var change: ListenerChange {
        var rules = RedactionRules()
        rules.prefixes = [RedactionRules.PrefixRule(name: "acme", prefix: "acme_", least: 8)]
        return ListenerChange(name: "new", command: ["a=http://new"], redaction: rules)
    }

    private static func traffic() -> HTTPTraffic {
        var traffic = HTTPTraffic(listener)
        traffic.recorder = HTTPRecorder(listener: listener, redactor: redactor)
        return traffic
    }

    private static let redactor = Redactor(
        rules: RedactionRules(), key: Array(repeating: 1, count: Redactor.keySize))

    private static let body =
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","x":"\#(secret)"}}"#

    @Test func `it is read as it was written`() {
        let event = TransportEvent.listenerChanged(Self.change, at: .zero)
        #expect(event.decodedListenerChange == Self.change)
        let least = ListenerChange(name: "", command: [], redaction: nil)
        #expect(ListenerChange(json: least.encodedJSON()[...]) == least)
        #expect(ListenerChange(json: Array("[1".utf8)[...]) == nil)
    }

    @Test func `what comes after it is recorded by its rules, in old sessions and new ones`() {
        var traffic = Self.traffic()
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-1")
        traffic.exchange("POST", "/mcp", client, body: Self.body, answer: HTTPTraffic.result("1"))
        traffic.observe(.listenerChanged(Self.change, at: traffic.time))
        traffic.exchange("POST", "/mcp", client, body: Self.body, answer: HTTPTraffic.result("1"))
        let other = traffic.connect(HTTPTraffic.Client(connection: 2), session: "s-2")
        traffic.exchange("POST", "/mcp", other, body: Self.body, answer: HTTPTraffic.result("1"))
        let calls = traffic.sessions.map { session in session.texts.filter { $0.contains("tools/call") } }
        #expect(calls[0].map { $0.contains(Self.secret) } == [true, false])
        #expect(calls[1].map { $0.contains("[redacted:acme:") } == [true])
        #expect(traffic.sessions[1].description.redaction == Self.change.redaction)
        #expect(traffic.sessions.map(\.description.name) == ["api", "new"])
    }

    @Test func `a session that begins after it has the upstream of then`() {
        var recorder = HTTPRecorder(listener: Self.listener)
        recorder.observe(.listenerChanged(Self.change, at: .zero))
        #expect(recorder.description(of: 1, name: "a", from: .zero).command == ["http://new"])
    }

    @Test func `a recorder that goes on after an interruption knows it`() {
        var recorder = HTTPRecorder(listener: Self.listener, redactor: Self.redactor)
        recorder.observe(.listenerChanged(Self.change, at: .zero))
        let resumed = HTTPRecorder(
            listener: Self.listener, redactor: Self.redactor, resuming: recorder.checkpoint()
        ) { _ in nil }
        #expect(resumed.change == Self.change)
        #expect(resumed.listener.command == ["a=http://new"])
        #expect(resumed.redactor?.rules == Self.change.redaction)
    }

    @Test func `placeholders of one value stay the same`() {
        let other = Self.redactor.with(Self.change.redaction ?? RedactionRules())
        #expect(other.placeholder(for: "x".utf8) == Self.redactor.placeholder(for: "x".utf8))
    }

    @Test func `servers behind a listener may be captured otherwise than it`() {
        var listener = Self.listener
        listener.captureOfServers = ["a": .metadata]
        let recorder = HTTPRecorder(listener: listener)
        #expect(recorder.description(of: 1, name: "a", from: .zero).capture == .metadata)
        #expect(recorder.description(of: 2, name: "b", from: .zero).capture == .payloads)
        #expect(SessionDescription(json: listener.encodedJSON()) == listener)
    }

    @Test func `of a server that is not captured nothing is kept but that it was there`() {
        var listener = Self.listener
        listener.captureOfServers = ["api": .off]
        var traffic = HTTPTraffic(listener)
        traffic.exchange("POST", "/mcp", body: Self.body, answer: HTTPTraffic.result("1"))
        #expect(traffic.sessions.map(\.events.count) == [0])
        #expect(traffic.sessions[0].state.bytes.clientToServer > 0)
    }
}
