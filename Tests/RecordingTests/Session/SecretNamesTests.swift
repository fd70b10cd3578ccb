import Testing

@testable import Recording

struct SecretNamesTests {
    @Test(arguments: [
        "token", "--api-key", "GITHUB_PERSONAL_ACCESS_TOKEN", "clientSecret", "x-api-key", "password",
        "Cookie", "key",
        "session_id", "connectionString", "AWS_SECRET_ACCESS_KEY", "auth",
    ])
    func `a credential's name`(name: String) { #expect(SecretNames.isSensitive(name)) }

    @Test(arguments: [
        "", "maxTokens", "max_tokens", "token-file", "progressToken", "publicKey", "clientId", "author",
        "keyboard",
        "monkey", "passive", "authority", "nextCursor", "auth-type", "tokenizer",
    ])
    func `another name`(name: String) { #expect(!SecretNames.isSensitive(name)) }

    @Test func `names are words whatever their writing`() {
        #expect(SecretNames.words(of: "apiKey2-Id_x") == ["api", "key2", "id", "x"])
        #expect(SecretNames.words(of: "APIKey") == ["apikey"])
    }
}
