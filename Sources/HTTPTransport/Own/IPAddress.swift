internal import NIOCore

/// Addresses in the place of a name.
enum IPAddress {
    /// Whether `host` is an IPv4 or IPv6 address, without brackets.
    static func isOne(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }
}
