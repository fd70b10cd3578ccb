internal import NIOCore
internal import NIOSSL

/// Whether a certificate is for a host's name.
///
/// swift-nio-ssl also takes one that names the address that was connected to. Whoever can answer for the name
/// with an address of his own would then need nothing but a certificate for that address.
/// Source: RFC 9525 §6.
enum CertificateName {
    /// Whether the peer of a connection whose handshake is complete is `upstream`.
    static func isFor(_ upstream: UpstreamURL, peerOf context: ChannelHandlerContext) -> Bool {
        // An address as host was compared by the handshake.
        if UpstreamConnector.isAddress(upstream.host) { return true }
        let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        guard let certificate = handler?.peerCertificate else { return false }
        return isFor(upstream.host, certificate)
    }

    static func isFor(_ host: String, _ certificate: NIOSSLCertificate) -> Bool {
        certificate._subjectAlternativeNames().contains { name in
            guard name.nameType == .dnsName else { return false }
            return matches(
                name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }, host)
        }
    }

    /// A star stands for the first label alone.
    static func matches(_ pattern: String, _ host: String) -> Bool {
        func bare(_ name: String) -> Substring { name.hasSuffix(".") ? name.dropLast() : name[...] }
        let pattern = bare(pattern.lowercased())
        let host = bare(host.lowercased())
        guard pattern.hasPrefix("*.") else { return pattern == host }
        guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
        return pattern.dropFirst() == host[dot...]
    }
}
