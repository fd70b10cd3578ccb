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
        #expect(try value("X: {a} {} {\"b\":1}") == "{a} {} {\"b\":1}")
        #expect(try HeaderTemplate("X-Y:  v ").parts == [.text("v ")])
    }

    @Test(arguments: [
        "Authorization", "A B: x", ": x", "X: {env:", "X: {env:}", "X: {file:}", "X: {env:MISSING}",
        "X: {env:BAD}",
        "X: {cmd:fail}", "X: {file:/nowhere/at/all}", "Host: a", "Content-Length: 5", "Transfer-Encoding: x",
        "Connection: close", "X: a\u{0}b", "X: {envy:1}", "X: {File:/etc/hosts}",
    ])
    func `what cannot be a header is refused`(text: String) {
        #expect(throws: HTTPFailure.self) { _ = try value(text) }
    }

    @Test(arguments: [
        "Authorization", "authorization", "Cookie", "X-Api-Key", "Proxy-Authorization", "X-Auth-Token",
    ])
    func `a credential in clear is refused and not repeated`(name: String) throws {
        let failure = #expect(throws: HTTPFailure.self) { _ = try value("\(name): Bearer s3cr3t") }
        #expect(failure?.kind == .setting)
        #expect(failure?.message.contains("{env:NAME}") == true)
        #expect(failure?.message.contains("s3cr3t") == false)
        #expect(try value("\(name): Bearer {env:TOKEN}") == "Bearer t0k")
    }

    @Test func `a template says what it needs`() throws {
        #expect(try !HeaderTemplate("X: a").readsSecrets)
        #expect(try HeaderTemplate("X: {env:A}").readsSecrets)
        #expect(try !HeaderTemplate("X: {file:/a}").runsCommand)
        #expect(try HeaderTemplate("X: a{cmd:b}").runsCommand)
    }

    @Test func `a failure does not repeat a value`() {
        let failure = #expect(throws: HTTPFailure.self) { _ = try value("X: {env:BAD}") }
        #expect(failure?.message.contains("a\nb") == false)
    }
}
