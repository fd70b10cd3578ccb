/// The server behind the proxy: `http` or `https`, a host, a port. Its path is for the client's URL alone.
public struct UpstreamURL: Sendable, Hashable {
    public let isSecure: Bool
    /// As it is connected to: lower case, an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// Path and query as given, or empty. Paths are relayed as they come, so this only says what to print.
    public let path: String

    /// Reads `http://host[:port][/path]` or `https://…`; user information and fragments are refused.
    public init(_ text: String) throws(HTTPFailure) {
        func refuse(_ why: String) -> HTTPFailure { HTTPFailure(.setting, "\(text): \(why)") }
        guard let colon = text.firstRange(of: "://") else {
            throw refuse("an upstream is http://HOST[:PORT] or https://HOST[:PORT]")
        }
        switch text[..<colon.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw refuse("an upstream is http:// or https://")
        }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        // A password does not belong where it is printed and recorded.
        if rest[..<end].contains("@") {
            throw HTTPFailure(
                .setting, "a URL here holds no user name or password: they belong into a header")
        }
        guard let authority = Authority(String(rest[..<end])), !authority.host.isEmpty else {
            throw refuse("the host or the port is malformed")
        }
        let path = rest[end...]
        guard !path.contains("#"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw refuse("the path is malformed")
        }
        host = authority.host
        port = authority.port ?? (isSecure ? 443 : 80)
        self.path = path.hasPrefix("?") ? "/" + path : String(path)
    }

    /// What `Host` says: without the scheme's own port. Source: RFC 9110 §7.2.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    public var origin: String { (isSecure ? "https://" : "http://") + authority }

    /// What follows scheme and authority of an absolute URL, when these are this upstream's; else nil.
    func path(ofOwn url: String) -> Substring.UTF8View? {
        var scheme = isSecure ? "https" : "http"
        var rest = url[...]
        if !rest.hasPrefix("//") {
            guard let mark = url.firstRange(of: "://") else { return nil }
            scheme = url[..<mark.lowerBound].lowercased()
            rest = url[mark.upperBound...]
        } else {
            rest = rest.dropFirst(2)
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard scheme == "http" || scheme == "https", let authority = Authority(String(rest[..<end])) else {
            return nil
        }
        // Whether behind TLS that ends before it or not, a server that names its own host means itself.
        let stated = authority.port ?? (scheme == "https" ? 443 : 80)
        let isSamePort = stated == port || (authority.port == nil && port == (isSecure ? 443 : 80))
        guard authority.host == host, isSamePort else { return nil }
        return rest[end...].utf8
    }
}

/// A host and a port, as in `Host` and in URLs.
struct Authority: Hashable {
    /// Lower case, without brackets.
    let host: String
    let port: Int?

    /// Nil when it is malformed. Source: RFC 3986 §3.2.
    init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            let inside = rest[rest.index(after: rest.startIndex)..<close]
            guard !inside.isEmpty, inside.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
            host = inside.lowercased()
            rest = rest[rest.index(after: close)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            guard
                rest[..<end].utf8.allSatisfy({
                    $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || (0x30...0x39).contains($0)
                        || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                })
            else { return nil }
            host = rest[..<end].lowercased()
            rest = rest[end...]
        }
        if rest.isEmpty {
            port = nil
            return
        }
        let digits = rest.dropFirst()
        guard rest.first == ":", (1...5).contains(digits.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), number <= 65_535
        else { return nil }
        port = number
    }
}
