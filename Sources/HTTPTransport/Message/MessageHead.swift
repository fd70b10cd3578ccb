/// The head of a request or of a response: its bytes as they came, and where its parts are.
///
/// Stricter than most peers: whatever two of them could read differently is a fault, so that nothing that is
/// relayed can be split differently behind us. Source: RFC 9112 §2.2, §3, §4, §5, §11.2.
struct MessageHead: Sendable {
    /// Start line and field lines, each with its CR LF, without the empty line at the end.
    let bytes: [UInt8]
    let start: StartLine
    /// In the order in which they came.
    let fields: [HeadField]
    /// The digit after `HTTP/1.`: 0 or 1.
    let minorVersion: UInt8

    /// The parts of the first line, as ranges of `bytes`.
    enum StartLine: Sendable {
        case request(method: Range<Int>, target: Range<Int>)
        case response(status: Int, reason: Range<Int>)
    }

    /// Reads a head that came complete, without its empty line.
    init(request bytes: [UInt8]) throws(MessageFault) {
        let lines = try HeadLines(bytes)
        let first = bytes[lines.first]
        guard let space = first.firstIndex(of: 0x20), let last = first.lastIndex(of: 0x20), last > space
        else {
            throw .startLine
        }
        let method = first.startIndex..<space
        let target = space + 1..<last
        guard !method.isEmpty, method.count <= MessageHead.methodLimit,
            bytes[method].allSatisfy(HTTPText.isToken)
        else { throw .startLine }
        guard !target.isEmpty, bytes[target].allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .target }
        minorVersion = try MessageHead.minorVersion(first[(last + 1)...])
        start = .request(method: method, target: target)
        fields = try lines.fields()
        self.bytes = bytes
    }

    /// Reads a head that came complete, without its empty line.
    init(response bytes: [UInt8]) throws(MessageFault) {
        let lines = try HeadLines(bytes)
        let first = bytes[lines.first]
        // HTTP/1.1 200 OK; the reason may be empty, and some leave out the blank before an empty one.
        guard first.count >= 12, first[first.startIndex + 8] == 0x20 else { throw .startLine }
        minorVersion = try MessageHead.minorVersion(first.prefix(8))
        let digits = first.dropFirst(9).prefix(3)
        guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { throw .startLine }
        let status = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        let rest = first.dropFirst(12)
        guard status >= 100, rest.isEmpty || rest.first == 0x20, rest.allSatisfy(HTTPText.isFieldContent)
        else { throw .startLine }
        start = .response(status: status, reason: rest.dropFirst().startIndex..<rest.endIndex)
        fields = try lines.fields()
        self.bytes = bytes
    }

    /// Longer than any method that is registered (RFC 9110 §16.1.1).
    private static let methodLimit = 32

    private static func minorVersion(_ text: ArraySlice<UInt8>) throws(MessageFault) -> UInt8 {
        guard text.count == 8, text.dropLast().elementsEqual("HTTP/1.".utf8), let digit = text.last,
            digit == 0x30 || digit == 0x31
        else { throw .version }
        return digit - 0x30
    }

    var method: ArraySlice<UInt8> {
        if case .request(let method, _) = start { bytes[method] } else { [] }
    }

    var target: ArraySlice<UInt8> {
        if case .request(_, let target) = start { bytes[target] } else { [] }
    }

    var status: Int {
        if case .response(let status, _) = start { status } else { 0 }
    }

    var reason: ArraySlice<UInt8> {
        if case .response(_, let reason) = start { bytes[reason] } else { [] }
    }

    /// The first field of `kind`.
    func value(_ kind: HeadField.Kind) -> ArraySlice<UInt8>? {
        fields.first { $0.kind == kind }.map { bytes[$0.value] }
    }

    /// The first field called `name`, which is in lower case.
    func value(named name: StaticString) -> ArraySlice<UInt8>? {
        fields.first { HTTPText.matches(bytes[$0.name], name) }.map { bytes[$0.value] }
    }

    /// Every value of `kind`, in order.
    func values(_ kind: HeadField.Kind) -> [ArraySlice<UInt8>] {
        fields.filter { $0.kind == kind }.map { bytes[$0.value] }
    }
}

/// The lines of a head, each checked for its end.
private struct HeadLines {
    let bytes: [UInt8]
    var first = 0..<0
    private var rest: [Range<Int>] = []

    init(_ bytes: [UInt8]) throws(MessageFault) {
        self.bytes = bytes
        var start = 0
        var isFirst = true
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: HTTPText.lineFeed), end > start,
                bytes[end - 1] == HTTPText.carriageReturn
            else { throw .bareLineEnd }
            let line = start..<end - 1
            if bytes[line].contains(HTTPText.carriageReturn) { throw .bareLineEnd }
            if isFirst { first = line } else { rest.append(line) }
            isFirst = false
            start = end + 1
        }
    }

    func fields() throws(MessageFault) -> [HeadField] {
        var fields: [HeadField] = []
        fields.reserveCapacity(rest.count)
        for line in rest { fields.append(try HeadField(line: line, of: bytes)) }
        return fields
    }
}
