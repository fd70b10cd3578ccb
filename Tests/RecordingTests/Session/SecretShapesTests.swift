import Testing

@testable import Recording

struct SecretShapesTests {
    @Test func `findings have a kind and a range`() {
        let text = "a ghp_abcdefghijklmnopqrstuvwxyz0123456789 b Bearer abcdef0123456789xyz"
        let findings = SecretShapes.findings(in: text)
        #expect(findings.map(\.kind) == ["GitHub token", "bearer token"])
        let bytes = Array(text.utf8)
        #expect(
            findings.map { String(decoding: bytes[$0.range], as: UTF8.self).prefix(4) } == ["ghp_", "abcd"])
    }

    @Test(arguments: [
        "sk-learn", "task-management-and-more-of-it-all", "sk-learn-is-a-library-for-python", "ghp_",
        "eyJ.eyJ.x",
        "bearer of bad news that is long", "AKIA", "-----BEGIN CERTIFICATE-----", "hf_transfer",
        "secret_garden",
    ])
    func `words that only look like one are left`(text: String) {
        #expect(SecretShapes.findings(in: text).isEmpty)
    }

    @Test func `a private key ends at its end line, open or not`() {
        let key = "-----BEGIN EC PRIVATE KEY-----\\nMHcC\\n-----END EC PRIVATE KEY-----"
        #expect(SecretShapes.findings(in: key + " x").first?.range == 0..<key.utf8.count)
        #expect(SecretShapes.findings(in: "-----BEGIN PRIVATE KEY-----").count == 1)
        #expect(SecretShapes.findings(in: "-----BEGIN PGP PRIVATE KEY BLOCK-----").count == 1)
    }

    @Test func `the list is bounded`() {
        let text = String(repeating: "AKIAIOSFODNN7EXAMPLE ", count: 50)
        #expect(SecretShapes.findings(in: Array(text.utf8)[...], limit: 7).count == 7)
    }
}
