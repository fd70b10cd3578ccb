/// Which fields of a head concern one connection only and are not passed on.
///
/// `Connection` and what it names, `Keep-Alive`, `Proxy-Connection`, `TE` and `Upgrade`: a request to switch
/// the protocol is relayed as an ordinary one, which a server may always answer. `Transfer-Encoding` and
/// `Trailer` stay, because the coding is passed on as it came, trailers included.
/// Source: RFC 9110 §7.6.1, §7.8.
struct HopByHop {
    private let named: [ArraySlice<UInt8>]
    /// The sender ends the connection after this message.
    let closes: Bool

    init(_ head: MessageHead) {
        var named: [ArraySlice<UInt8>] = []
        for value in head.values(.connection) { named += HTTPText.list(value) }
        self.named = named
        let isOld = head.minorVersion == 0
        closes =
            named.contains { HTTPText.matches($0, "close") }
            || (isOld && !named.contains { HTTPText.matches($0, "keep-alive") })
    }

    func drops(_ field: HeadField, of head: MessageHead) -> Bool {
        switch field.kind {
        case .connection, .keepAlive, .proxyConnection, .transferCodings, .upgrade: true
        // Naming these is an attempt to have two peers read the message differently.
        case .contentLength, .transferEncoding, .host: false
        case .origin, .contentType, .contentEncoding, .clientToken, .challenge, .other:
            named.contains { isSame($0, head.bytes[field.name]) }
        }
    }

    private func isSame(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { HTTPText.lowercased($0) == HTTPText.lowercased($1) }
    }
}
