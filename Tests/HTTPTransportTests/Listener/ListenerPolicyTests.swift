import Testing

@testable import HTTPTransport

struct ListenerPolicyTests {
    private func policy(_ change: (inout ListenerPolicy) -> Void = { _ in }) -> ListenerPolicy {
        var policy = ListenerPolicy()
        change(&policy)
        return policy
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:8808", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8808", "127.8.9.1",
    ])
    func `a loopback host is ours, whatever the port`(host: String) {
        #expect(policy().refusal(host: host, origins: [], tokens: []) == nil)
    }

    @Test(arguments: [
        "", "evil.example", "evil.example:8808", "localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.1:x",
        "10.0.0.1",
        "[::2]", "[::1", "localhost:99999", "127.0.0.1:8808:1", "user@localhost", "localhost/", "0.0.0.0",
        "127.1", "2130706433", "127.0.0.0x1",
    ])
    func `any other host is refused`(host: String) {
        #expect(policy().refusal(host: host, origins: [], tokens: []) == .host(host))
    }

    @Test func `an allowed host is ours, and nothing below or above it`() {
        let policy = policy { $0.allowedHosts = ["mcp.svc.cluster"] }
        #expect(policy.refusal(host: "MCP.svc.cluster:80", origins: [], tokens: []) == nil)
        #expect(policy.refusal(host: "a.mcp.svc.cluster", origins: [], tokens: []) != nil)
        #expect(policy.refusal(host: "svc.cluster", origins: [], tokens: []) != nil)
    }

    @Test(arguments: [
        "http://localhost", "https://127.0.0.1:3000", "http://[::1]:1", "HTTP://LOCALHOST:5", "app://mine",
    ])
    func `a loopback or an allowed origin is admitted`(origin: String) {
        let policy = policy { $0.allowedOrigins = ["app://mine"] }
        #expect(policy.refusal(host: "localhost", origins: [origin], tokens: []) == nil)
    }

    @Test(arguments: [
        "null", "", "http://evil.example", "https://localhost.evil.example", "file://",
        "http://localhost@evil",
        "http://localhost/", "ftp://localhost", "localhost",
    ])
    func `any other origin is refused`(origin: String) {
        #expect(policy().refusal(host: "localhost", origins: [origin], tokens: []) == .origin(origin))
    }

    @Test func `two origins are refused`() {
        let origins = ["http://localhost", "http://localhost"]
        #expect(policy().refusal(host: "localhost", origins: origins, tokens: []) != nil)
    }

    @Test func `a token is compared whole`() {
        let policy = policy { $0.clientToken = Array("secret".utf8) }
        func isAdmitted(_ tokens: String...) -> Bool {
            policy.refusal(host: "localhost", origins: [], tokens: tokens.map { Array($0.utf8)[...] }) == nil
        }
        #expect(isAdmitted("secret"))
        for wrong in ["", "secre", "secretsecret", "Secret", "xecret"] { #expect(!isAdmitted(wrong)) }
        #expect(!isAdmitted())
        #expect(!isAdmitted("secret", "secret"))
        #expect(!ListenerPolicy.isSame([], []))
    }

    @Test func `another address than loopback needs a permission and a proof`() throws {
        let remote = try ListenAddress("0.0.0.0:80")
        #expect(throws: HTTPFailure.self) {
            try ListenerPolicy.check(remote, allowsRemote: false, proofs: [.token])
        }
        #expect(throws: HTTPFailure.self) {
            try ListenerPolicy.check(remote, allowsRemote: true, proofs: [])
        }
        for proof in [ListenerPolicy.ClientProof.token, .certificate, .waived] {
            try ListenerPolicy.check(remote, allowsRemote: true, proofs: [proof])
        }
        for local in ["8808", "[::1]:1", "localhost:1", "unix:/run/mcp.sock"] {
            try ListenerPolicy.check(try ListenAddress(local), allowsRemote: false, proofs: [])
        }
    }

    @Test func `the listener answers 421 and 403, and strips its token`() throws {
        let stage = try Stage { $0.policy.clientToken = Array("secret".utf8) }
        let cases = [
            ("Host: evil.example\r\nMcptape-Token: secret\r\n", 421),
            ("Host: localhost\r\nOrigin: http://evil.example\r\nMcptape-Token: secret\r\n", 403),
            ("Host: localhost\r\n", 403), ("Host: localhost\r\nMcptape-Token: wrong\r\n", 403),
        ]
        for (fields, status) in cases {
            let client = try stage.connect()
            try client.send("GET / HTTP/1.1\r\n\(fields)\r\n")
            let text = client.receiveToEnd().text
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(!text.lowercased().contains("access-control"))
        }
        let (_, _, head) = try stage.exchange(
            Stage.request("GET / HTTP/1.1", "mcptape-token: secret\r\nOrigin: http://localhost\r\n"))
        #expect(head == "GET / HTTP/1.1\r\nHost: \(stage.authority)\r\nOrigin: http://localhost\r\n\r\n")
    }
}
