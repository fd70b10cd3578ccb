/// Finds credentials by their shape: what issuers print so that scanners can find them.
///
/// It looks at bytes, so that it works on payloads of any size in one pass without decoding them.
public enum SecretShapes {
    /// What was found, and where.
    public struct Finding: Sendable, Hashable {
        /// For a person: `GitHub token`, `JSON Web Token`, `private key`.
        public var kind: String
        public var range: Range<Int>
    }

    /// A prefix, what may follow it, and how much of that makes it a credential.
    struct Shape: Sendable {
        var prefix: [UInt8]
        var kind: String
        var least: Int
        var most: Int
        var isUpperCase = false

        init(_ prefix: String, _ kind: String, _ least: Int, most: Int = 4096, isUpperCase: Bool = false) {
            self.prefix = Array(prefix.utf8)
            self.kind = kind
            self.least = least
            self.most = most
            self.isUpperCase = isUpperCase
        }

        /// Letters alone are a word that only looks like one: `sk-learn-something-else`.
        var needsDigit: Bool { prefix == Array("sk-".utf8) }

        /// Dots are part of it: `SG.x.y`. Elsewhere a dot ends a sentence.
        var hasDots: Bool { prefix.last == UInt8(ascii: ".") }
    }

    /// Sources: the issuers' own documentation of their token formats, GitHub's list of scanned patterns.
    static let shapes: [Shape] = [
        Shape("ghp_", "GitHub token", 30), Shape("gho_", "GitHub token", 30),
        Shape("ghu_", "GitHub token", 30),
        Shape("ghs_", "GitHub token", 30), Shape("ghr_", "GitHub token", 30),
        Shape("github_pat_", "GitHub token", 22), Shape("glpat-", "GitLab token", 18),
        Shape("sk-ant-", "Anthropic key", 16), Shape("sk-proj-", "OpenAI key", 16),
        Shape("sk-or-", "OpenRouter key", 16), Shape("sk-", "API key", 20),
        Shape("sk_live_", "Stripe key", 16),
        Shape("sk_test_", "Stripe key", 16), Shape("rk_live_", "Stripe key", 16),
        Shape("whsec_", "Stripe secret", 16),
        Shape("xoxb-", "Slack token", 10), Shape("xoxp-", "Slack token", 10),
        Shape("xoxa-", "Slack token", 10),
        Shape("xoxr-", "Slack token", 10), Shape("xoxs-", "Slack token", 10),
        Shape("xapp-", "Slack token", 10),
        Shape("AKIA", "AWS access key id", 16, most: 16, isUpperCase: true),
        Shape("ASIA", "AWS access key id", 16, most: 16, isUpperCase: true),
        Shape("AIza", "Google API key", 30), Shape("ya29.", "Google token", 20),
        Shape("npm_", "npm token", 30),
        Shape("pypi-", "PyPI token", 30), Shape("hf_", "Hugging Face token", 30),
        Shape("gsk_", "Groq key", 30),
        Shape("xai-", "xAI key", 30), Shape("SG.", "SendGrid key", 30), Shape("shpat_", "Shopify token", 30),
        Shape("dop_v1_", "DigitalOcean token", 30), Shape("lin_api_", "Linear key", 20),
        Shape("ntn_", "Notion token", 30), Shape("secret_", "Notion token", 40),
        Shape("figd_", "Figma token", 20),
        Shape("tvly-", "Tavily key", 16), Shape("dckr_pat_", "Docker token", 20),
        Shape("hvs.", "Vault token", 20),
    ]

    /// The shapes by their first byte: nearly every byte of a payload is dismissed by one look-up.
    private static let byFirstByte: [[Shape]] = {
        var table = [[Shape]](repeating: [], count: 256)
        // The longest prefix first: `sk-ant-` before `sk-`.
        for shape in shapes.sorted(by: { $0.prefix.count > $1.prefix.count }) {
            table[Int(shape.prefix[0])].append(shape)
        }
        return table
    }()

    /// What a byte can mean at the beginning of a credential, by its value.
    private static let roles: [UInt8] = (0...255).map { value in
        let byte = UInt8(value)
        let starts =
            !byFirstByte[value].isEmpty || byte == UInt8(ascii: "e") || byte | 0x20 == UInt8(ascii: "b")
        return (starts ? 1 : 0) | (isTokenByte(byte) ? 2 : 0)
    }

    /// Credentials in `bytes`, in order, without overlap, at most `limit`; ranges are indices of `bytes`.
    ///
    /// O(bytes). Only where a word begins is anything compared.
    public static func findings(in bytes: ArraySlice<UInt8>, limit: Int = 1000) -> [Finding] {
        var findings: [Finding] = []
        var index = bytes.startIndex
        while findings.count < limit, let start = candidate(in: bytes, from: index) {
            if let finding = finding(in: bytes, at: start) {
                findings.append(finding)
                index = max(start + 1, finding.range.upperBound)
            } else {
                index = start + 1
            }
        }
        return findings
    }

    /// The next place where a word begins with a byte that a credential may begin with, or five dashes stand.
    private static func candidate(in bytes: ArraySlice<UInt8>, from index: Int) -> Int? {
        let offset = index - bytes.startIndex
        let found = bytes.withUnsafeBufferPointer { bytes in
            roles.withUnsafeBufferPointer { roles -> Int? in
                var place = offset
                var wasToken = place > 0 && roles[Int(bytes[place - 1])] & 2 != 0
                while place < bytes.count {
                    let byte = bytes[place]
                    let role = roles[Int(byte)]
                    if role & 1 != 0, !wasToken { return place }
                    if byte == UInt8(ascii: "-"), place + 5 < bytes.count, bytes[place + 4] == byte,
                        bytes[place + 5] == UInt8(ascii: "B")
                    {
                        return place
                    }
                    // `\n` inside of JSON text is a line end, not a letter before a word.
                    if byte == UInt8(ascii: "\\"), place + 1 < bytes.count, isEscapeLetter(bytes[place + 1]) {
                        wasToken = false
                        place += 2
                        continue
                    }
                    wasToken = role & 2 != 0
                    place += 1
                }
                return nil
            }
        }
        return found.map { bytes.startIndex + $0 }
    }

    /// Credentials in a text, as ranges of its UTF-8.
    public static func findings(in text: String) -> [Finding] { findings(in: Array(text.utf8)[...]) }

    private static func finding(in bytes: ArraySlice<UInt8>, at start: Int) -> Finding? {
        let rest = bytes[start...]
        if let end = endOfPrivateKey(rest) { return Finding(kind: "private key", range: start..<end) }
        guard start == bytes.startIndex || !isTokenByte(bytes[start - 1]) else { return nil }
        if let end = endOfWebToken(rest) { return Finding(kind: "JSON Web Token", range: start..<end) }
        if let range = bearerToken(rest) { return Finding(kind: "bearer token", range: range) }
        for shape in byFirstByte[Int(bytes[start])] where rest.starts(with: shape.prefix) {
            let body = rest.dropFirst(shape.prefix.count).prefix {
                shape.isUpperCase ? isUpperOrDigit($0) : isTokenByte($0) || $0 == UInt8(ascii: ".")
            }
            guard (shape.least...shape.most).contains(body.count),
                !shape.needsDigit || body.contains(where: isDigit)
            else {
                continue
            }
            return Finding(kind: shape.kind, range: start..<body.endIndex)
        }
        return nil
    }

    private static let keyHead = Array("-----BEGIN ".utf8)
    private static let keyMark = Array("PRIVATE KEY".utf8)
    private static let keyTail = Array("-----END ".utf8)
    /// A PEM key of 16384 bits has 13 KB; past this the end is not looked for.
    private static let keyLimit = 16 << 10

    /// The end of a PEM block with a private key that begins here; of its first line when it is not closed.
    private static func endOfPrivateKey(_ rest: ArraySlice<UInt8>) -> Int? {
        guard rest.starts(with: keyHead) else { return nil }
        let label = rest.dropFirst(keyHead.count).prefix(40).prefix { $0 != UInt8(ascii: "-") }
        guard label.count >= keyMark.count,
            label.suffix(keyMark.count).elementsEqual(keyMark)
                || label.suffix(keyMark.count + 6).starts(with: keyMark)
        else { return nil }
        let window = rest.prefix(keyLimit)
        var index = label.endIndex
        while index < window.endIndex {
            if window[index] == UInt8(ascii: "-"), window[index...].starts(with: keyTail) {
                let tail = window[(index + keyTail.count)...].prefix(48).prefix { $0 != UInt8(ascii: "-") }
                return min(window.endIndex, tail.endIndex + 5)
            }
            index += 1
        }
        return label.endIndex
    }

    /// Three base64url parts with dots, the first of which begins with `{"` (`eyJ`); the signature may be
    /// empty.
    private static func endOfWebToken(_ rest: ArraySlice<UInt8>) -> Int? {
        guard rest.starts(with: Array("eyJ".utf8)) else { return nil }
        var parts: [Int] = []
        var index = rest.startIndex
        for part in 0..<3 {
            let body = rest[index...].prefix { isTokenByte($0) }
            parts.append(body.count)
            index = body.endIndex
            if part < 2 {
                guard index < rest.endIndex, rest[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
        }
        return parts[0] >= 8 && parts[1] >= 8 ? index : nil
    }

    private static let bearer = Array("bearer ".utf8)

    /// The token after `Bearer `.
    private static func bearerToken(_ rest: ArraySlice<UInt8>) -> Range<Int>? {
        let head = rest.prefix(bearer.count)
        guard head.count == bearer.count, zip(head, bearer).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
            return nil
        }
        let token = rest[head.endIndex...].prefix {
            isTokenByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "+")
                || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "~")
        }
        guard token.count >= 16, token.contains(where: isDigit) else { return nil }
        return token.startIndex..<token.endIndex
    }

    /// Escapes of JSON that mean white space.
    static func isEscapeLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"):
            true
        default: false
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    static func isUpperOrDigit(_ byte: UInt8) -> Bool { (65...90).contains(byte) || isDigit(byte) }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
