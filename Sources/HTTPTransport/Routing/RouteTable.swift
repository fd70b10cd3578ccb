/// Which upstream a request's target belongs to.
public struct RouteTable: Sendable {
    /// One upstream, and the first segment of the paths that lead there.
    public struct Route: Sendable, Hashable {
        /// The segment without its slash; empty: every path.
        public let name: String
        public let upstream: UpstreamURL

        public init(name: String = "", upstream: UpstreamURL) {
            self.name = name
            self.upstream = upstream
        }

        /// `/name`, or empty.
        public var prefix: String { name.isEmpty ? "" : "/" + name }

        /// Reads `/name=URL`.
        public init(_ text: String) throws(HTTPFailure) {
            guard let equals = text.firstIndex(of: "="), text.hasPrefix("/") else {
                throw HTTPFailure(.setting, "\(text): a route is /NAME=URL")
            }
            let name = text[text.index(after: text.startIndex)..<equals]
            let isPlain = name.utf8.allSatisfy { byte in
                byte == 0x2D || byte == 0x2E || byte == 0x5F || (0x30...0x39).contains(byte)
                    || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            }
            guard !name.isEmpty, isPlain, !name.hasPrefix(".") else {
                throw HTTPFailure(
                    .setting, "\(text): a route's name is one segment of letters, digits, '.', '-' and '_'")
            }
            self.init(
                name: String(name), upstream: try UpstreamURL(String(text[text.index(after: equals)...])))
        }
    }

    public let routes: [Route]

    /// One upstream for every path.
    public init(upstream: UpstreamURL) { routes = [Route(upstream: upstream)] }

    /// Several, by first segment.
    public init(_ routes: [Route]) throws(HTTPFailure) {
        guard !routes.isEmpty else { throw HTTPFailure(.setting, "no upstream: --upstream URL") }
        var names: Set<String> = []
        for route in routes where !names.insert(route.name).inserted {
            throw HTTPFailure(.setting, "there are two routes /\(route.name)")
        }
        guard routes.count == 1 || !names.contains("") else {
            throw HTTPFailure(.setting, "--upstream takes every path: name each server with --route instead")
        }
        self.routes = routes
    }

    /// Where a target leads, and what it is called there.
    struct Match {
        /// Into `routes`.
        var index: Int
        var target: [UInt8]
    }

    /// OAuth discovery puts the path of what is asked about behind these.
    /// Source: RFC 9728 §3.1, RFC 8414 §3.1, MCP 2025-11-25 basic/authorization.
    private static let discovery: [[UInt8]] = [
        Array("/.well-known/oauth-protected-resource".utf8),
        Array("/.well-known/oauth-authorization-server".utf8),
        Array("/.well-known/openid-configuration".utf8),
    ]

    /// The route of `target` (origin form or `*`), with the route's prefix taken out; nil when none is.
    func match(_ target: ArraySlice<UInt8>) -> Match? {
        for (index, route) in routes.enumerated() {
            if route.name.isEmpty { return Match(index: index, target: Array(target)) }
            let prefix = Array(route.prefix.utf8)
            if let rest = Self.rest(of: target, after: prefix) {
                let isWhole = rest.first != UInt8(ascii: "/")
                return Match(index: index, target: (isWhole ? [UInt8(ascii: "/")] : []) + rest)
            }
            for known in Self.discovery {
                if let rest = Self.rest(of: target, after: known + prefix) {
                    return Match(index: index, target: known + rest)
                }
            }
        }
        return nil
    }

    /// What follows `prefix` in `target`, when it ends where a segment does.
    private static func rest(of target: ArraySlice<UInt8>, after prefix: [UInt8]) -> ArraySlice<UInt8>? {
        guard target.starts(with: prefix) else { return nil }
        let rest = target.dropFirst(prefix.count)
        guard let next = rest.first else { return rest }
        return next == UInt8(ascii: "/") || next == UInt8(ascii: "?") ? rest : nil
    }
}
