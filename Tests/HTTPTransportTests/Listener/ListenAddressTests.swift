import Testing

@testable import HTTPTransport

struct ListenAddressTests {
    @Test func `a port alone means loopback`() throws {
        for text in ["8808", ":8808", "127.0.0.1:8808"] {
            #expect(try ListenAddress(text) == .tcp(host: "127.0.0.1", port: 8808))
        }
        #expect(try ListenAddress("[::1]:0") == .tcp(host: "::1", port: 0))
        #expect(try ListenAddress("unix:/a b") == .unix(path: "/a b"))
        #expect(try ListenAddress("[::1]:9").description == "[::1]:9")
    }

    @Test(arguments: ["", "localhost", "65536", "a:b", "unix:", "1:2:3", "[::1]", "http://a:1"])
    func `anything else is refused`(text: String) {
        #expect(throws: HTTPFailure.self) { try ListenAddress(text) }
    }
}
