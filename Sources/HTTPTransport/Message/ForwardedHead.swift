internal import NIOCore

/// Writes a head for the next hop: the bytes that came, with the edits of `docs/transparency.md` alone.
enum ForwardedHead {
    /// What is edited in a request.
    struct RequestEdits {
        /// The target in the upstream's own terms.
        var target: ArraySlice<UInt8>
        /// What `Host` becomes.
        var authority: [UInt8]
        /// Fields that are set, whatever the client sent under their names.
        var injected: [InjectedField] = []
        var dropsClientToken = false
        /// The client ends its connection after this request, and so do we.
        var closes = false
    }

    /// A field that the listener's owner configured.
    struct InjectedField {
        var name: [UInt8]
        var value: [UInt8]
    }

    static func write(_ head: MessageHead, edits: RequestEdits, to buffer: inout ByteBuffer) {
        buffer.writeBytes(head.method)
        buffer.writeInteger(UInt8(ascii: " "))
        buffer.writeBytes(edits.target)
        buffer.writeStaticString(head.minorVersion == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n")
        let hop = HopByHop(head)
        var written = [Bool](repeating: false, count: edits.injected.count)
        for field in head.fields {
            let name = head.bytes[field.name]
            if let index = edits.injected.firstIndex(where: { isSame($0.name, name) }) {
                if !written[index] { write(edits.injected[index], to: &buffer) }
                written[index] = true
            } else if field.kind == .host {
                buffer.writeBytes(name)
                buffer.writeStaticString(": ")
                buffer.writeBytes(edits.authority)
                buffer.writeStaticString("\r\n")
            } else if !hop.drops(field, of: head), !(edits.dropsClientToken && field.kind == .clientToken) {
                writeLine(field, of: head.bytes, to: &buffer)
            }
        }
        for (index, field) in edits.injected.enumerated() where !written[index] {
            write(field, to: &buffer)
        }
        if edits.closes, head.minorVersion == 1 { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
    }

    /// What is edited in a response.
    struct ResponseEdits {
        /// We end the client's connection after it.
        var closes = false
        /// The length of an edited body, where the head states one.
        var contentLength: Int?
        /// The length that the head states is left out: the body ends with the connection.
        var dropsLength = false
        /// The new value of a `WWW-Authenticate` field, the one at this index; nil keeps its line.
        var challenge: (Int) -> [UInt8]? = { _ in nil }
    }

    static func write(response head: MessageHead, edits: ResponseEdits, to buffer: inout ByteBuffer) {
        let first = head.bytes.firstIndex(of: HTTPText.lineFeed) ?? head.bytes.endIndex - 1
        buffer.writeBytes(head.bytes[...first])
        let hop = HopByHop(head)
        for (index, field) in head.fields.enumerated() where !hop.drops(field, of: head) {
            var value: [UInt8]?
            switch field.kind {
            case .contentLength where edits.dropsLength: continue
            case .contentLength: value = edits.contentLength.map { Array(String($0).utf8) }
            case .challenge: value = edits.challenge(index)
            default: break
            }
            if let value {
                write(InjectedField(name: Array(head.bytes[field.name]), value: value), to: &buffer)
            } else {
                writeLine(field, of: head.bytes, to: &buffer)
            }
        }
        if edits.closes { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
    }

    private static func writeLine(_ field: HeadField, of bytes: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeBytes(bytes[field.line.lowerBound..<field.line.upperBound + 2])
    }

    private static func write(_ field: InjectedField, to buffer: inout ByteBuffer) {
        buffer.writeBytes(field.name)
        buffer.writeStaticString(": ")
        buffer.writeBytes(field.value)
        buffer.writeStaticString("\r\n")
    }

    private static func isSame(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { HTTPText.lowercased($0) == HTTPText.lowercased($1) }
    }
}
