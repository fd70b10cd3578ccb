/// Why bytes are not a message that can be relayed without guessing what its receiver would make of it.
enum MessageFault: Error, Hashable {
    /// A line ends in LF alone, or holds a CR alone.
    case bareLineEnd
    case startLine
    case version
    /// A field without a colon, with a name that is no token, or with blanks before the colon.
    case fieldName
    /// A line that begins with a blank. Source: RFC 9112 §5.2 (obs-fold).
    case foldedField
    /// A control character in a value.
    case fieldValue
    /// A length that is no number, more than one of them, or one beside a transfer coding.
    case length
    /// A transfer coding other than `chunked` alone.
    case transferCoding
    /// No `Host`, or several, or one that contradicts the target.
    case host
    case target
    case headTooLarge
    case chunk
    case trailer
    /// The answer switches to a protocol that nobody asked for.
    case switchedProtocol

    /// One phrase for a person.
    var text: String {
        switch self {
        case .bareLineEnd: "a line does not end in CR LF"
        case .startLine: "the first line is malformed"
        case .version: "the HTTP version is neither 1.1 nor 1.0"
        case .fieldName: "a header line is malformed"
        case .foldedField: "a header is folded over two lines"
        case .fieldValue: "a header's value holds a control character"
        case .length: "Content-Length is ambiguous"
        case .transferCoding: "Transfer-Encoding is not 'chunked' alone"
        case .host: "there must be one Host header"
        case .target: "the request's target is malformed"
        case .headTooLarge: "the head is larger than \(HeadReader.sizeLimit) bytes"
        case .chunk: "the chunked coding is malformed"
        case .trailer: "a trailer is malformed, or larger than \(ChunkReader.trailerLimit) bytes"
        case .switchedProtocol: "it switches to a protocol that was not asked for"
        }
    }
}
