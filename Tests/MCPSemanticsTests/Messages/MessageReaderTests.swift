import MCPSemantics
import Testing
import Wire

struct MessageReaderTests {
    private func client(_ text: String) -> MessageDigest { read(text, .clientToServer) }
    private func server(_ text: String) -> MessageDigest { read(text, .serverToClient) }

    private func read(_ text: String, _ direction: Direction) -> MessageDigest {
        MessageReader.digest(of: Array(text.utf8)[...], direction: direction)
    }

    @Test(arguments: [
        ("tools/call", #""name":"add","uri":"x""#, "add"), ("prompts/get", #""name":"p""#, "p"),
        ("resources/read", #""name":"x","uri":"file:///é""#, "file:///é"),
        ("resources/subscribe", #""uri":"a:b""#, "a:b"),
        ("completion/complete", #""ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"x"}"#, "p"),
        ("completion/complete", #""ref":{"type":"ref/resource","uri":"a:{b}"}"#, "a:{b}"),
        ("tasks/get", #""taskId":"t1""#, "t1"), ("tools/list", #""name":"x""#, nil),
        ("vendor/thing", #""name":"x""#, nil), ("tools/call", #""name":7"#, nil),
        ("tools/call", #""name":"a\u0064\u0064\"\/""#, #"add"/"#),
    ])
    func `names what a method is applied to`(_ method: String, _ params: String, _ name: String?) {
        let digest = client(Text.request("1", method, "{\(params)}"))
        #expect(digest.kind == .request)
        #expect(digest.method == method)
        #expect(digest.name == name)
    }

    @Test(arguments: ["1", "-1", "1.0", "1e0", #""1""#, #""\u0031""#, "null", "{}", "[1]"])
    func `keeps an id as its JSON text`(_ id: String) {
        #expect(client(Text.request(id, "ping")).id == RequestID(id))
        #expect(server(Text.result(id)).id == RequestID(id))
    }

    @Test func `reads tokens and ids that other messages name`() {
        let meta = #""_meta":{"progressToken":"p","io.modelcontextprotocol/related-task":{"taskId":"t"}}"#
        let call = client(Text.request("1", "tools/call", #"{"name":"a","progressToken":1,\#(meta)}"#))
        #expect(call.progressToken == #""p""#)
        #expect(call.relatedTaskID == "t")
        #expect(server(Text.progress("1.50")).progressToken == "1.50")
        #expect(client(Text.cancel(#""x""#)).cancels == RequestID(#""x""#))
        #expect(client(Text.request("1", "ping", #"{"requestId":5}"#)).cancels == nil)
        let listened = #"{"_meta":{"io.modelcontextprotocol/subscriptionId":"listen-1"}}"#
        #expect(server(Text.notification("tools/list_changed", listened)).subscriptionID == #""listen-1""#)
        let elicited = server(Text.notification("elicitation/complete", #"{"elicitationId":"e"}"#))
        #expect(elicited.elicitationID == "e")
        #expect(elicited.name == "e")
    }

    @Test func `reads a round of 2026-07-28`() {
        let round = client(Text.call("2", more: #","inputResponses":{},"requestState":"a\"b""# + Text.modern))
        #expect(round.hasInputResponses)
        #expect(round.requestState == #""a\"b""#)
        #expect(round.era == .modern)
        #expect(round.statedRevision == "2026-07-28")
        #expect(round.handshake?.peer == PeerInfo(name: "mcp", version: "0.1.0"))
        #expect(round.handshake?.capabilities == "{}")
        let asking = server(
            Text.result("2", #"{"resultType":"input_required","requestState":"s","inputRequests":{}}"#))
        #expect(asking.resultType == "input_required")
        #expect(asking.requestState == #""s""#)
    }

    @Test func `reads results and errors`() {
        #expect(server(Text.result("1", #"{"isError":true}"#)).isToolError)
        for value in ["false", "1", #""true""#, "null", "[true]"] {
            #expect(!server(Text.result("1", #"{"isError":\#(value)}"#)).isToolError)
        }
        #expect(!server(Text.result("1", #"{"x":{"isError":true}}"#)).isToolError)
        #expect(server(Text.result("1", #"{"task":{"taskId":"t"}}"#)).taskID == "t")
        #expect(server(Text.result("1", #"{"taskId":"t"}"#)).taskID == "t")
        #expect(
            server(#"{"jsonrpc":"2.0","id":1,"error":{"message":"b\n","code":-32000.5,"data":{"code":1}}}"#)
                .error
                == ResponseError(code: "-32000.5", message: "b\n"))
        #expect(
            server(#"{"jsonrpc":"2.0","id":1,"error":"odd"}"#).error == ResponseError(code: "", message: ""))
        #expect(server(#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#).error == nil)
        #expect(server(#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}"#).id == nil)
    }

    @Test func `reads both halves of the handshake`() {
        let initialize = client(
            Text.request(
                "0", "initialize",
                #"{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"#
                    + #""clientInfo":{"title":"T","version":"1","name":"c"}}"#))
        #expect(initialize.era == .legacy)
        #expect(initialize.handshake?.speaker == .clientToServer)
        #expect(initialize.handshake?.protocolVersion == "2025-11-25")
        #expect(initialize.handshake?.peer == PeerInfo(name: "c", version: "1", title: "T"))
        #expect(initialize.handshake?.capabilities == #"{"roots":{}}"#)
        let answer = server(
            Text.result(
                "0", #"{"protocolVersion":"2025-06-18","serverInfo":{"name":"s"},"instructions":"be\tkind"}"#)
        )
        #expect(answer.handshake?.speaker == .serverToClient)
        #expect(answer.handshake?.peer == PeerInfo(name: "s"))
        #expect(answer.handshake?.instructions == "be\tkind")
        #expect(answer.statedRevision == "2025-06-18")
        let discovered = server(
            Text.result(
                "1",
                #"{"supportedVersions":["2026-07-28","DRAFT",3],"capabilities":{},"#
                    + #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":""}}}"#))
        #expect(discovered.handshake?.supportedVersions == ["2026-07-28", "DRAFT"])
        #expect(discovered.handshake?.peer == PeerInfo(name: "s", version: ""))
        #expect(server(Text.result("1")).handshake == nil)
    }

    @Test(arguments: [
        ("2026-07-28", Era.modern), ("2027-01-01", .modern), ("2025-11-25", .legacy),
    ])
    func `takes the era from the revision that a message states`(_ revision: String, _ era: Era) {
        let meta = #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"\#(revision)"}}"#
        #expect(client(Text.request("1", "tools/list", meta)).era == era)
        #expect(client(Text.request("1", "initialize", meta)).era == .legacy)
    }

    @Test func `counts the last of duplicate keys, and what is under it`() {
        let params =
            #"{"name":"a","_meta":{"progressToken":1},"name":"b","_meta":{"x":1},"n\u0061me":"c"}"#
        let digest = client(Text.request("1", "tools/call", params))
        #expect(digest.name == "c")
        #expect(digest.progressToken == nil)
        #expect(
            client(Text.request("1", "tools/call", #"{"_meta":{"progressToken":1},"_meta":2}"#)).progressToken
                == nil)
    }

    @Test func `bounds every text on a character boundary and between escapes`() {
        let long = String(repeating: "é", count: 3000)
        let call = client(Text.request("\"" + long + "\"", "tools/call", #"{"name":"\#(long)"}"#))
        #expect(call.name == String(repeating: "é", count: 2047))
        #expect((call.id?.text.utf8.count ?? 0) <= MessageDigest.textLimit)
        let escaped = String(repeating: #"\n\u00e9"#, count: 1000)
        let name = client(Text.request("1", "tools/call", #"{"name":"\#(escaped)"}"#)).name
        #expect(name == String(String(repeating: "\né", count: 1000).prefix(1023)))
        let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(
            client(Text.request("1", "initialize", #"{"capabilities":\#(deep)}"#)).handshake?.capabilities
                == deep)
        let wide = #"{"x":"\#(long)"}"#
        #expect(
            client(Text.request("1", "initialize", #"{"capabilities":\#(wide)}"#)).handshake?.capabilities
                == nil)
    }

    @Test func `reads each member of a batch with its size`() {
        let batch = client(
            #"[ {"jsonrpc":"2.0","id":1,"method":"ping"} , 5,[{"jsonrpc":"2.0","id":1,"method":"ping"}] ]"#)
        #expect(batch.kind == .batch)
        #expect(batch.members.map(\.kind) == [.request, .foreign, .foreign])
        #expect(batch.members.map(\.size) == [40, 1, 42])
    }

    @Test func `steps over what it does not look for, whatever is in there`() {
        let noise =
            #""a":[1,{"name":"x","_meta":{}},"]}\"",[]],"b":{"c":"}","d":{}},"e":-1.5E+3,"f":null,"g":"\\""#
        let digest = client(Text.request("1", "tools/call", "{ \(noise) ,\t\"name\" : \"n\" , \(noise)}"))
        #expect(digest.name == "n")
    }
}
