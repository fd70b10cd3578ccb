/// Follows the chunked coding. The bytes are passed on as they are; this says which of them are content.
///
/// Strict: a size is 1 to 15 hexadecimal digits and nothing else, an extension has no control character, and
/// every line ends in CR LF. Source: RFC 9112 §7.1.
struct ChunkReader {
    /// Trailers are few; they are held until they are complete.
    static let trailerLimit = 16 << 10
    /// Nothing sends extensions but attackers; a line that never ends must not pass for progress.
    private static let extensionLimit = 1 << 10

    private(set) var isComplete = false
    /// The field lines of the trailer section, each with its CR LF.
    private(set) var trailers: [UInt8] = []
    private var state = State.size
    private var digits = 0
    private var remaining = 0
    private var extensionLength = 0

    private enum State {
        /// Digits of a chunk's size.
        case size
        /// After a semicolon, until CR.
        case `extension`
        /// The LF that ends the size's line.
        case sizeLineFeed
        /// `remaining` bytes of content.
        case content
        /// CR, then LF, after the content.
        case contentReturn, contentLineFeed
        /// A line of the trailer section, or the empty one that ends the body.
        case trailer
    }

    /// Takes what belongs to the body from the front of `bytes` and answers how many bytes that are.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, content: inout [Range<Int>]
    ) throws(MessageFault) -> Int {
        var index = 0
        while index < bytes.count, !isComplete {
            if state == .content {
                let count = min(remaining, bytes.count - index)
                content.append(index..<index + count)
                index += count
                remaining -= count
                if remaining == 0 { state = .contentReturn }
                continue
            }
            try take(bytes[index])
            index += 1
        }
        return index
    }

    private mutating func take(_ byte: UInt8) throws(MessageFault) {
        switch state {
        case .size: try takeSize(byte)
        case .extension:
            if byte == HTTPText.carriageReturn {
                state = .sizeLineFeed
                return
            }
            extensionLength += 1
            guard HTTPText.isFieldContent(byte), extensionLength <= Self.extensionLimit else { throw .chunk }
        case .sizeLineFeed:
            guard byte == HTTPText.lineFeed else { throw .chunk }
            state = remaining == 0 ? .trailer : .content
            digits = 0
            extensionLength = 0
        case .contentReturn:
            guard byte == HTTPText.carriageReturn else { throw .chunk }
            state = .contentLineFeed
        case .contentLineFeed:
            guard byte == HTTPText.lineFeed else { throw .chunk }
            state = .size
        case .trailer: try takeTrailer(byte)
        case .content: preconditionFailure("content is taken in pieces")
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(MessageFault) {
        if let value = HTTPText.hexValue(byte) {
            digits += 1
            guard digits <= 15 else { throw .chunk }
            remaining = remaining << 4 | value
            return
        }
        guard digits > 0 else { throw .chunk }
        switch byte {
        case HTTPText.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extension
        default: throw .chunk
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(MessageFault) {
        trailers.append(byte)
        guard trailers.count <= Self.trailerLimit else { throw .trailer }
        guard byte == HTTPText.lineFeed else { return }
        guard trailers.dropLast().last == HTTPText.carriageReturn else { throw .bareLineEnd }
        if trailers.count == 2 || trailers.dropLast(2).last == HTTPText.lineFeed {
            trailers.removeLast(2)
            try checkTrailers()
            isComplete = true
        }
    }

    /// What decides framing or routing has no place behind the body. Source: RFC 9110 §6.5.1.
    private func checkTrailers() throws(MessageFault) {
        for field in try trailerFields() {
            switch field.kind {
            case .contentLength, .transferEncoding, .host, .connection: throw .trailer
            default: break
            }
        }
    }

    /// The trailer section's fields.
    func trailerFields() throws(MessageFault) -> [HeadField] {
        var fields: [HeadField] = []
        var start = 0
        while start < trailers.count {
            guard let end = trailers[start...].firstIndex(of: HTTPText.lineFeed), end > start,
                trailers[end - 1] == HTTPText.carriageReturn,
                !trailers[start..<end - 1].contains(HTTPText.carriageReturn)
            else { throw .bareLineEnd }
            fields.append(try HeadField(line: start..<end - 1, of: trailers))
            start = end + 1
        }
        return fields
    }
}
