import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FilterEvaluationTests {
    private var session: SessionSummary {
        var description = SessionDescription(id: SessionID("7k2f00000000"), name: "github", transport: .stdio)
        description.startRealtime = 1_000_000_000_000
        var state = SessionState()
        var client = Handshake(speaker: .clientToServer)
        client.peer = PeerInfo(name: "claude-ai", version: "1", title: "Claude")
        state.client = client
        state.lastTime = Timestamp(nanoseconds: 60_000_000_000)
        return SessionSummary(description: description, state: state)
    }

    private var exchange: Exchange {
        var exchange = Exchange(
            number: 14, asker: .clientToServer, id: RequestID("\"a7\""), method: "tools/call",
            name: "get_weather",
            era: .legacy, requestSequence: 3, requestTime: Timestamp(nanoseconds: 10_000_000_000),
            requestSize: 200)
        exchange.responseTime = Timestamp(nanoseconds: 10_300_000_000)
        exchange.responseSequence = 4
        exchange.responseSize = 1800
        exchange.outcome = .toolError
        return exchange
    }

    private func matches(_ filter: String, text: String = "") throws -> Bool {
        let subject = FilterSubject(exchange: exchange, session: session, now: 1_100_000_000_000)
        return try Filter(parsing: filter).matches(subject) { text.contains($0) }
    }

    @Test(arguments: [
        "method:tools/call", "method:tools/*", "tool:get_weather", "tool:get_*", "tool:*_*",
        "tool:search,get_*",
        "id:a7", "id:'\"a7\"'", "session:7k2f", "server:github", "client:claude-ai", "client:Claude",
        "dir:c2s",
        "kind:request", "kind:response", "status:tool_error", "status:ok,tool_error", ">250ms",
        "duration:..300ms",
        "size:2KB..", "since:2m", "since:1970-01-01", "-tool:x", "tool:x | dir:c2s", "needle",
    ])
    func `an exchange matches`(filter: String) throws {
        #expect(try matches(filter, text: "a needle in it"))
    }

    @Test(arguments: [
        "method:tools", "tool:GET_weather", "id:7", "session:k2f", "server:git", "client:other", "dir:s2c",
        "kind:notification", "kind:gap", "status:error", ">301ms", "size:2001..", "since:10s", "-dir:c2s",
        "needle", "tool:get_* needle",
    ])
    func `an exchange does not match`(filter: String) throws {
        #expect(try !matches(filter))
    }

    @Test func `the text is asked for only where the rest leaves it open`() throws {
        var asked = 0
        let subject = FilterSubject(exchange: exchange, session: session, now: 0)
        for filter in ["tool:x needle", "tool:get_* OR needle", "-(tool:x needle)"] {
            _ = try Filter(parsing: filter).matches(subject) { _ in
                asked += 1
                return true
            }
        }
        #expect(asked == 0)
    }

    @Test func `a session is skipped only when nothing in it can match`() throws {
        let now: Int64 = 1_100_000_000_000
        #expect(try Filter(parsing: "server:github tool:x").mayMatch(session: session, now: now))
        #expect(try !Filter(parsing: "server:other tool:x").mayMatch(session: session, now: now))
        #expect(try Filter(parsing: "server:other OR tool:x").mayMatch(session: session, now: now))
        #expect(try !Filter(parsing: "since:10s").mayMatch(session: session, now: now))
        #expect(try Filter(parsing: "since:50s").mayMatch(session: session, now: now))
        #expect(try !Filter(parsing: "since:200s..150s").mayMatch(session: session, now: now))
    }

    @Test func `a message takes what it lacks from its exchange`() throws {
        var message = MessageRecord(
            sequence: 4, time: Timestamp(nanoseconds: 10_300_000_000), lane: .serverToClient, kind: .response,
            body: .omitted, size: 1800)
        message.id = RequestID("\"a7\"")
        let subject = FilterSubject(
            entry: .message(message), exchange: exchange, session: session, now: 1_100_000_000_000)
        for filter in ["tool:get_*", "kind:response", "dir:s2c", "size:1800..1800", "status:tool_error"] {
            #expect(try Filter(parsing: filter).matches(subject) { _ in false }, "\(filter)")
        }
        #expect(try !Filter(parsing: "kind:request").matches(subject) { _ in false })
    }

    @Test func `a gap is found by its kind and its size`() throws {
        var gap = Gap(from: .zero, to: .zero, reason: .journalFull)
        gap.serverToClient = 5000
        let subject = FilterSubject(
            entry: .gap(GapRecord(sequence: 9, gap: gap)), exchange: nil, session: session, now: 0)
        #expect(try Filter(parsing: "kind:gap size:5KB..").matches(subject) { _ in true })
        #expect(try !Filter(parsing: "text").matches(subject) { _ in true })
    }
}
