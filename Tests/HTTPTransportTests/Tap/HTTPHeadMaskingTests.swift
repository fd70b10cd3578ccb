import Recording
import Testing

@testable import HTTPTransport

struct HTTPHeadMaskingTests {
    private let masking = StrictHeadMasking()

    @Test(arguments: [
        "authorization", "Cookie", "SET-COOKIE", "Mcp-Session-Id", "X-Api-Key", "DPoP", "Mcp-Param-Path",
        "Location", "WWW-Authenticate", "Host", "Origin", "X-Anything", "Referer",
    ])
    func `a value that is not known to be harmless is masked`(name: String) {
        let field = masking.field(name: name, value: "canary")
        #expect(field == HTTPField(name: name, value: "[masked]", form: .masked, size: 6))
    }

    @Test func `harmless values and empty ones stay`() {
        for name in ["Content-Type", "ACCEPT", "mcp-protocol-version", "Last-Event-ID"] {
            #expect(masking.field(name: name, value: "a") == HTTPField(name: name, value: "a"))
        }
        #expect(masking.field(name: "Cookie", value: "") == HTTPField(name: "Cookie", value: ""))
    }

    @Test(arguments: [
        ("/mcp", "/mcp"), ("/a?b=c&d=e", "/a?b=[masked]&d=[masked]"), ("/a?b", "/a?[masked]"), ("/a?", "/a?"),
        ("/a?b=&c=d=e?f", "/a?b=[masked]&c=[masked]"), ("*", "*"),
    ])
    func `values of a query are masked`(target: String, masked: String) {
        #expect(masking.target(target) == masked)
    }
}
