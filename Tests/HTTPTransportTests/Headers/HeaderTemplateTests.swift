import Testing

@testable import HTTPTransport

struct HeaderTemplateTests {
    private func value(_ text: String) throws -> String {
        try HeaderTemplate(text).resolved(
            environment: { $0 == "TOKEN" ? "t0k" : $0 == "BAD" ? "a\nb" : nil },
            command: { line throws(HTTPFailure) in line == "fail" ? "" : "[\(line)]\n" }
        ).current()
    }

    @Test func `a template is put together from its parts`() throws {
        #expect(try value("Authorization: Bearer {env:TOKEN}") == "Bearer t0k")
        #expect(try value("X:a{env:TOKEN}{cmd:gh auth token}z") == "at0k[gh auth token]z")
        #expect(try value("X: {a} {} {envy:1}") == "{a} {} {envy:1}")
        #expect(try HeaderTemplate("X-Y:  v ").parts == [.text("v ")])
    }

    @Test(arguments: [
        "Authorization", "A B: x", ": x", "X: {env:", "X: {env:}", "X: {file:}", "X: {env:MISSING}",
        "X: {env:BAD}",
        "X: {cmd:fail}", "X: {file:/nowhere/at/all}", "Host: a", "Content-Length: 5", "Transfer-Encoding: x",
        "Connection: close", "X: a\u{0}b",
    ])
    func `what cannot be a header is refused`(text: String) {
        #expect(throws: HTTPFailure.self) { _ = try value(text) }
    }

    @Test func `a failure does not repeat a value`() {
        let failure = #expect(throws: HTTPFailure.self) { _ = try value("X: {env:BAD}") }
        #expect(failure?.message.contains("a\nb") == false)
    }
}
