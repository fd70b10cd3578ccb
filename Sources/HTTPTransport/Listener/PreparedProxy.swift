internal import NIOSSL

/// Settings of a proxy with the certificates and keys that they name, read and found to be good.
public struct PreparedProxy: Sendable {
    let options: HTTPProxyOptions
    /// For `https` upstreams; nil when there are none.
    let upstreamTLS: NIOSSLContext?
    /// Nil: clients speak plain HTTP.
    let serverTLS: NIOSSLContext?

    /// Reads the files of TLS. Throws when one cannot be used.
    public init(_ options: HTTPProxyOptions) throws(HTTPFailure) {
        self.options = options
        let needsTLS = options.routes.routes.contains { $0.upstream.isSecure }
        upstreamTLS = needsTLS ? try TLSContexts.upstream(options.trust) : nil
        if let settings = options.serverTLS {
            serverTLS = try TLSContexts.server(settings)
        } else {
            serverTLS = nil
        }
    }
}
