import Testing

@testable import Recording

struct HeaderPolicyTests {
    private let redactor = Redactor(rules: RedactionRules(), key: RedactionSamples.key)

    private func recorded(_ name: String, _ value: String) -> String {
        String(
            decoding: HeaderPolicy.recorded(Array(value.utf8)[...], of: name, by: redactor), as: UTF8.self)
    }

    @Test func `only what is on the list is recorded`() {
        #expect(recorded("Content-Type", "application/json") == "application/json")
        #expect(recorded("MCP-Protocol-Version", "2025-06-18") == "2025-06-18")
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(recorded("traceparent", trace) == trace)
        for name in ["Cookie", "Set-Cookie", "Mcp-Session-Id", "X-Api-Key", "X-Whatever", "Mcp-Param-A"] {
            let value = recorded(name, "canary-1")
            #expect(value.hasPrefix("[redacted:secret:") && !value.contains("canary"))
            #expect(recorded(name, value) == value)
        }
    }

    @Test func `a scheme stays, and an open value is searched`() {
        let authorization = recorded("authorization", "Bearer canary-2")
        #expect(authorization.hasPrefix("Bearer [redacted:") && !authorization.contains("canary"))
        #expect(recorded("authorization", authorization) == authorization)
        #expect(recorded("User-Agent", "x/\(RedactionSamples.github)").contains("[redacted:github-token:"))
    }

    @Test func `a secret that is wrapped for a header is found`() throws {
        let wrapped = "=?base64?" + Base64.encoded(Array("é \(RedactionSamples.github)".utf8)) + "?="
        let value = recorded("Mcp-Name", wrapped)
        #expect(value.hasPrefix("=?base64?") && value != wrapped && recorded("Mcp-Name", value) == value)
        let inside = try #require(Base64.decoded(value.dropFirst(9).dropLast(2).utf8))
        #expect(String(decoding: inside, as: UTF8.self).hasPrefix("é [redacted:github-token:"))
        #expect(recorded("Mcp-Name", "=?base64?w6k=?=") == "=?base64?w6k=?=")
    }

    @Test func `a mirrored argument is judged by the header's name and by its value`() {
        func mirrored(_ name: String, _ value: String) -> String {
            String(
                decoding: HeaderPolicy.mirrored(Array(value.utf8)[...], of: name, by: redactor),
                as: UTF8.self)
        }
        #expect(HeaderPolicy.isMirrored("MCP-PARAM-A") && !HeaderPolicy.isMirrored("Mcp-Param-"))
        #expect(!HeaderPolicy.isMirrored("Mcp-Name"))
        #expect(mirrored("Mcp-Param-Region", "eu-west") == "eu-west")
        #expect(mirrored("Mcp-Param-Api-Key", "abc") == redactor.placeholder(for: "abc".utf8))
        #expect(mirrored("Mcp-Param-Region", RedactionSamples.github).hasPrefix("[redacted:github-token:"))
        let wrapped = MirroredValue.wrapped(Array("é".utf8))
        #expect(mirrored("Mcp-Param-Region", wrapped) == wrapped)
        #expect(
            MirroredValue.decoded(mirrored("Mcp-Param-Token", wrapped))
                == redactor.placeholder(for: "é".utf8))
        // Without a body to compare it with nothing of it is recorded; the placeholder is the argument's.
        #expect(recorded("Mcp-Param-Region", wrapped) == redactor.placeholder(for: "é".utf8))
    }

    @Test func `of a URL the names stay`() {
        func masked(_ url: String) -> String {
            String(decoding: URLMask.recorded(Array(url.utf8)[...], by: redactor), as: UTF8.self)
        }
        let target = masked("/mcp?sessionId=canary&empty=&flag")
        #expect(target.hasPrefix("/mcp?sessionId=[redacted:secret:") && target.contains("&empty=&[redacted:"))
        #expect(masked(target) == target)
        let whole = masked("https://u:canary@host.example/a?b=canary#c=canary")
        #expect(whole.hasPrefix("https://[redacted:") && whole.contains("@host.example/a?b=[redacted:"))
        #expect(!whole.contains("canary"))
        #expect(masked("/plain/path") == "/plain/path")
    }
}
