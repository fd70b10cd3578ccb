/// Finds values by their shape in bytes that may be JSON, text, or text inside JSON.
enum ValueSearch {
    /// Hands every value to `receive`: its kind, its range, and for a secret the name of the member that
    /// holds it.
    ///
    /// O(bytes): each of the few bytes that can be part of a value is looked at with at most 256 neighbours.
    static func scan(
        _ bytes: ArraySlice<UInt8>, _ receive: (ExportInspection.Kind, Range<Int>, String?) -> Void
    ) {
        var next = bytes.startIndex
        while let index = candidate(in: bytes, from: next) {
            next = index + 1
            switch bytes[index] {
            case UInt8(ascii: "@"):
                if let range = emailAddress(bytes, at: index) { receive(.emailAddress, range, nil) }
            case UInt8(ascii: "/"), UInt8(ascii: "\\"):
                if let range = homePath(bytes, at: index) { receive(.homePath, range, nil) }
                if let range = host(bytes, at: index) { receive(.hostName, range, nil) }
            case UInt8(ascii: ":"):
                if let (range, name) = secretMember(bytes, colon: index) { receive(.secret, range, name) }
            default: break
            }
        }
    }

    /// The next byte that gives a value away.
    private static func candidate(in bytes: ArraySlice<UInt8>, from index: Int) -> Int? {
        let offset = index - bytes.startIndex
        let found = bytes.withUnsafeBufferPointer { bytes -> Int? in
            for place in offset..<bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "@"): return place
                case UInt8(ascii: "/"), UInt8(ascii: "\\"):
                    // A home directory, or the end of `://`.
                    let following = place + 1 < bytes.count ? bytes[place + 1] : 0
                    if following == UInt8(ascii: "h") || following == UInt8(ascii: "U") || following == 0x5C {
                        return place
                    }
                    if place >= 2, bytes[place - 1] == UInt8(ascii: "/"),
                        bytes[place - 2] == UInt8(ascii: ":")
                    {
                        return place
                    }
                case UInt8(ascii: ":"):
                    if place > 0, bytes[place - 1] == 0x22 || bytes[place - 1] == 0x20 { return place }
                default: continue
                }
            }
            return nil
        }
        return found.map { bytes.startIndex + $0 }
    }

    /// How far a value reaches from the byte that gives it away. Source: RFC 5321 §4.5.3.1 (255 octets).
    private static let reach = 256

    // MARK: Addresses

    private static func emailAddress(_ bytes: ArraySlice<UInt8>, at sign: Int) -> Range<Int>? {
        let local = run(before: sign, in: bytes) { isWord($0) || ".+%'".utf8.contains($0) }
        let domain = bytes[(sign + 1)...].prefix(reach).prefix { isWord($0) || $0 == UInt8(ascii: ".") }
        guard local > 0, isHost(domain), !isNobody(domain) else { return nil }
        // `git@host:path` and `user@host` in URLs are no mail; a version (`pkg@1.2`) has no letters at its
        // end.
        let before = sign - local - 1
        if before >= bytes.startIndex,
            bytes[before] == UInt8(ascii: "/") || bytes[before] == UInt8(ascii: ":")
        {
            return nil
        }
        return (sign - local)..<domain.endIndex
    }

    /// The host of a URL: what follows `://`, without user-info and port.
    private static func host(_ bytes: ArraySlice<UInt8>, at slash: Int) -> Range<Int>? {
        guard bytes[slash] == UInt8(ascii: "/"), slash - bytes.startIndex >= 2,
            bytes[slash - 1] == UInt8(ascii: "/"),
            bytes[slash - 2] == UInt8(ascii: ":")
        else { return nil }
        var authority = bytes[(slash + 1)...].prefix(reach).prefix {
            isWord($0) || ".@:%".utf8.contains($0)
        }
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
        let host = authority.prefix { $0 != UInt8(ascii: ":") }
        return isHost(host) && !isNobody(host) ? host.startIndex..<host.endIndex : nil
    }

    /// Labels with dots, the last of letters only.
    private static func isHost(_ text: ArraySlice<UInt8>) -> Bool {
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, last.count >= 2 else { return false }
        return labels.allSatisfy { !$0.isEmpty } && last.allSatisfy { isLetter($0) }
    }

    /// Names that are reserved for examples (RFC 2606), and those that every schema and specification cites.
    private static func isNobody(_ host: ArraySlice<UInt8>) -> Bool {
        let name = String(decoding: host, as: UTF8.self).lowercased()
        let reserved = [
            "example.com", "example.org", "example.net", "example", "test", "invalid", "localhost",
        ]
        if reserved.contains(where: { name == $0 || name.hasSuffix("." + $0) }) { return true }
        return [
            "json-schema.org", "modelcontextprotocol.io", "schema.org", "www.w3.org", "github.com",
            "www.rfc-editor.org",
        ].contains(name)
    }

    // MARK: Paths

    private static let homes = ["/home/", "/Users/", "\\Users\\", "\\\\Users\\\\"].map { Array($0.utf8) }

    /// `/home/NAME`, `/Users/NAME`, `C:\Users\NAME`.
    private static func homePath(_ bytes: ArraySlice<UInt8>, at slash: Int) -> Range<Int>? {
        let rest = bytes[slash...]
        guard let home = homes.first(where: { rest.starts(with: $0) }) else { return nil }
        let name = rest.dropFirst(home.count).prefix(64).prefix { isWord($0) || $0 == UInt8(ascii: ".") }
        guard !name.isEmpty else { return nil }
        return slash..<name.endIndex
    }

    // MARK: Members

    /// `"password": "value"`, also inside a JSON string, where quotes have backslashes.
    private static func secretMember(_ bytes: ArraySlice<UInt8>, colon: Int) -> (Range<Int>, String)? {
        var end = colon
        while end > bytes.startIndex, bytes[end - 1] == 0x20 { end -= 1 }
        guard end > bytes.startIndex, bytes[end - 1] == 0x22 else { return nil }
        end -= 1
        while end > bytes.startIndex, bytes[end - 1] == 0x5C { end -= 1 }
        let count = run(before: end, in: bytes) { isWord($0) || $0 == UInt8(ascii: ".") }
        guard count > 0, end - count > bytes.startIndex, bytes[end - count - 1] == 0x22 else { return nil }
        let name = String(decoding: bytes[(end - count)..<end], as: UTF8.self)
        guard isTelling(name) else { return nil }
        var start = colon + 1
        while start < bytes.endIndex, bytes[start] == 0x20 || bytes[start] == 0x5C { start += 1 }
        guard start < bytes.endIndex, bytes[start] == 0x22 else { return nil }
        let value = bytes[(start + 1)...].prefix(4096).prefix { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }
        guard value.count >= 8, value.endIndex < bytes.endIndex, bytes[value.endIndex] != 0x20,
            !isPlaceholder(value)
        else { return nil }
        return (value.startIndex..<value.endIndex, name)
    }

    /// A name that stands for a credential in any payload. `key` alone is a word of every map, and a token
    /// that turns pages is none. Source: product.md, law 6.
    private static func isTelling(_ name: String) -> Bool {
        guard SecretNames.isSensitive(name) else { return false }
        let words = SecretNames.words(of: name)
        let harmless: Set<String> = [
            "page", "next", "progress", "continuation", "sync", "cursor", "csrf", "delivery",
        ]
        if words.contains(where: { harmless.contains($0) }) { return false }
        return
            !(words.count == 1
            && ["key", "keys", "auth", "pass", "pat", "signature", "cookie"].contains(words[0]))
    }

    /// What people and tools write instead of a secret.
    private static func isPlaceholder(_ value: ArraySlice<UInt8>) -> Bool {
        if value.allSatisfy({ $0 == value.first }) { return true }
        guard let first = value.first else { return true }
        return "[<{$*".utf8.contains(first)
    }

    /// How many bytes before `end`, at most 64, are as `isPart` says.
    private static func run(before end: Int, in bytes: ArraySlice<UInt8>, _ isPart: (UInt8) -> Bool) -> Int {
        var start = end
        while start > bytes.startIndex, end - start < 64, isPart(bytes[start - 1]) { start -= 1 }
        return end - start
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & 0xDF) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
