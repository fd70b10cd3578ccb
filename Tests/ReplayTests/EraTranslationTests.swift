import MCPSemantics
import Recording
import Testing
import Wire

@testable import Replay

struct EraTranslationTests {
    private static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo""#
        + #":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#
    private static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}"#
    private static let discover = #"{"jsonrpc":"2.0","id":0,"method":"server/discover","params":{\#(meta)}}"#

    private static func request(_ method: String, _ params: String = "", modern: Bool) -> String {
        let parts = [params, modern ? meta : ""].filter { !$0.isEmpty }.joined(separator: ",")
        return #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":{\#(parts)}}"#
    }

    private static let legacy = """
        c \(initialize)
        s {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":\
        true},"logging":{},"resources":{"subscribe":true}},"serverInfo":{"name":"s","version":"2"}}}
        c \(request("tools/list", modern: false))
        s {"jsonrpc":"2.0","id":7,"result":{"tools":[ 1.0 ]}}
        c \(request("tools/call", #""name":"plain""#, modern: false))
        s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}
        s {"jsonrpc":"2.0","id":7,"result":{"content":[]}}
        c \(request("tools/call", #""name":"asks""#, modern: false))
        s {"jsonrpc":"2.0","id":"q","method":"roots/list"}
        c {"jsonrpc":"2.0","id":"q","result":{"roots":[]}}
        s {"jsonrpc":"2.0","id":7,"result":{"content":[]}}
        c \(request("resources/read", #""uri":"x:y""#, modern: false))
        s {"jsonrpc":"2.0","id":7,"error":{"code":-32002,"message":"none"}}
        c \(request("logging/setLevel", #""level":"info""#, modern: false))
        s {"jsonrpc":"2.0","id":7,"result":{}}
        """
    private static let modern = """
        c \(discover)
        s {"jsonrpc":"2.0","id":0,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},\
        "resultType":"complete","ttlMs":5,"cacheScope":"public","instructions":"do","_meta":{\
        "io.modelcontextprotocol/serverInfo":{"name":"s","version":"2"}}}}
        c \(request("tools/list", modern: true))
        s {"jsonrpc":"2.0","id":7,"result":{"tools":[ 1.0 ],"resultType":"complete","ttlMs":5,"cacheScope":"public"}}
        c \(request("tools/call", #""name":"more""#, modern: true))
        s {"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required","requestState":"s"}}
        c \(request("tools/call", #""name":"list""#, modern: true))
        s {"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[],"structuredContent":[1]}}
        """

    private struct Client {
        var engine: ReplayEngine
        var reasons: [NearestMiss.Reason] { engine.report.misses.map(\.reason) }

        init(_ transcript: String, translating: Bool = true) throws {
            let session = RecordedSession(transcript)
            let script = try ReplayScript(reading: session, session: session.id, name: "R")
            engine = ReplayEngine(script: script, translatesEra: translating)
        }

        mutating func ask(_ line: String) -> [String] {
            engine.received(Array(line.utf8)[...], at: .zero).compactMap { action in
                if case .send(let message) = action { return String(decoding: message.bytes, as: UTF8.self) }
                return nil
            }
        }
    }

    @Test func `a modern client gets a legacy recording in its own shape`() throws {
        var client = try Client(Self.legacy)
        #expect(
            client.ask(Self.discover) == [
                #"{"jsonrpc":"2.0","id":0,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{},"#
                    + #""resources":{}},"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{"#
                    + #""io.modelcontextprotocol/serverInfo":{"name":"s","version":"2"}}}}"#
            ])
        #expect(
            client.ask(Self.request("tools/list", modern: true)) == [
                #"{"jsonrpc":"2.0","id":7,"result":{"tools":[ 1.0 ],"resultType":"complete","ttlMs":0,"#
                    + #""cacheScope":"private"}}"#
            ])
        // A log message of the session is nothing for this client.
        #expect(
            client.ask(Self.request("tools/call", #""name":"plain""#, modern: true)) == [
                #"{"jsonrpc":"2.0","id":7,"result":{"content":[],"resultType":"complete"}}"#
            ])
        let missing = client.ask(Self.request("resources/read", #""uri":"x:y""#, modern: true))
        #expect(missing == [#"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"none"}}"#])
        #expect(client.reasons == [])
        #expect(client.engine.report.divergences.map(\.kind) == [.eraTranslated, .eraLeftOut])
        #expect(client.ask(Self.request("tools/call", #""name":"asks""#, modern: true)).count == 1)
        #expect(client.ask(Self.request("logging/setLevel", #""level":"info""#, modern: true)).count == 1)
        #expect(client.reasons == [.notTranslatable, .notTranslatable])
    }

    @Test func `a legacy client gets a modern recording in its own shape`() throws {
        var client = try Client(Self.modern)
        #expect(
            client.ask(Self.initialize) == [
                #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"#
                    + #""serverInfo":{"name":"s","version":"2"},"instructions":"do"}}"#
            ])
        #expect(
            client.ask(Self.request("tools/list", modern: false)) == [
                #"{"jsonrpc":"2.0","id":7,"result":{"tools":[ 1.0 ]}}"#
            ])
        #expect(client.reasons == [])
        for name in ["more", "list"] {
            #expect(client.ask(Self.request("tools/call", #""name":"\#(name)""#, modern: false)).count == 1)
        }
        #expect(client.reasons == [.notTranslatable, .notTranslatable])
        // A revision that there is none of, or that is of the other era, is answered with the newest.
        for revision in ["2026-07-28", "1999-01-01"] {
            let other = Self.initialize.replacing("2025-06-18", with: revision)
            #expect(client.ask(other).first?.contains(#""protocolVersion":"2025-11-25""#) == true)
        }
    }

    @Test func `its own era gets everything as it is`() throws {
        var client = try Client(Self.legacy)
        #expect(client.ask(Self.initialize).first?.contains("logging") == true)
        #expect(client.ask(Self.request("tools/call", #""name":"plain""#, modern: false)).count == 2)
        #expect(client.engine.report.divergences.isEmpty)
    }

    @Test func `without translation the other era is refused`() throws {
        var client = try Client(Self.modern, translating: false)
        let refused = client.ask(Self.initialize)
        #expect(refused.first?.contains(#""code":-32022"#) == true)
        #expect(refused.first?.contains(#""supported":["2026-07-28"],"requested":"2025-06-18""#) == true)
        var other = try Client(Self.legacy, translating: false)
        #expect(other.ask(Self.discover).first?.contains("-32601") == true)
        #expect(other.reasons == [])
        #expect(other.ask(Self.request("tools/list", modern: true)).first?.contains("-32600") == true)
        #expect(other.reasons == [.otherEra])
    }

    @Test func `a probe that failed makes no modern recording, and both handshakes make none`() throws {
        let failed = """
            c \(Self.discover)
            s {"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"no"}}
            \(Self.legacy)
            """
        #expect(try Client(failed).engine.era == .legacy)
        #expect(try Client(Self.legacy + "\n" + Self.modern).engine.era == nil)
        #expect(try Client("c \(Self.request("tools/list", modern: false))").engine.era == nil)
    }
}
