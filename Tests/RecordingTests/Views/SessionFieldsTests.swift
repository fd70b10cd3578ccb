import MCPSemantics
import Recording
import Testing
import Wire

struct SessionFieldsTests {
    @Test(arguments: [
        ("-32601", #""code":-32601,"#), (#""E1""#, #""code":"E1","#), ("", ""),
        (#"{"a":"#, #""code":"{\"a\":","#),
    ])
    func `an error is valid JSON, whatever a broken server says`(code: String, expected: String) throws {
        var exchange = Exchange(
            number: 1, asker: .clientToServer, id: RequestID("1"), method: "ping", era: .legacy,
            requestSequence: 1, requestTime: .zero, requestSize: 9)
        exchange.outcome = .error
        exchange.error = ResponseError(code: code, message: "m")
        var json = JSONWriter()
        json.exchange(exchange, of: SessionID("aaaa"))
        #expect(JSONText.isValid(json.bytes[...]))
        #expect(json.text.contains("\"error\":{\(expected)\"message\":\"m\"}"))
    }
}
