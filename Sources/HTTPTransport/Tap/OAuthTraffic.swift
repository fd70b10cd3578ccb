/// Which exchanges carry credentials in their bodies: these are counted and never recorded.
///
/// The endpoints of an authorization server, wherever they are mounted, and every form, since that is how
/// OAuth sends codes and secrets. Source: RFC 6749 §3, RFC 7009, RFC 7591, MCP 2025-03-26 authorization.
enum OAuthTraffic {
    private static let endpoints: [StaticString] = ["token", "register", "authorize", "revoke", "introspect"]

    /// - Parameter target: of the request, in origin form.
    static func isSecret(target: ArraySlice<UInt8>, contentType: ArraySlice<UInt8>?) -> Bool {
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        var last = path.split(separator: UInt8(ascii: "/")).last ?? []
        last = last.prefix { $0 != UInt8(ascii: ";") }
        if endpoints.contains(where: { HTTPText.matches(last, $0) }) { return true }
        guard let contentType else { return false }
        let type = HTTPText.trimmed(contentType.prefix { $0 != UInt8(ascii: ";") })
        return HTTPText.matches(type, "application/x-www-form-urlencoded")
            || HTTPText.matches(type, "multipart/form-data")
    }
}
