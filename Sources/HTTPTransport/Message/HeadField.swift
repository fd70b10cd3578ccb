/// One header or trailer line of a `MessageHead`, as ranges of its bytes.
struct HeadField: Sendable {
    /// The whole line without its CR LF.
    let line: Range<Int>
    let name: Range<Int>
    /// Without the blanks around it.
    let value: Range<Int>
    let kind: Kind

    /// The fields that the relay looks at; all others pass unread.
    enum Kind: Sendable {
        case connection, keepAlive, proxyConnection, transferCodings, upgrade
        case contentLength, transferEncoding, host, origin, contentType, contentEncoding, clientToken,
            challenge
        case other
    }

    /// Reads a line without its CR LF.
    init(line: Range<Int>, of bytes: [UInt8]) throws(MessageFault) {
        guard let first = bytes[line].first else { throw .fieldName }
        if HTTPText.isBlank(first) { throw .foldedField }
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
            throw .fieldName
        }
        name = line.lowerBound..<colon
        guard bytes[name].allSatisfy(HTTPText.isToken) else { throw .fieldName }
        guard bytes[(colon + 1)..<line.upperBound].allSatisfy(HTTPText.isFieldContent) else {
            throw .fieldValue
        }
        let trimmed = HTTPText.trimmed(bytes[(colon + 1)..<line.upperBound])
        value = trimmed.startIndex..<trimmed.endIndex
        kind = Kind(name: bytes[name])
        self.line = line
    }
}

extension HeadField.Kind {
    /// The header that a client of a listener with `--client-token` sends.
    static let clientTokenName = "Mcptape-Token"

    init(name: ArraySlice<UInt8>) {
        func `is`(_ wanted: StaticString) -> Bool { HTTPText.matches(name, wanted) }
        switch name.count {
        case 2: self = `is`("te") ? .transferCodings : .other
        case 4: self = `is`("host") ? .host : .other
        case 6: self = `is`("origin") ? .origin : .other
        case 7: self = `is`("upgrade") ? .upgrade : .other
        case 10:
            self = `is`("connection") ? .connection : `is`("keep-alive") ? .keepAlive : .other
        case 12: self = `is`("content-type") ? .contentType : .other
        case 13: self = `is`("mcptape-token") ? .clientToken : .other
        case 14: self = `is`("content-length") ? .contentLength : .other
        case 16:
            self =
                `is`("proxy-connection")
                ? .proxyConnection
                : `is`("content-encoding")
                    ? .contentEncoding : `is`("www-authenticate") ? .challenge : .other
        case 17: self = `is`("transfer-encoding") ? .transferEncoding : .other
        default: self = .other
        }
    }
}
