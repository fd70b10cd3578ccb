import MCPSemantics
import Recording
import Testing

@testable import Store

struct StoreListenerTests {
    private var listener: SessionDescription {
        var listener = SessionDescription(id: SessionID("zzzzyyyyxxxx"), name: "api", transport: .http)
        listener.isListener = true
        return listener
    }

    /// `count` clients with a session each: `initialize`, and a call that waits.
    private func traffic(_ count: Int) -> [TransportEvent] {
        var events: [TransportEvent] = []
        var time: Int64 = 0
        func add(_ make: (Timestamp) -> TransportEvent) {
            time += 1000
            events.append(make(Timestamp(nanoseconds: time)))
        }
        func request(_ stream: StreamID, _ session: String?, _ body: String) {
            let fields = session.map { [HTTPField(name: "Mcp-Session-Id", value: $0)] } ?? []
            add {
                .requestHead(
                    HTTPRequestHead(
                        connection: UInt64(stream.number), peer: "p:1", route: "", method: "POST",
                        target: "/mcp", fields: fields), stream: stream, at: $0)
            }
            add { .bytes(Array(body.utf8)[...], on: .clientToServer, stream: stream, at: $0) }
            add { .laneEnded(.clientToServer, stream: stream, at: $0) }
        }
        for number in 1...count {
            let first = StreamID(UInt32(2 * number - 1))
            request(first, nil, #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#)
            let fields = [
                HTTPField(name: "content-type", value: "text/event-stream"),
                HTTPField(name: "mcp-session-id", value: "s\(number)"),
            ]
            add {
                .responseHead(
                    HTTPResponseHead(status: 200, reason: "OK", fields: fields), stream: first, at: $0)
            }
            let answer = "id: 1\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n\r\n"
            add { .bytes(Array(answer.utf8)[...], on: .serverToClient, stream: first, at: $0) }
            add { .laneEnded(.serverToClient, stream: first, at: $0) }
            add { .streamClosed(StreamClosure(.upstream, .complete), stream: first, at: $0) }
        }
        for number in 1...count {
            request(
                StreamID(UInt32(2 * number)), "s\(number)",
                #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t\#(number)"}}"#)
        }
        return events
    }

    @Test func `the sessions of a listener are stored, whoever goes on with its journal`() throws {
        let place = TemporaryStore()
        let events = traffic(50)
        for (index, end) in [100, 333, events.count].enumerated() {
            let store = try place.open()
            let coverage = try store.coverage(of: listener.id)
            #expect((coverage == nil) == (index == 0))
            var recorder = JournalRecorder(listener, resuming: coverage)
            let start = Int(coverage?.position ?? 0)
            for event in events[start..<end] { recorder.observe(event) }
            try store.sink(for: listener).commit(recorder.takeBatch(position: UInt64(end)))
        }
        let store = try place.open()
        var recorder = JournalRecorder(listener, resuming: try store.coverage(of: listener.id))
        recorder.observe(.ended(.interrupted, at: Timestamp(nanoseconds: 1_000_000_000)))
        try store.sink(for: listener).commit(recorder.takeBatch(position: UInt64(events.count)))
        #expect(try store.coverage(of: listener.id)?.checkpoint == [])

        let reader = try place.open(.read)
        let sessions = try reader.sessions()
        #expect(sessions.count == 50)
        for session in sessions {
            let id = session.description.id
            let exchanges = try reader.allExchanges(of: id)
            #expect(exchanges.map(\.method) == ["initialize", "tools/call"])
            #expect(exchanges.map(\.outcome) == [.ok, .pending])
            let entries = try reader.allEntries(of: id)
            #expect(entries.map(\.sequence) == (1...Int64(entries.count)).map { $0 })
            #expect(entries.count == 6)
            let framed = entries.compactMap { entry -> [UInt8]? in
                guard case .message(let message) = entry, case .inline(let body) = message.body else {
                    return nil
                }
                return message.framing?.event(around: body)
            }
            #expect(
                framed.map { String(decoding: $0, as: UTF8.self) }
                    == ["id: 1\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n\r\n"])
            #expect(session.state.end?.reason == .interrupted)
        }
        #expect(reader.damage.isEmpty)
        #expect(Doctor.examine(place.path, repairs: false).findings.filter { $0.code != "space" } == [])
    }

    @Test func `two writers of one listener are noticed`() throws {
        let place = TemporaryStore()
        let events = traffic(1)
        var recorder = JournalRecorder(listener)
        for event in events { recorder.observe(event) }
        let first = try place.open().sink(for: listener)
        let second = try place.open().sink(for: listener)
        try first.commit(recorder.takeBatch(position: 7))
        #expect(throws: SinkFailure.self) { try second.commit(recorder.takeBatch(position: 9)) }
    }
}
