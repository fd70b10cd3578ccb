/// Tells from a name whether its value is a credential: `--api-key`, `GITHUB_TOKEN`, `clientSecret`.
public enum SecretNames {
    /// True when a value of that name must not be stored.
    ///
    /// A name is read as words (`apiKey`, `api-key` and `API_KEY` are one). `maxTokens`, `token-file`,
    /// `public_key` and `client-id` are not credentials.
    public static func isSensitive(_ name: some StringProtocol) -> Bool {
        let words = words(of: String(name.prefix(128)))
        guard let last = words.last else { return false }
        if words.count >= 2 {
            let pair = words.suffix(2).joined(separator: " ")
            if sensitivePairs.contains(pair) { return true }
            if harmlessPairs.contains(pair) { return false }
        }
        if harmlessTails.contains(last) { return false }
        if last == "key" || last == "keys" { return true }
        return words.contains { sensitiveWords.contains($0) }
    }

    private static let sensitiveWords: Set<String> = [
        "token", "secret", "secrets", "password", "passwd", "passphrase", "passcode", "pwd", "pass",
        "credential",
        "credentials", "creds", "bearer", "authorization", "auth", "cookie", "cookies", "jwt", "pat",
        "apikey",
        "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken", "apitoken", "dsn", "signature",
        "otp",
        "assertion",
    ]

    private static let sensitivePairs: Set<String> = [
        "connection string", "session id", "code verifier", "set cookie", "proxy authorization",
    ]

    private static let harmlessPairs: Set<String> = [
        "public key", "primary key", "sort key", "partition key", "foreign key", "sort keys",
        "progress token",
    ]

    /// A name that ends so speaks about a credential, or about something else that bears its word.
    private static let harmlessTails: Set<String> = [
        "file", "path", "dir", "directory", "type", "mode", "method", "limit", "count", "name", "id", "url",
        "uri",
        "env", "length", "budget", "format", "ttl", "timeout", "expiry", "endpoint", "provider", "scope",
        "scopes",
        "size", "prefix", "version", "enabled", "required", "store", "source", "server", "host", "port",
        "tokens",
    ]

    /// Lower-case words, cut at everything but letters and digits, and where lower case becomes upper case.
    static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for scalar in name.unicodeScalars {
            let isUpper = (65...90).contains(scalar.value)
            let isWord = isUpper || (97...122).contains(scalar.value) || (48...57).contains(scalar.value)
            if !isWord || (isUpper && wasLower) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if isWord {
                word.unicodeScalars.append(isUpper ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
            }
            wasLower = isWord && !isUpper
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
