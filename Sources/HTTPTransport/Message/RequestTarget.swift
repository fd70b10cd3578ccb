/// What a request's target names. Source: RFC 9112 §3.2.
enum RequestTarget {
    /// The target in origin form, `*`, or CONNECT's authority, once `Host` is known to be one and to agree.
    static func originForm(of head: MessageHead) throws(MessageFault) -> ArraySlice<UInt8> {
        let hosts = head.values(.host)
        guard hosts.count == 1, let host = hosts.first else { throw .host }
        let target = head.target
        if target.first == UInt8(ascii: "/") { return target }
        if target.elementsEqual("*".utf8), head.method.elementsEqual("OPTIONS".utf8) { return target }
        if head.method.elementsEqual("CONNECT".utf8) { return target }
        // Absolute form: as a client of a forward proxy writes it.
        for scheme in ["http://", "https://"] where startsWith(target, scheme) {
            let rest = target.dropFirst(scheme.utf8.count)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard rest[..<end].elementsEqual(host) else { throw .host }
            let path = rest[end...]
            return path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
        }
        throw .target
    }

    private static func startsWith(_ target: ArraySlice<UInt8>, _ scheme: String) -> Bool {
        let count = scheme.utf8.count
        return target.count > count
            && zip(target.prefix(count), scheme.utf8).allSatisfy { HTTPText.lowercased($0) == $1 }
    }
}
