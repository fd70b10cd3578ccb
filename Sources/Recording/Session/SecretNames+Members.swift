/// Names of members in payloads. They are judged more narrowly than options of a command line: a payload is
/// full of keys and tokens that open nothing.
extension SecretNames {
    /// True when a member of that name in a payload is a credential.
    ///
    /// `accessToken`, `api_key` and `DB_PASSWORD` are; `progressToken`, `maxTokens`, `token_count`, `key`,
    /// `issue_key` and `nextPageToken` are not. `own` and `kept` are names that the user added or excepted,
    /// as words.
    static func isSecretMember(_ name: String, own: [[String]] = [], kept: [[String]] = []) -> Bool {
        var words = words(of: String(name.prefix(128)))
        if kept.contains(where: { $0 == words }) { return false }
        if own.contains(where: { words.suffix($0.count).elementsEqual($0) }) { return true }
        return isSecretMember(&words)
    }

    /// The same by the built-in names alone.
    static func isSecretMember(_ words: inout [String]) -> Bool {
        while let last = words.last, words.count > 1, tails.contains(last) || last.allSatisfy(\.isNumber) {
            words.removeLast()
        }
        guard let last = words.last, !words.contains(where: { harmlessWords.contains($0) }) else {
            return false
        }
        if words.count >= 2 {
            let pair = words.suffix(2).joined(separator: " ")
            if secretPairs.contains(pair) || pairedWords.contains(last) { return true }
        }
        return secretWords.contains(last)
    }

    /// Three bytes of every secret name, so that most text is passed over without looking at names.
    static let memberGrams = [
        "tok", "ecr", "pas", "pwd", "cre", "aut", "coo", "jwt", "key", "dsn", "otp", "sse", "bea", "nec",
        "rif", "cvv",
    ]

    private static let secretWords: Set<String> = [
        "token", "secret", "secrets", "password", "passwords", "passwd", "passphrase", "passcode", "pwd",
        "credential", "credentials", "creds", "bearer", "authorization", "cookie", "cookies", "jwt",
        "apikey", "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken", "apitoken",
        "refreshtoken", "idtoken", "sessiontoken", "clientsecret", "dsn", "otp", "totp", "cvv",
    ]

    /// Secret only behind another word: `basic_auth`, `client_assertion`, `db_pass`.
    private static let pairedWords: Set<String> = ["auth", "pass", "assertion"]

    private static let secretPairs: Set<String> = [
        "api key", "access key", "secret key", "private key", "encryption key", "signing key", "master key",
        "account key", "ssh key", "auth key", "shared key", "service key", "session key",
        "connection string", "code verifier",
    ]

    /// What may follow a secret's name and still mean the secret.
    private static let tails: Set<String> = ["value", "header", "plain", "raw", "string"]

    /// Tokens that turn pages, stop work or count text.
    private static let harmlessWords: Set<String> = [
        "page", "next", "progress", "continuation", "sync", "cursor", "csrf", "delivery", "max", "min", "num",
        "count", "total", "prompt", "completion", "input", "output", "public", "cancellation", "cancel",
        "stop", "end", "start", "special", "pad", "eos", "bos", "unk", "foreign", "primary",
    ]
}
