import Testing

@testable import HTTPTransport

struct OwnPolicyTests {
    private var policy: OwnPolicy {
        var policy = OwnPolicy()
        policy.allowedHosts = ["tape.lan"]
        policy.token = Array("secret".utf8)
        policy.openPaths = ["/metrics"]
        return policy
    }

    /// The status that a request is refused with; 200 when it is not.
    private func status(
        _ path: String = "/metrics", method: String = "GET", host: String? = "localhost",
        more: [String] = []
    ) throws -> Int {
        let lines = ["\(method) \(path) HTTP/1.1"] + (host.map { ["Host: \($0)"] } ?? []) + more
        let head = try MessageHead(request: Array(lines.map { $0 + "\r\n" }.joined().utf8))
        return policy.refusal(OwnRequest(head, target: head.target))?.status ?? 200
    }

    @Test(arguments: [
        "localhost", "localhost:6827", "LOCALHOST", "127.0.0.1:6827", "127.1.2.3", "[::1]:6827", "tape.lan:1",
        "10.1.2.3", "[fd00::1]:80",
    ])
    func `a host that is ours is answered`(host: String) throws { #expect(try status(host: host) == 200) }

    @Test(arguments: [
        "evil.example", "evil.example:6827", "localhost.evil.example", "127.0.0.1.evil.example", "tape.lan.",
        "127.0.0.1@evil.example", "", "[::1", "localhost:99999", "127.0.0.1.nip.io",
    ])
    func `a name that somebody else chose is misdirected`(host: String) throws {
        #expect(try status(host: host) == 421)
    }

    @Test func `there is one host`() throws {
        #expect(try status(host: nil) == 421)
        #expect(try status(more: ["Host: localhost"]) == 421)
    }

    @Test(arguments: [
        ("http://localhost:3000", 200), ("http://127.0.0.1", 200), ("https://[::1]:1", 200),
        ("HTTP://LOCALHOST", 200), ("http://evil.example", 403), ("null", 403), ("", 403),
        ("http://tape.lan", 403), ("file://", 403), ("http://localhost.evil.example", 403),
        ("http://10.0.0.9", 403),
    ])
    func `an origin is this machine's or our own`(origin: String, expected: Int) throws {
        #expect(try status(more: ["Origin: \(origin)"]) == expected)
    }

    @Test func `a page that we served may ask under the name that it was served by`() throws {
        #expect(try status(host: "tape.lan:6827", more: ["Origin: http://tape.lan:6827"]) == 200)
        #expect(try status(host: "tape.lan:6827", more: ["Origin: http://tape.lan:80"]) == 403)
        #expect(try status(host: "10.0.0.9:6827", more: ["Origin: http://10.0.0.9:6827"]) == 200)
        #expect(try status(more: ["Origin: http://localhost", "Origin: http://localhost"]) == 403)
    }

    @Test(arguments: [
        ("Bearer secret", 200), ("bearer  secret", 200), ("Bearer secre", 401), ("Bearer secret2", 401),
        ("Bearer ", 401), ("secret", 401), ("Basic secret", 401), ("", 401),
    ])
    func `all but the open paths need the token`(value: String, expected: Int) throws {
        #expect(try status("/api/sessions", more: ["Authorization: \(value)"]) == expected)
        #expect(try status("/metrics", more: ["Authorization: \(value)"]) == 200)
        // Paths are compared as they are written.
        #expect(try status("/metrics/", more: ["Authorization: \(value)"]) == expected)
        #expect(try status("//metrics", more: ["Authorization: \(value)"]) == expected)
    }

    @Test func `the token is said once, and other methods are not answered`() throws {
        let twice = ["Authorization: Bearer secret", "Authorization: Bearer secret"]
        #expect(try status("/api", more: twice) == 401)
        #expect(try status("/api", more: []) == 401)
        #expect(try status(method: "HEAD") == 200)
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "get"] {
            #expect(try status(method: method) == 405)
        }
    }
}
