#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a host's name resolves to.
enum HostAddresses {
    /// The addresses in the resolver's order, without repetitions. Blocks as long as the resolver does.
    static func of(_ host: String) -> Result<[String], UpstreamReport.Failure> {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &first)
        guard code == 0 else {
            let text =
                code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))
            return .failure(.init(step: .resolve, text: "\(host) has no address: \(text)"))
        }
        defer { freeaddrinfo(first) }
        var found: [String] = []
        var entry = first
        while let current = entry?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                current.ai_addr, current.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                == 0
            {
                let address = String(
                    decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !found.contains(address) { found.append(address) }
            }
            entry = current.ai_next
        }
        return .success(found)
    }
}

extension UpstreamReport.Failure: Error {}
