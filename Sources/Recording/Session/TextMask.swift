/// Masks what is a credential by itself, wherever in a text it stands; see `CommandMask`.
enum TextMask {
    /// URLs, JSON members, headers, known shapes, random-looking runs.
    static func mask(_ text: String) -> String {
        var result = maskShapes(text)
        result = maskURLs(result)
        result = maskMembers(result)
        if let colon = result.firstIndex(of: ":"), SecretNames.isSensitive(result[..<colon]),
            !result[..<colon].contains(where: { "/ ={\"".contains($0) })
        {
            return maskHeader(result)
        }
        return result
    }

    /// Headers whose value says nothing about who asks. Source: product.md, law 6 (an allow-list).
    private static let openHeaders: Set<String> = [
        "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-length",
        "content-type", "date", "host", "mcp-method", "mcp-name", "mcp-protocol-version", "user-agent",
    ]

    /// True for a header whose value may be stored.
    static func isOpenHeader(_ name: some StringProtocol) -> Bool { openHeaders.contains(name.lowercased()) }

    /// `Authorization: Bearer [masked]`: the name and the scheme stay.
    static func maskHeader(_ text: String) -> String {
        guard let separator = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return text.isEmpty ? text : CommandMask.placeholder
        }
        if isOpenHeader(text[..<separator]) { return mask(afterColonOf: text, separator) }
        let value = text[text.index(after: separator)...]
        let space = value.prefix { $0 == " " }
        let rest = value.dropFirst(space.count)
        guard !rest.isEmpty else { return text }
        let head = text[...separator] + space
        let scheme = rest.prefix { $0 != " " }
        if isScheme(String(scheme)), scheme.count < rest.count {
            return head + scheme + " " + CommandMask.placeholder
        }
        return head + CommandMask.placeholder
    }

    /// An authentication scheme of RFC 9110 §11, as far as they are used.
    static func isScheme(_ word: String) -> Bool {
        ["bearer", "basic", "digest", "token", "apikey", "dpop", "negotiate"].contains(word.lowercased())
    }

    private static func mask(afterColonOf text: String, _ separator: String.Index) -> String {
        text[...separator] + maskURLs(maskShapes(String(text[text.index(after: separator)...])))
    }

    // MARK: Shapes and random runs

    private static func maskShapes(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var ranges = SecretShapes.findings(in: bytes[...]).map(\.range)
        for run in randomRuns(in: bytes) where !ranges.contains(where: { $0.overlaps(run) }) {
            ranges.append(run)
        }
        return replacing(ranges, in: bytes)
    }

    private static func replacing(_ ranges: [Range<Int>], in bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var position = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.lowerBound >= position {
            result += bytes[position..<range.lowerBound]
            result += Array(CommandMask.placeholder.utf8)
            position = range.upperBound
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// Letters and digits that no person chose: 32 hexadecimal digits or more, or 28 characters of both cases
    /// with three digits. A digest after `sha256:` and a revision after `@` or `#` name what is run, not who
    /// runs it.
    private static func randomRuns(in bytes: [UInt8]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            var end = start
            var (digits, upper, lower, beyondHex) = (0, 0, 0, 0)
            while end < bytes.count {
                switch bytes[end] {
                case 48...57: digits += 1
                case 65...70: upper += 1
                case 97...102: lower += 1
                case 71...90: (upper, beyondHex) = (upper + 1, beyondHex + 1)
                case 103...122: (lower, beyondHex) = (lower + 1, beyondHex + 1)
                default: break
                }
                guard digits + upper + lower == end - start + 1 else { break }
                end += 1
            }
            let isHex = beyondHex == 0 && end - start >= 32 && digits > 0 && upper + lower > 0
            let isMixed = end - start >= 28 && digits >= 3 && upper > 0 && lower > 0
            if isHex || isMixed, !isNamed(by: bytes[..<start]) { runs.append(start..<end) }
            start = end + 1
        }
        return runs
    }

    private static func isNamed(by head: ArraySlice<UInt8>) -> Bool {
        guard let last = head.last else { return false }
        if last == UInt8(ascii: "@") || last == UInt8(ascii: "#") { return true }
        return ["sha1:", "sha256:", "sha512:", "sha1-", "sha256-", "sha512-"].contains {
            head.suffix($0.utf8.count).elementsEqual($0.utf8)
        }
    }

    // MARK: URLs

    private static func maskURLs(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            let url = rest[scheme.upperBound...].prefix { !$0.isWhitespace && !"\"'<>`".contains($0) }
            result += rest[..<scheme.upperBound] + maskURL(url)
            rest = rest[url.endIndex...]
        }
        return result + rest
    }

    /// What follows `scheme://`.
    private static func maskURL(_ url: Substring) -> String {
        let authority = url.prefix { !"/?#".contains($0) }
        var result = ""
        if let at = authority.lastIndex(of: "@") {
            result = CommandMask.placeholder + authority[at...]
        } else {
            result = String(authority)
        }
        let path = url[authority.endIndex...].prefix { !"?#".contains($0) }
        result += path
        var rest = url[path.endIndex...]
        guard rest.first == "?" else { return result + maskFragment(rest) }
        let query = rest.prefix { $0 != "#" }
        rest = rest[query.endIndex...]
        let pairs = query.dropFirst().split(separator: "&", omittingEmptySubsequences: false).map {
            pair -> String in
            guard let equals = pair.firstIndex(of: "=") else {
                // A word without a value can be a key that stands alone.
                return pair.count >= 16 ? CommandMask.placeholder : String(pair)
            }
            let isEmpty = pair[equals...].dropFirst().isEmpty
            return isEmpty ? String(pair) : pair[...equals] + CommandMask.placeholder
        }
        return result + "?" + pairs.joined(separator: "&") + maskFragment(rest)
    }

    /// A fragment with an assignment is an OAuth answer; others name a place.
    private static func maskFragment(_ fragment: Substring) -> String {
        guard let equals = fragment.firstIndex(of: "=") else { return String(fragment) }
        return fragment[...equals] + CommandMask.placeholder
    }

    // MARK: JSON members

    /// `"apiKey": "value"` and `apiKey: value` in options that carry JSON.
    private static func maskMembers(_ text: String) -> String {
        guard text.contains("\":") || text.contains("\" :") else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "\""),
            let close = rest[rest.index(after: open)...].firstIndex(of: "\"")
        {
            let name = rest[rest.index(after: open)..<close]
            let after = rest.index(after: close)
            let gap = rest[after...].prefix { $0 == " " || $0 == ":" }
            guard gap.contains(":"), SecretNames.isSensitive(name) else {
                // The closing quote of a value must not open the next name, so both quotes are passed over.
                result += rest[..<after]
                rest = rest[after...]
                continue
            }
            result += rest[..<gap.endIndex]
            rest = rest[gap.endIndex...]
            if rest.first == "\"" {
                let value = rest.dropFirst().prefix { $0 != "\"" }
                result += "\"" + CommandMask.placeholder
                rest = rest[value.endIndex...]
                if rest.first == "\"" {
                    result += "\""
                    rest = rest.dropFirst()
                }
            } else if !rest.hasPrefix("{"), !rest.hasPrefix("[") {
                let value = rest.prefix { !",}] ".contains($0) }
                result += CommandMask.placeholder
                rest = rest[value.endIndex...]
            }
        }
        return result + rest
    }
}
