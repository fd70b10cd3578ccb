import Testing

@testable import HTTPTransport

/// DELETE: where it is answered, and that nothing but the token in the header permits it.
struct OwnPolicyDeletionTests {
    private var policy: OwnPolicy {
        var policy = OwnPolicy()
        policy.token = Array("secret".utf8)
        policy.openPaths = ["/thing/open"]
        policy.mayDelete = { $0.hasPrefix("/thing/") }
        return policy
    }
    private let token = "Authorization: Bearer secret"

    private func refusal(
        _ policy: OwnPolicy, _ path: String, _ more: [String], method: String = "DELETE",
        host: String = "localhost"
    ) throws -> OwnResponse? {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)"] + more
        let head = try MessageHead(request: Array(lines.map { $0 + "\r\n" }.joined().utf8))
        return policy.refusal(OwnRequest(head, target: head.target))
    }

    @Test func `the token in the header deletes`() throws {
        #expect(try refusal(policy, "/thing/1", [token]) == nil)
        #expect(try refusal(policy, "/thing/1", [token, "Origin: http://localhost:3000"]) == nil)
    }

    @Test(
        arguments: [
            ("/thing/1", []), ("/thing/1?token=secret", []), ("/thing/1", ["Cookie: token=secret"]),
            ("/thing/1", ["Authorization: Bearer secre"]), ("/thing/open", []),
        ] as [(String, [String])])
    func `nothing else does, whatever is open to readers`(path: String, more: [String]) throws {
        #expect(try refusal(policy, path, more)?.status == 401)
        #expect(try refusal(policy, "/thing/open", [], method: "GET") == nil)
    }

    @Test func `a foreign page is refused though it has the token`() throws {
        #expect(try refusal(policy, "/thing/1", [token, "Origin: http://evil.example"])?.status == 403)
        #expect(try refusal(policy, "/thing/1", [token, "Origin: null"])?.status == 403)
        #expect(try refusal(policy, "/thing/1", [token], host: "evil.example")?.status == 421)
    }

    @Test func `a listener without a token deletes nothing`() throws {
        var policy = policy
        policy.token = nil
        #expect(try refusal(policy, "/thing/1", [token])?.status == 401)
        #expect(try refusal(policy, "/thing/1", [], method: "GET") == nil)
    }

    @Test func `what may be done is said`() throws {
        let elsewhere = try #require(try refusal(policy, "/other", [token]))
        #expect(elsewhere.status == 405 && elsewhere.fields.contains(OwnField("Allow", "GET, HEAD")))
        let post = try #require(try refusal(policy, "/thing/1", [token], method: "POST"))
        #expect(post.status == 405 && post.fields.contains(OwnField("Allow", "GET, HEAD, DELETE")))
    }

    @Test func `every refusal says what a browser may do with it`() throws {
        let refusals = [
            try refusal(policy, "/thing/1", []), try refusal(policy, "/x", [token]),
            try refusal(policy, "/thing/1", [token, "Origin: null"]),
            try refusal(policy, "/thing/1", [token], host: "evil.example"),
        ]
        #expect(refusals.compactMap { $0?.status } == [401, 405, 403, 421])
        for case let refusal? in refusals {
            let names = refusal.fields.map(\.name)
            #expect(Set(names).count == names.count)
            for field in [
                OwnField("X-Content-Type-Options", "nosniff"), OwnField("Cache-Control", "no-store"),
                OwnField("Referrer-Policy", "no-referrer"),
                OwnField("Cross-Origin-Resource-Policy", "same-origin"),
                OwnField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ] {
                #expect(refusal.fields.contains(field), "\(refusal.status) \(field.name)")
            }
        }
    }
}
