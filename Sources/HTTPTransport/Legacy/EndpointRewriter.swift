/// Rewrites the URL of the legacy transport's `endpoint` event, so that the client's messages come to us.
///
/// Only the first event of a stream is looked at, only until it is known not to be `endpoint` or until its
/// data line is complete; everything else passes byte for byte. Nothing but that line is held back, and at
/// most `holdLimit` bytes: a longer one passes as it is.
/// Source: MCP 2024-11-05, basic/transports, HTTP with SSE; WHATWG HTML §9.2.6 (event streams).
struct EndpointRewriter {
    static let holdLimit = 16 << 10

    private let upstream: UpstreamURL
    /// How the client calls us: `http://127.0.0.1:8808`.
    private let origin: String
    /// `/name`, or empty.
    private let prefix: String

    /// Bytes that are not passed on yet: they begin where a line does.
    private var held: [UInt8] = []
    /// Where in `held` the line begins that is being read.
    private var lineStart = 0
    /// Up to where `held` was searched for a line end.
    private var searched = 0
    private var isEndpoint = false
    /// The value of the data line, in `held`.
    private var data: Range<Int>?
    /// The last byte passed was a CR: an LF that follows belongs to it.
    private var endsInReturn = false
    private var isFirstLine = true
    private(set) var isDone = false
    /// Bytes of the stream that stand before `held`.
    private var passed = 0
    /// What was edited; its offset is of the stream as it came.
    private(set) var edit: EditedText.Edit?

    init(upstream: UpstreamURL, origin: String, prefix: String) {
        self.upstream = upstream
        self.origin = origin
        self.prefix = prefix
    }

    /// What is passed on for the next bytes of the stream.
    mutating func push(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        if isDone {
            output.append(contentsOf: bytes)
            return
        }
        held.append(contentsOf: bytes)
        while !isDone, let line = nextLine() { take(line, &output) }
        if !isDone, held.count > Self.holdLimit { isDone = true }
        if isDone { release(&output) }
    }

    /// What was held back when the stream ends.
    mutating func finish(_ output: inout [UInt8]) {
        isDone = true
        release(&output)
    }

    private mutating func release(_ output: inout [UInt8]) {
        output.append(contentsOf: held)
        held = []
    }

    /// The next complete line of `held`: its content, and where the one after it begins.
    private mutating func nextLine() -> (content: Range<Int>, next: Int)? {
        if endsInReturn, lineStart < held.count {
            endsInReturn = false
            if held[lineStart] == 0x0A { lineStart += 1 }
            searched = max(searched, lineStart)
        }
        guard let end = held[searched...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else {
            searched = held.count
            return nil
        }
        endsInReturn = held[end] == 0x0D
        var start = lineStart
        if isFirstLine {
            isFirstLine = false
            if held[start..<end].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        }
        return (start..<end, end + 1)
    }

    private mutating func take(_ line: (content: Range<Int>, next: Int), _ output: inout [UInt8]) {
        lineStart = line.next
        searched = line.next
        let bytes = held[line.content]
        if bytes.isEmpty {
            // The event is over. Without data it was none, and the first one is still to come.
            if data != nil {
                decide(isOver: true, &output)
            } else {
                isEndpoint = false
            }
        } else if let value = Self.value(of: "event", in: bytes) {
            isEndpoint = held[value].elementsEqual("endpoint".utf8)
            if !isEndpoint { isDone = true }
            decide(isOver: false, &output)
        } else if let value = Self.value(of: "data", in: bytes) {
            // A URL has one line.
            if data != nil { isDone = true }
            data = value
            decide(isOver: false, &output)
        }
        if !isDone, data == nil { passComplete(&output) }
    }

    /// Lines that hold no data are passed on at once.
    private mutating func passComplete(_ output: inout [UInt8]) {
        output.append(contentsOf: held[..<lineStart])
        held.removeFirst(lineStart)
        passed += lineStart
        lineStart = 0
        searched = 0
    }

    /// Edits once both the event's name and its data are known.
    private mutating func decide(isOver: Bool, _ output: inout [UInt8]) {
        guard let data, !isDone else { return }
        if isEndpoint {
            isDone = true
            if let (count, own) = beginning(of: held[data]) {
                let range = data.lowerBound..<data.lowerBound + count
                edit = EditedText.Edit(
                    offset: passed + range.lowerBound, removed: Array(held[range]), inserted: own)
                held.replaceSubrange(range, with: own)
            }
        } else if isOver {
            isDone = true
        }
    }

    /// The value of a line's field, when it is `name`.
    private static func value(of name: String, in line: ArraySlice<UInt8>) -> Range<Int>? {
        guard line.starts(with: name.utf8) else { return nil }
        var rest = line.dropFirst(name.utf8.count)
        if rest.isEmpty { return rest.startIndex..<rest.endIndex }
        guard rest.first == UInt8(ascii: ":") else { return nil }
        rest.removeFirst()
        if rest.first == 0x20 { rest.removeFirst() }
        return rest.startIndex..<rest.endIndex
    }

    /// What leads to us in the place of the first `count` bytes of `url`; nil when it does already, or leads
    /// elsewhere.
    private func beginning(of url: ArraySlice<UInt8>) -> (count: Int, own: [UInt8])? {
        if url.first == UInt8(ascii: "/"), url.dropFirst().first != UInt8(ascii: "/") {
            return prefix.isEmpty || hasPrefix(url) ? nil : (0, Array(prefix.utf8))
        }
        let text = String(decoding: url, as: UTF8.self)
        guard text.utf8.elementsEqual(url), let rest = upstream.path(ofOwn: text) else { return nil }
        let slash = rest.first == UInt8(ascii: "/") ? "" : "/"
        return (url.count - rest.count, Array((origin + prefix + slash).utf8))
    }

    private func hasPrefix(_ path: ArraySlice<UInt8>) -> Bool {
        guard path.starts(with: prefix.utf8) else { return false }
        let next = path.dropFirst(prefix.utf8.count).first
        return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
    }
}
