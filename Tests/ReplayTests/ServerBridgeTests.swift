import MCPSemantics
import Recording
import Testing
import Wire

@testable import Replay

/// An engine, a bridge and the two sides as text.
private struct Bridged {
    var engine: ReplayEngine
    var bridge: ServerBridge
    private(set) var starts = 0
    private(set) var toServer: [String] = []
    private(set) var toClient: [String] = []

    init(_ transcript: String, keeps: Bool = false) throws {
        var rules = MatchRules()
        rules.misses = .forward
        let session = RecordedSession(transcript)
        let script = try ReplayScript(reading: session, session: session.id, name: "f")
        engine = ReplayEngine(script: script, rules: rules)
        let description = SessionDescription(id: SessionID("s"), name: "x", transport: .stdio)
        bridge = ServerBridge(recording: keeps ? MemoryRecording(description, redactor: nil) : nil)
    }

    mutating func client(_ line: String) {
        for action in engine.received(Array(line.utf8)[...], at: .zero) {
            switch action {
            case .send(let message): toClient.append(String(decoding: message.bytes, as: UTF8.self))
            case .forward(let message): take(bridge.forward(message, for: &engine, at: .zero))
            case .missed, .diverged: break
            }
        }
    }

    mutating func server(_ line: String) {
        take(bridge.received(Array(line.utf8)[...], for: &engine, at: .zero))
    }

    mutating func ends(_ reason: String) { take(bridge.ended(because: reason, for: &engine, at: .zero)) }

    mutating func leaves(_ number: Int, _ reason: String) {
        take(bridge.unanswered([RequestID(String(number))], because: reason, for: &engine, at: .zero))
    }

    mutating func take(_ outputs: [ServerBridge.Output]) {
        for output in outputs {
            switch output {
            case .start: starts += 1
            case .server(let bytes): toServer.append(String(decoding: bytes, as: UTF8.self))
            case .client(let message): toClient.append(String(decoding: message.bytes, as: UTF8.self))
            }
        }
    }

    /// What came since the last call.
    mutating func heard() -> (server: [String], client: [String]) {
        defer { (toServer, toClient) = ([], []) }
        return (toServer, toClient)
    }
}

@Suite struct ServerBridgeTests {
    private static let handshake = """
        c {"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}
        s {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}
        """
    private static let initialize = #"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"p":1}}"#
    private static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#

    private func call(_ id: String, _ name: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(name)"}}"#
    }

    /// The handshake is done, and `call("7", "a")` is number 2.
    private func begun(keeps: Bool = false) throws -> Bridged {
        var bridged = try Bridged(Self.handshake, keeps: keeps)
        bridged.client(Self.initialize)
        bridged.client(Self.initialized)
        bridged.client(call("7", "a"))
        bridged.server(#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}"#)
        _ = bridged.heard()
        return bridged
    }

    @Test func `the first miss starts the server, with the client's own handshake before it`() throws {
        var bridged = try Bridged(Self.handshake)
        bridged.client(Self.initialize)
        bridged.client(Self.initialized)
        #expect(bridged.heard().server.isEmpty && bridged.starts == 0)
        bridged.client(call("7", "a"))
        bridged.client(call("8", "b"))
        #expect(bridged.starts == 1 && bridged.bridge.isAsked)
        #expect(
            bridged.heard().server
                == [#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"p":1}}"#])
        bridged.server(#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-03-26"}}"#)
        let heard = bridged.heard()
        #expect(heard.server == [Self.initialized, call("2", "a"), call("3", "b")])
        #expect(heard.client.isEmpty)
        #expect(
            bridged.engine.report.divergences.filter { $0.kind == .realServer }.map(\.text)
                == ["the real server speaks revision 2025-03-26, and the recording 2025-06-18"])
        bridged.server(#"{"jsonrpc":"2.0", "id":3, "result":{}}"#)
        bridged.server(#"{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"m"}}"#)
        #expect(
            bridged.heard().client
                == [
                    #"{"jsonrpc":"2.0", "id":8, "result":{}}"#,
                    #"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m"}}"#,
                ])
        #expect(!bridged.bridge.isAsked && bridged.engine.report.forwarded == 2)
    }

    @Test func `a client of the stateless era needs no handshake`() throws {
        var bridged = try Bridged(#"c {"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        bridged.client(call("\"x\"", "a"))
        #expect(bridged.heard().server == [call("1", "a")])
    }

    @Test func `a handshake that the recording lacks is the client's own`() throws {
        var bridged = try Bridged(#"c {"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        bridged.client(Self.initialize)
        bridged.server(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        bridged.client(Self.initialized)
        let heard = bridged.heard()
        #expect(heard.client == [#"{"jsonrpc":"2.0","id":"i","result":{}}"#])
        #expect(heard.server.last == Self.initialized && heard.server.count == 2)
    }

    @Test func `a server that refuses the handshake refuses all that follows`() throws {
        var bridged = try Bridged(Self.handshake)
        bridged.client(Self.initialize)
        bridged.client(call("7", "a"))
        bridged.server(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"too old"}}"#)
        bridged.client(call("8", "a"))
        let heard = bridged.heard().client
        #expect(heard.count == 3 && bridged.engine.report.missCount == 2)
        #expect(heard[1...].allSatisfy { $0.contains("refused the client's initialize: too old") })
    }

    @Test func `progress passes, and the server's questions under ids of ours`() throws {
        var bridged = try begun()
        let progress = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":5}}"#
        bridged.server(progress)
        bridged.server(#"{"jsonrpc":"2.0","id":7,"method":"roots/list"}"#)
        #expect(
            bridged.heard().client
                == [progress, #"{"jsonrpc":"2.0","id":"mcptape-1","method":"roots/list"}"#])
        bridged.client(#"{"jsonrpc":"2.0","id":"mcptape-1","result":{"roots":[]}}"#)
        #expect(bridged.heard().server == [#"{"jsonrpc":"2.0","id":7,"result":{"roots":[]}}"#])
        bridged.server(#"{"jsonrpc":"2.0","id":"z","method":"roots/list"}"#)
        bridged.server(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"z"}}"#)
        #expect(bridged.heard().client.last?.contains(#""requestId":"mcptape-2""#) == true)
    }

    @Test func `a cancellation names the server's number, and a late answer still passes`() throws {
        var bridged = try begun()
        bridged.client(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#)
        #expect(
            bridged.heard().server
                == [#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#])
        #expect(!bridged.bridge.isAsked)
        bridged.server(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
        #expect(bridged.heard().client == [#"{"jsonrpc":"2.0","id":7,"result":{}}"#])
    }

    @Test func `a subscription's messages name it as its listener does`() throws {
        var bridged = try begun()
        let meta = #""_meta":{"io.modelcontextprotocol/subscriptionId":"#
        bridged.server(#"{"jsonrpc":"2.0","method":"n","params":{\#(meta)2}}}"#)
        bridged.server(#"{"jsonrpc":"2.0","id":2,"result":{\#(meta)2}}}"#)
        #expect(
            bridged.heard().client
                == [
                    #"{"jsonrpc":"2.0","method":"n","params":{\#(meta)7}}}"#,
                    #"{"jsonrpc":"2.0","id":7,"result":{\#(meta)7}}}"#,
                ])
    }

    @Test func `batches come apart, lines that are no JSON pass, answers to nothing are said`() throws {
        var bridged = try begun()
        bridged.server(#"[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","method":"n"}]"#)
        bridged.server("hello")
        bridged.server(" ")
        bridged.server(#"{"jsonrpc":"2.0","id":99,"result":{}}"#)
        #expect(
            bridged.heard().client
                == [#"{"jsonrpc":"2.0","id":7,"result":{}}"#, #"{"jsonrpc":"2.0","method":"n"}"#, "hello"])
        #expect(
            bridged.engine.report.divergences.filter { $0.kind == .realServer }.map(\.text)
                == ["the real server answered id 99, which nobody asked; it was left out"])
    }

    @Test func `who waits when the server ends is told, and the next request starts it anew`() throws {
        var bridged = try begun()
        bridged.client(call("8", "b"))
        bridged.leaves(3, "status 500")
        #expect(bridged.heard().client.map { $0.contains("status 500") } == [true])
        bridged.ends("it fell")
        #expect(bridged.heard().client.map { $0.contains("it fell") } == [true])
        #expect(!bridged.bridge.isAsked && !bridged.bridge.isRunning)
        bridged.client(#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#)
        #expect(bridged.heard().server.isEmpty)
        bridged.client(call("9", "c"))
        #expect(bridged.heard().server.map { $0.contains("initialize") } == [true])
        #expect(bridged.engine.report.missCount == 2)
    }

    @Test func `what is kept is what the client saw, without the handshake`() throws {
        var bridged = try begun(keeps: true)
        bridged.server(#"{"jsonrpc":"2.0","id":"q","method":"roots/list"}"#)
        bridged.client(#"{"jsonrpc":"2.0","id":"mcptape-1","result":{"roots":[]}}"#)
        bridged.server(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
        let session = try #require(bridged.bridge.recording?.session)
        let texts = session.entries.compactMap { entry -> String? in
            guard case .message(let message) = entry, case .inline(let body) = message.body else {
                return nil
            }
            return String(decoding: body, as: UTF8.self)
        }
        #expect(
            texts == [
                call("7", "a"), #"{"jsonrpc":"2.0","id":"q","method":"roots/list"}"#,
                #"{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}"#,
                #"{"jsonrpc":"2.0","id":7,"result":{}}"#,
            ])
        #expect(session.exchanges.map(\.outcome) == [.ok, .ok])
    }
}
