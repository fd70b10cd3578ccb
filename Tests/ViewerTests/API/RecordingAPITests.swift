import MCPSemantics
import Recording
import Testing
import Wire

@testable import Viewer

/// Questions as the page asks them, about a small recording.
struct RecordingAPITests {
    private let api: RecordingAPI

    init() throws {
        var recording = MemoryRecording(
            SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio), redactor: nil)
        var time: Int64 = 0
        func tell(_ text: String, _ lane: Lane) {
            time += 1_000_000
            recording.observe(Array(text.utf8)[...], on: lane, at: Timestamp(nanoseconds: time))
        }
        tell(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#
                + #""capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}}"#, .clientToServer)
        tell(
            #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"#
                + #""serverInfo":{"name":"s","version":"2"},"instructions":"Be <b>kind</b>."}}"#,
            .serverToClient)
        for number in 1...9 {
            tell(
                #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","#
                    + #""params":{"name":"\#(number % 2 == 0 ? "even" : "odd")"}}"#, .clientToServer)
            tell(
                number == 5
                    ? #"{"jsonrpc":"2.0","id":5,"error":{"code":-32603,"message":"no"}}"#
                    : #"{"jsonrpc":"2.0","id":\#(number),"result":{"v":"needle \#(number)"}}"#,
                .serverToClient)
        }
        tell("not JSON-RPC", .serverToClient)
        let file = try FileRecording(bytes: recording.session.fileText())
        api = RecordingAPI(file, now: 0)
    }

    private func ask(_ target: String) throws -> JSONTree {
        let answer = api.answer(try #require(APIRequest(PageRequest(target: target))))
        #expect(answer.status == 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        #expect(answer.fields.contains(.init("Content-Type", "application/json")))
        return try #require(JSONTree(answer.body[...]))
    }

    private func refusal(_ target: String) throws -> (Int, String) {
        let answer = api.answer(try #require(APIRequest(PageRequest(target: target))))
        let json = try #require(JSONTree(answer.body[...]))
        return (answer.status, json.root["error"]?.stringValue ?? "")
    }

    @Test func `sessions come in pages, and as --json has them`() throws {
        let page = try ask("/api/sessions")
        #expect(page.root["sessions"]?.elements.map { $0["session"]?.stringValue } == ["s1"])
        #expect(page.root["next"]?.isNull == true)
        #expect(try ask("/api/sessions?before=s1").root["sessions"]?.elements.isEmpty == true)
        #expect(try ask("/api/sessions?filter=server:other").root["sessions"]?.elements.isEmpty == true)
        #expect(try refusal("/api/sessions?before=gone").0 == 404)
    }

    @Test(arguments: [
        ("status:error", true), ("tool:even", true), ("needle", true),
        ("duration:..1h%20kind:response", true),
        ("server:demo%20tool:odd", true), ("tool:none", false), ("kind:notification", false),
        ("size:1MB..", false), ("nonsense", false), ("status:error%20tool:even", false),
        ("server:other%20needle", false),
    ])
    func `a list has the sessions and runs in which something matches`(words: String, isFound: Bool) throws {
        let sessions = try ask("/api/sessions?filter=\(words)").root
        #expect(sessions["sessions"]?.elements.isEmpty == !isFound && sessions["next"]?.isNull == true)
        let runs = try ask("/api/runs?filter=\(words)").root
        #expect(runs["runs"]?.elements.isEmpty == !isFound && runs["next"]?.isNull == true)
    }

    @Test func `a session says who took part`() throws {
        let answer = try ask("/api/sessions/s1")
        #expect(answer.root["exchanges"]?.intValue == 10)
        let server = answer.root["head"]?["server"]
        #expect(server?["instructions"]?.stringValue == "Be <b>kind</b>.")
        #expect(server?["capabilities"]?.stringValue == #"{"tools":{}}"#)
        #expect(answer.root["head"]?["client"]?["name"]?.stringValue == "c")
    }

    @Test func `exchanges come in pages by number`() throws {
        let first = try ask("/api/sessions/s1/exchanges?limit=4")
        #expect(first.root["exchanges"]?.elements.map { $0["exchange"]?.intValue } == [1, 2, 3, 4])
        #expect(first.root["next"]?.intValue == 5)
        let last = try ask("/api/sessions/s1/exchanges?from=7&limit=4")
        #expect(last.root["exchanges"]?.elements.map { $0["exchange"]?.intValue } == [7, 8, 9, 10])
        #expect(last.root["next"]?.isNull == true)
    }

    @Test func `filters hold, free text included, and a page knows whether there is more`() throws {
        let even = try ask("/api/sessions/s1/exchanges?filter=tool:even&limit=3")
        #expect(even.root["exchanges"]?.elements.map { $0["id"]?.intValue } == [2, 4, 6])
        let next = try #require(even.root["next"]?.intValue)
        let rest = try ask("/api/sessions/s1/exchanges?filter=tool:even&limit=3&from=\(next)")
        #expect(rest.root["exchanges"]?.elements.map { $0["id"]?.intValue } == [8])
        #expect(rest.root["next"]?.isNull == true)
        let text = try ask("/api/sessions/s1/exchanges?filter=%22needle+7%22")
        #expect(text.root["exchanges"]?.elements.map { $0["id"]?.intValue } == [7])
        let (status, sentence) = try refusal("/api/sessions/s1/exchanges?filter=metod:x")
        #expect(status == 400 && sentence.contains("did you mean method:?"))
    }

    @Test func `messages come in the order of the wire, and each with its exact bytes`() throws {
        let all = try ask("/api/sessions/s1/entries")
        #expect(all.root["entries"]?.elements.count == 21)
        #expect(all.root["next"]?.isNull == true)
        let page = try ask("/api/sessions/s1/entries?from=3&limit=2")
        #expect(page.root["entries"]?.elements.map { $0["seq"]?.intValue } == [3, 4])
        #expect(page.root["next"]?.intValue == 5)
        let errors = try ask("/api/sessions/s1/entries?filter=status:error")
        #expect(errors.root["entries"]?.elements.map { $0["seq"]?.intValue } == [11, 12])
        let target = try #require(APIRequest(PageRequest(target: "/api/sessions/s1/messages/21")))
        let raw = api.answer(target)
        #expect(raw.fields.contains(.init("Content-Type", "application/octet-stream")))
        #expect(String(decoding: raw.body, as: UTF8.self) == "not JSON-RPC")
    }

    @Test func `statistics are those of stats`() throws {
        let stats = try ask("/api/sessions/s1/stats")
        let rows = stats.root["rows"]?.elements ?? []
        #expect(rows.compactMap { $0["count"]?.intValue }.reduce(0, +) == 10)
        #expect(stats.root["total"]?["count"]?.intValue == 10)
        #expect(stats.root["total"]?["errors"]?.intValue == 1)
    }

    @Test(
        arguments: [
            ("/api/nothing", 404), ("/api/sessions/none", 404), ("/api/sessions/s1/none", 404),
            ("/api/sessions/s1/messages/0", 400), ("/api/sessions/s1/messages/x", 400),
            ("/api/sessions/s1/messages/99", 404), ("/api/sessions/s1/exchanges?limit=0", 400),
            ("/api/sessions/s1/exchanges?limit=1001", 400), ("/api/sessions/s1/entries?from=-1", 400),
            ("/api/sessions/s1/exchanges?filter=(", 400),
        ])
    func `what cannot be answered is said in a sentence`(target: String, status: Int) throws {
        let refused = try refusal(target)
        #expect(refused.0 == status && !refused.1.isEmpty)
    }
}

extension JSONTree.Node {
    fileprivate var elements: [JSONTree.Node] { Array(children) }
}
