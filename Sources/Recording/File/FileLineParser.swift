import MCPSemantics
import Wire

/// Takes one line apart.
///
/// `msg` is found without reading it, because it is everything from its colon to the line's last brace; the
/// members before it are small and are read as JSON.
struct FileLineParser {
    let text: ArraySlice<UInt8>
    let number: Int
    /// The file ends in this line.
    let isCut: Bool

    typealias Content = RecordingFileLine.Content
    typealias Body = RecordingFileLine.Body

    func content() -> Content { plainMessage().map { .message($0) } ?? contentByMember() }

    /// What `content` is, of a line of any form.
    func contentByMember() -> Content {
        guard let first = text.first(where: { !FileLineParser.isSpace($0) }) else { return .other }
        guard first == UInt8(ascii: "{") else { return damaged(at: text.startIndex, "not a JSON object") }
        if let key = FileLineParser.bodyKey(in: text) {
            guard let brace = text.lastIndex(of: UInt8(ascii: "}")), brace >= key.afterColon,
                text[(brace + 1)...].allSatisfy({ FileLineParser.isSpace($0) })
            else { return malformed(text) }
            let head = Array(text[..<key.start]) + Array("\"msg\":0}".utf8)
            let body = text[key.afterColon..<brace]
            guard let tree = JSONTree(head[...]) else { return malformed(text) }
            if JSONText.isValid(body) { return content(tree.root, body: .verbatim(body)) }
            return otherPlace(of: body)
        }
        guard let tree = JSONTree(text) else { return malformed(text) }
        return content(tree.root, body: nil)
    }

    /// `msg` is no JSON value: perhaps somebody put members behind it, which is read, with a warning.
    private func otherPlace(of body: ArraySlice<UInt8>) -> Content {
        guard let tree = JSONTree(text), let message = tree.root["msg"] else {
            let fault = JSONText.firstFault(in: body) ?? body.endIndex
            return isCut && fault == body.endIndex
                ? damaged(at: text.endIndex, cut) : damaged(at: fault, "msg is not well-formed JSON")
        }
        let warning = RecordingFileFault(
            .warning, line: number, column: RecordingFileFault.column(of: body.startIndex, in: text),
            "msg is not the last member; white space around it is not kept")
        return content(tree.root, body: .verbatim(message.text), warnings: [warning])
    }

    private func content(_ line: JSONTree.Node, body verbatim: Body?, warnings: [RecordingFileFault] = [])
        -> Content
    {
        var place = RecordingFileLine.Place(warnings: warnings)
        place.sequence = integer(line["seq"], "seq", &place)
        place.microseconds = integer(line["t"], "t", &place)
        place.session = line["session"]?.stringValue
        if let gap = line["gap"] {
            return .gap(RecordingFileLine.FileGap(place: place, gap: self.gap(gap, place)))
        }
        let body: Body?
        switch self.body(line, verbatim) {
        case .success(let found): body = found
        case .failure(let fault): return .damaged(fault)
        }
        let isStandardError = line["stderr"]?.boolValue ?? false
        let direction = line["dir"]?.stringValue.flatMap { Direction(word: $0) }
        if body == nil, line["dir"] == nil, !isStandardError { return .other }
        guard let lane = isStandardError ? .standardError : direction.flatMap({ Lane(rawValue: $0.rawValue) })
        else {
            guard let node = line["dir"] else {
                return damaged(at: text.startIndex, "dir is missing: c2s or s2c, or \"stderr\":true")
            }
            return damaged(at: text.startIndex + node.range.lowerBound, "dir is neither c2s nor s2c")
        }
        var message = RecordingFileLine.FileMessage(
            place: place, lane: lane, body: body ?? .omitted, isPartial: line["partial"]?.boolValue ?? false,
            hasLineFeed: line["eol"]?.stringValue != "", statedSize: max(0, line["size"]?.intValue ?? 0))
        if let truncated = line["truncated"] {
            message.truncated = (
                max(0, truncated["size"]?.intValue ?? 0),
                hexadecimal(truncated["sha256"]?.stringValue ?? "")
            )
        }
        message.stream = line["stream"]?.intValue.flatMap { UInt32(exactly: $0) } ?? 0
        message.framing = framing(line)
        message.fault = line["fault"]?.stringValue.map {
            FaultMark($0, seenBy: FaultMark.Side(fileWord: line["fault_side"]?.stringValue))
        }
        message.redactions = line["redacted"]?.children.compactMap { redaction($0) } ?? []
        if let note = line["http"] {
            message.body = .verbatim(note.text)
            message.stated = MessageDigest(kind: .http)
            message.stated?.size = note.text.count
        } else if message.truncated != nil || body == nil {
            message.stated = stated(line, lane)
        }
        return .message(message)
    }

    private func framing(_ line: JSONTree.Node) -> MessageFraming? {
        if let node = line["sse"] { return MessageFraming(pieces: node.strings.map { Array($0.utf8) }) }
        guard let node = line["sse_b64"] else { return nil }
        let pieces = node.strings.compactMap { Base64.decoded($0.utf8) }
        return pieces.count == node.childCount ? MessageFraming(pieces: pieces) : nil
    }

    private func redaction(_ node: JSONTree.Node) -> Redaction? {
        guard let pointer = node[0]?.stringValue, let rule = node[1]?.stringValue else { return nil }
        return Redaction(pointer: pointer, rule: rule)
    }

    private func body(_ line: JSONTree.Node, _ verbatim: Body?) -> Result<Body?, RecordingFileFault> {
        if let verbatim { return .success(verbatim) }
        if let node = line["text"] {
            guard let content = node.stringValue else {
                return .failure(fault(at: node.range.lowerBound, "text is not a string"))
            }
            return .success(.decoded(Array(content.utf8)))
        }
        if let node = line["raw_b64"] {
            guard let content = node.stringValue, let bytes = Base64.decoded(content.utf8) else {
                return .failure(fault(at: node.range.lowerBound, "raw_b64 is not base64 with its padding"))
            }
            return .success(.decoded(bytes))
        }
        return .success(nil)
    }

    /// What stands beside a message whose payload is missing or cut.
    private func stated(_ line: JSONTree.Node, _ lane: Lane) -> MessageDigest {
        let word = line["kind"]?.stringValue
        let named = MessageKind.allCases.first { $0.word == word }
        var digest = MessageDigest(kind: lane == .standardError ? .standardError : named ?? .foreign)
        digest.id = line["id"].map { RequestID($0.textString) }
        digest.method = line["method"]?.stringValue
        digest.name = line["name"]?.stringValue
        digest.isToolError = line["tool_error"]?.boolValue ?? false
        if let error = line["error"] {
            let code = error["code"].map { $0.stringValue ?? $0.textString } ?? "0"
            digest.error = ResponseError(code: code, message: error["message"]?.stringValue ?? "")
        }
        return digest
    }

    private func gap(_ node: JSONTree.Node, _ place: RecordingFileLine.Place) -> Gap {
        func count(_ name: String) -> Int { max(0, min(node[name]?.intValue ?? 0, 1 << 48)) }
        let from = place.microseconds ?? 0
        var gap = Gap(
            from: FileTime.timestamp(microseconds: from),
            to: FileTime.timestamp(microseconds: node["to"]?.intValue.map { Int64($0) } ?? from),
            reason: node["reason"]?.stringValue.flatMap { Gap.Reason(fileWord: $0) } ?? .journalUnavailable)
        gap.clientToServer = count("c2s")
        gap.serverToClient = count("s2c")
        gap.standardError = count("stderr")
        gap.clientToServerLines = count("c2s_lines")
        gap.serverToClientLines = count("s2c_lines")
        gap.cutLanes = node["cut"]?.strings.compactMap { Lane(fileWord: $0) } ?? []
        return gap
    }

    // MARK: Values

    private func integer(_ node: JSONTree.Node?, _ name: String, _ place: inout RecordingFileLine.Place)
        -> Int64?
    {
        guard let node else { return nil }
        if let value = node.intValue { return Int64(value) }
        if let value = node.doubleValue, value.magnitude < 9e15 { return Int64(value) }
        place.warnings.append(
            RecordingFileFault(
                .warning, line: number,
                column: RecordingFileFault.column(of: text.startIndex + node.range.lowerBound, in: text),
                "\(name) is not an integer"))
        return nil
    }

    private func hexadecimal(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    // MARK: Faults

    private var cut: String { "the file ends inside this line" }

    private func malformed(_ json: ArraySlice<UInt8>) -> Content {
        let fault = JSONText.firstFault(in: json) ?? json.endIndex
        return damaged(at: fault, isCut && fault == json.endIndex ? cut : "not well-formed JSON")
    }

    private func damaged(at index: Int, _ message: String) -> Content {
        .damaged(fault(at: index - text.startIndex, message))
    }

    private func fault(at offset: Int, _ message: String) -> RecordingFileFault {
        let column = RecordingFileFault.column(of: text.startIndex + offset, in: text)
        return RecordingFileFault(line: number, column: column, message)
    }
}
