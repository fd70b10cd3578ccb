/// Whom a listener with answers of ours answers: decided from a request's head before anything else.
///
/// A page in a browser can reach a port of this machine under a name of its own (DNS rebinding); it cannot
/// choose `Host` and `Origin`, nor set `Authorization` without our leave.
public struct OwnPolicy: Sendable {
    /// Host names beside the loopback ones and beside addresses, lower case, without port.
    public var allowedHosts: Set<String> = []
    /// What `Authorization: Bearer …` must hold, but for `openPaths`; nil: nothing is asked for.
    public var token: [UInt8]?
    /// Paths that need no token.
    public var openPaths: Set<String> = []
    /// Where DELETE is answered too, with the token alone: whatever is open, without one nothing is deleted.
    public var mayDelete: @Sendable (_ path: String) -> Bool = { _ in false }

    public init() {}

    /// Why a request is refused; nil when it is not.
    func refusal(_ request: OwnRequest) -> OwnResponse? {
        func values(_ name: String) -> [String] { request.fields.filter { $0.name == name }.map(\.value) }
        let hosts = values("host")
        guard hosts.count == 1, let own = Authority(hosts[0]), isOurs(own.host) else {
            return OwnResponse(
                421, "the Host header is no name of this listener; --allow-host NAME adds one")
        }
        let origins = values("origin")
        guard origins.count <= 1, origins.allSatisfy({ isOurs(origin: $0, at: own) }) else {
            return OwnResponse(403, "the Origin header is foreign")
        }
        let isDeletion = request.method == "DELETE"
        guard request.method == "GET" || request.method == "HEAD" || isDeletion && mayDelete(request.path)
        else {
            let methods = mayDelete(request.path) ? ["GET", "HEAD", "DELETE"] : ["GET", "HEAD"]
            return OwnResponse(
                405, "only \(methods.joined(separator: ", ")) are answered here",
                fields: [OwnField("Allow", methods.joined(separator: ", "))])
        }
        guard isDeletion || token != nil && !openPaths.contains(request.path) else { return nil }
        let given = values("authorization")
        guard let token, given.count == 1, let word = OwnPolicy.bearer(given[0]),
            ListenerPolicy.isSame(word[...], token)
        else {
            return OwnResponse(
                401, "say Authorization: Bearer TOKEN, with the token of the URL that 'serve' printed",
                fields: [OwnField("WWW-Authenticate", "Bearer")])
        }
        return nil
    }

    /// A page comes with a name that leads to us; who asks by address names nobody.
    private func isOurs(_ host: String) -> Bool {
        LoopbackName.contains(host) || allowedHosts.contains(host) || IPAddress.isOne(host)
    }

    /// Pages of this machine's own, and those that came from this very listener.
    private func isOurs(origin: String, at own: Authority) -> Bool {
        let origin = origin.lowercased()
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            guard let authority = Authority(String(origin.dropFirst(scheme.count))) else { return false }
            return LoopbackName.contains(authority.host) || authority == own
        }
        return false
    }

    /// What follows the scheme. Source: RFC 6750 §2.1; RFC 9110 §11.1 (the scheme's case does not matter).
    private static func bearer(_ value: String) -> [UInt8]? {
        let bytes = Array(value.utf8)
        guard bytes.count > 7, HTTPText.matches(bytes[..<7], "bearer ") else { return nil }
        return Array(bytes[7...].drop { $0 == 0x20 })
    }
}
