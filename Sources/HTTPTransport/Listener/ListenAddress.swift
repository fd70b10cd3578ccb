/// Where a listener listens: a TCP address, or a Unix socket's path.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `port` 0: any free one.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Reads `HOST:PORT`, `[::1]:PORT`, `PORT`, `:PORT` (both mean 127.0.0.1) or `unix:PATH`.
    public init(_ text: String) throws(HTTPFailure) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            // sockaddr_un holds 108 bytes on Linux, 104 elsewhere.
            guard !path.isEmpty, path.utf8.count < 104 else {
                throw HTTPFailure(.setting, "\(text): a socket's path has 1 to 103 bytes")
            }
            self = .unix(path: path)
            return
        }
        let isPort = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard let authority = Authority(isPort ? ":" + text : text), let port = authority.port else {
            throw HTTPFailure(.setting, "\(text): an address is HOST:PORT, PORT or unix:PATH")
        }
        self = .tcp(host: authority.host.isEmpty ? "127.0.0.1" : authority.host, port: port)
    }

    /// Whether nobody outside of this machine can connect.
    public var isLoopback: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): LoopbackName.contains(host)
        }
    }

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// Names of this machine that no other machine answers to.
enum LoopbackName {
    /// - Parameter host: lower case, without brackets or port.
    static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in
            (1...3).contains(part.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
    }
}
