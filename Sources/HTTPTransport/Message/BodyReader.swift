/// Follows a body through the bytes of its connection: where it ends, and which bytes are content.
struct BodyReader {
    let framing: BodyFraming
    /// Content bytes seen so far.
    private(set) var size = 0
    private(set) var isComplete: Bool
    private var remaining = 0
    private var chunks = ChunkReader()

    init(_ framing: BodyFraming) {
        self.framing = framing
        switch framing {
        case .none: isComplete = true
        case .length(let length):
            remaining = length
            isComplete = length == 0
        case .chunked, .untilClose: isComplete = false
        }
    }

    /// The trailer section of a complete chunked body: field lines, each with its CR LF.
    var trailers: [UInt8] { chunks.trailers }

    /// The fields of `trailers`.
    func trailerFields() throws(MessageFault) -> [HeadField] { try chunks.trailerFields() }

    /// Takes the bytes of the body at the front of `bytes` and answers how many they are.
    ///
    /// `content` receives the ranges of `bytes` that are content, without the chunked coding around them.
    mutating func take(
        _ bytes: UnsafeRawBufferPointer, content: inout [Range<Int>]
    ) throws(MessageFault) -> Int {
        content.removeAll(keepingCapacity: true)
        if isComplete || bytes.isEmpty { return 0 }
        switch framing {
        case .none: return 0
        case .length:
            let count = min(remaining, bytes.count)
            remaining -= count
            size += count
            isComplete = remaining == 0
            content.append(0..<count)
            return count
        case .untilClose:
            size += bytes.count
            content.append(0..<bytes.count)
            return bytes.count
        case .chunked:
            let count = try chunks.take(bytes, content: &content)
            for range in content { size += range.count }
            isComplete = chunks.isComplete
            return count
        }
    }

    /// The connection ended: whether that is a proper end of the body.
    mutating func end() -> Bool {
        if framing == .untilClose { isComplete = true }
        return isComplete
    }
}
