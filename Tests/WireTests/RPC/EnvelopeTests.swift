import Testing
import Wire

struct EnvelopeTests {
    private func scan(_ text: String) -> Envelope { Envelope.scan(Array(text.utf8)[...]) }

    private func text(_ range: Range<Int>?, of message: String) -> String? {
        range.map { String(decoding: Envelope.slice($0, of: Array(message.utf8)[...]), as: UTF8.self) }
    }

    @Test(
        arguments: [
            (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, .request),
            (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, .request),
            (#"{"params":{},"method":"ping","id":"x","jsonrpc":"2.0"}"#, .request),
            (#"{"jsonrpc":"2.0","method":"ping","id":{"odd":[1]}}"#, .request),
            (#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, .request),
            (#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, .notification),
            (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, .response),
            (#"{"jsonrpc":"2.0","id":1,"result":null}"#, .response),
            (#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#, .response),
            (#"{"jsonrpc":"2.0","error":{}}"#, .response),
            (#"{"jsonrpc":"2.0","method":5,"result":1}"#, .response),
            (#"{"jsonrp\u0063":"\u0032.0","m\u0065thod":"x"}"#, .notification),
            (" \t{\"jsonrpc\" : \"2.0\" , \"method\" : \"x\" } \r", .notification),
            (#"{"jsonrpc":"1.0","jsonrpc":"2.0","method":"x"}"#, .notification),
            (#"[{"jsonrpc":"2.0","method":"x"}]"#, .batch),
            ("[1]", .batch),
            ("[]", .foreign(.notRPC)),
            ("{}", .foreign(.notRPC)),
            ("12", .foreign(.notRPC)),
            ("\"jsonrpc\"", .foreign(.notRPC)),
            (#"{"id":1,"method":"ping"}"#, .foreign(.notRPC)),
            (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, .foreign(.notRPC)),
            (#"{"jsonrpc":"2.00","id":1,"method":"ping"}"#, .foreign(.notRPC)),
            (#"{"jsonrpc":"2.0","jsonrpc":"1.0","method":"x"}"#, .foreign(.notRPC)),
            (#"{"jsonrpc":"2.0","id":1}"#, .foreign(.notRPC)),
            (#"{"jsonrpc":"2.0","id":1,"method":5}"#, .foreign(.notRPC)),
            (#"{"a":{"jsonrpc":"2.0","method":"x"}}"#, .foreign(.notRPC)),
            ("", .foreign(.empty)),
            (" \r", .foreign(.empty)),
            ("Server listening on stdio", .foreign(.notJSON)),
            (#"{"jsonrpc":"2.0","method":"x"} x"#, .foreign(.notJSON)),
            (#"{"jsonrpc":"2.0","method":"x""#, .foreign(.notJSON)),
            ("1.", .foreign(.notJSON)),
        ] as [(String, Envelope.Shape)])
    func `tells what a message is by its shape`(_ message: String, _ expected: Envelope.Shape) {
        #expect(scan(message).shape == expected)
    }

    @Test func `bad UTF-8 and too much nesting have reasons of their own`() {
        let bad = Array("{\"a\":\"".utf8) + [0xC0, 0x80] + Array("\"}".utf8)
        #expect(Envelope.scan(bad[...]).shape == .foreign(.invalidUTF8))
        #expect(Envelope.scan([0xFF]).shape == .foreign(.notJSON))
        let deep = String(repeating: "[", count: JSONText.depthLimit + 1)
        #expect(scan(deep).shape == .foreign(.tooDeep))
    }

    @Test func `ranges hold the text as it stands on the wire`() {
        let message =
            #" {"params": {"a" : [1, "}"]} ,"jsonrpc":"2.0","id" : 1.0 ,"method":"tools/\u0063all"}"#
        let envelope = scan(message)
        #expect(envelope.shape == .request)
        #expect(text(envelope.id, of: message) == "1.0")
        #expect(text(envelope.method, of: message) == #""tools/\u0063all""#)
        #expect(text(envelope.params, of: message) == #"{"a" : [1, "}"]}"#)
        #expect(envelope.result == nil)
        #expect(envelope.error == nil)
    }

    @Test(arguments: [
        "1", "-0", "1E5", "\"a\\\"b\"", "null", "true", "[1,{}]", "{\"a\":{}}", "18446744073709551616",
    ])
    func `an id of any kind keeps its text`(_ id: String) {
        for message in [
            #"{"jsonrpc":"2.0","method":"x","id":\#(id)}"#, #"{"id":\#(id) ,"jsonrpc":"2.0","result":{}}"#,
        ] {
            #expect(text(scan(message).id, of: message) == id)
        }
    }

    @Test func `of duplicate members the last wins`() {
        let message = #"{"jsonrpc":"2.0","id":1,"result":{"a":1},"id":2,"result":[],"i\u0064":3}"#
        let envelope = scan(message)
        #expect(text(envelope.id, of: message) == "3")
        #expect(text(envelope.result, of: message) == "[]")
    }

    @Test func `members of inner objects are not the message's`() {
        let message = #"{"jsonrpc":"2.0","params":{"id":9,"method":"y","error":{}},"method":"x"}"#
        let envelope = scan(message)
        #expect(envelope.shape == .notification)
        #expect(text(envelope.method, of: message) == "\"x\"")
        #expect(envelope.error == nil)
    }

    @Test func `a batch gives its members to be scanned on their own`() {
        let message =
            #" [ {"jsonrpc":"2.0","id":1,"method":"ping"} , 7,{"jsonrpc":"2.0","id":2,"result":[]}] "#
        let envelope = scan(message)
        #expect(envelope.shape == .batch)
        #expect(
            envelope.members.map { text($0, of: message) ?? "" } == [
                #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "7", #"{"jsonrpc":"2.0","id":2,"result":[]}"#,
            ])
        #expect(envelope.id == nil)
        let bytes = Array(message.utf8)
        let shapes = envelope.members.map { Envelope.scan(Envelope.slice($0, of: bytes[...])).shape }
        #expect(shapes == [.request, .foreign(.notRPC), .response])
    }

    @Test func `offsets count from the slice's first byte`() {
        let message = Array(#"xyz{"jsonrpc":"2.0","id":4,"method":"m"}"#.utf8)
        let envelope = Envelope.scan(message[3...])
        #expect(envelope.id == 22..<23)
        #expect(envelope.id.map { Array(Envelope.slice($0, of: message[3...])) } == [UInt8(ascii: "4")])
        #expect(Envelope.slice(2..<90, of: message[3..<6]).count == 1)
    }
}
