import Testing

@testable import HTTPTransport

struct UpstreamURLTests {
    @Test func `a URL is an origin, and a path for the client`() throws {
        let url = try UpstreamURL("HTTPS://API.example.com/mcp?x=1")
        #expect(url.isSecure && url.host == "api.example.com" && url.port == 443)
        #expect(url.authority == "api.example.com" && url.path == "/mcp?x=1")
        #expect(try UpstreamURL("http://[::1]:80").authority == "[::1]")
        #expect(try UpstreamURL("http://a:8080").origin == "http://a:8080")
        #expect(try UpstreamURL("https://a:80").authority == "a:80")
    }

    @Test(arguments: [
        "", "a", "ftp://a", "http://", "http://:80", "http://a:x", "http://u:p@a", "http://a b",
        "http://a/#f",
        "http://a/ b", "http://a:70000",
    ])
    func `anything else is refused, and a password is not repeated`(text: String) {
        let failure = #expect(throws: HTTPFailure.self) { try UpstreamURL(text) }
        #expect(failure?.message.contains("u:p") != true)
    }
}
