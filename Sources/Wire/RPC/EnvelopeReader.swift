import CScan

/// Picks the envelope's members, and the watched values, out of what the grammar tells.
struct EnvelopeReader: JSONEvents, Sendable, Equatable {
    /// The members of a JSON-RPC object.
    enum Field: UInt8, Sendable {
        case other
        case version
        case id
        case method
        case params
        case result
        case error
    }

    /// What the message is as a whole.
    enum Outside: UInt8, Sendable {
        case scalar
        case object
        case array
    }

    /// A watched value that has begun and not ended.
    struct OpenCapture: Sendable, Equatable {
        var leaf: Int
        var depth: Int
        var start: Int
        /// Of the pieces before the current one; at most `captureLimit` + 1.
        var bytes: [UInt8] = []
    }

    /// Bytes of a key, or of the version, that can matter when every byte is escaped; longer is unknown.
    static let tokenLimit = 6 * FieldPaths.keyLimit + 2

    let paths: FieldPaths
    var outside = Outside.scalar
    var hasVersion = false
    /// The envelope's member whose value comes next or is being read, at depth 1.
    var field = Field.other
    var fieldKind = JSONKind.null
    var fieldStart = 0
    /// Where the key or version token begins that is being read; nil outside of them.
    var tokenStart: Int?
    /// The bytes of that token in the pieces before the current one.
    var token: [UInt8] = []
    /// Open containers, from the outermost, that lie on a watched path or are the message itself: keys
    /// matter where the depth equals this.
    var matched = 0
    /// Values deeper than this do not matter: at least 1, `matched`, and the depth of every open capture.
    var interest = 1
    /// The nodes of those containers; the message's own at 0.
    var trail = SIMD4<Int16>(repeating: 0)
    /// The node of the key whose value comes next.
    var nextNode: Int16 = 0
    /// At most one for each key of a path: `FieldPaths.depthLimit`.
    var open: [OpenCapture] = []
    /// At most one for each watched path.
    var captures: [Int: [UInt8]] = [:]
    var found = Envelope(shape: .foreign(.notRPC))

    init(paths: FieldPaths) { self.paths = paths }

    /// What was found in a complete JSON text, with its shape.
    mutating func finish() -> Envelope {
        switch outside {
        case .scalar: break
        case .array: if !found.members.isEmpty { found.shape = .batch }
        case .object:
            guard hasVersion else { break }
            if found.method != nil {
                found.shape = found.id == nil ? .notification : .request
            } else if found.result != nil || found.error != nil {
                found.shape = .response
            }
        }
        return found
    }

    // MARK: Events

    @inline(__always)
    mutating func began(_ kind: JSONKind, at offset: Int, depth: Int) {
        guard depth <= interest else { return }
        guard depth == matched else {
            if depth == 1, outside == .array { fieldStart = offset }
            return
        }
        if depth == 0 { return beganOutside(kind) }
        if depth == 1 {
            fieldKind = kind
            fieldStart = offset
            if field == .version { tokenStart = offset }
        }
        if nextNode != 0 { beganWatched(kind, at: offset, depth: depth) }
    }

    @inline(__always)
    mutating func ended(at offset: Int, depth: Int, in part: JSONPart) {
        guard depth <= interest else { return }
        if let last = open.last, last.depth == depth { closeCapture(at: offset, in: part) }
        if depth < matched {
            matched = depth
            interest = max(1, depth)
        }
        if depth == 1 { endedMember(at: offset, in: part) }
    }

    @inline(__always)
    mutating func keyBegan(at offset: Int, depth: Int) {
        if depth == matched { tokenStart = offset }
    }

    @inline(__always)
    mutating func keyEnded(at offset: Int, depth: Int, isEscaped: Bool, in part: JSONPart) {
        guard depth == matched, let start = tokenStart else { return }
        tokenStart = nil
        if !isEscaped, token.isEmpty {
            recognise(part.bytes(from: start &+ 1, to: offset &- 1), depth: depth)
        } else {
            recogniseCut(part.bytes(from: start, to: offset), depth: depth)
        }
    }

    // MARK: Pieces

    /// Whether bytes of the piece that ends now must be kept.
    var isCollecting: Bool { tokenStart != nil || !open.isEmpty }

    /// Keeps what the piece has of the open token and the open captures.
    mutating func collect(_ part: JSONPart) {
        if let tokenStart {
            let room = max(0, EnvelopeReader.tokenLimit + 1 - token.count)
            token.append(contentsOf: part.bytes(from: tokenStart, to: .max).prefix(room))
        }
        for index in open.indices { open[index].append(part, to: .max) }
    }

    // MARK: Members

    private mutating func beganOutside(_ kind: JSONKind) {
        outside = kind == .object ? .object : kind == .array ? .array : .scalar
        if kind == .object { matched = 1 }
    }

    private mutating func endedMember(at offset: Int, in part: JSONPart) {
        let range = fieldStart..<max(fieldStart, offset)
        if outside == .array {
            if found.members.count < Envelope.memberLimit {
                found.members.append(range)
            } else {
                found.unlistedMembers &+= 1
            }
            return
        }
        switch field {
        case .other: return
        case .version: endedVersion(part.bytes(from: range.lowerBound, to: offset))
        case .id: found.id = range
        case .method: found.method = fieldKind == .string ? range : nil
        case .params: found.params = range
        case .result: found.result = range
        case .error: found.error = range
        }
        field = .other
    }

    private mutating func endedVersion(_ last: UnsafeBufferPointer<UInt8>) {
        defer { token = [] }
        tokenStart = nil
        let plain: StaticString = "\"2.0\""
        if token.isEmpty, last.isSame(as: plain) {
            hasVersion = true
        } else if fieldKind == .string, token.count + last.count <= EnvelopeReader.tokenLimit {
            hasVersion = JSONText.unescapedBytes((token + last)[...]).map { $0 == Array("2.0".utf8) } ?? false
        } else {
            hasVersion = false
        }
    }

    private mutating func recogniseCut(_ last: UnsafeBufferPointer<UInt8>, depth: Int) {
        defer { token = [] }
        guard token.count + last.count <= EnvelopeReader.tokenLimit,
            let key = JSONText.unescapedBytes((token + last)[...])
        else {
            return forget(depth: depth)
        }
        key.withUnsafeBufferPointer { recognise($0, depth: depth) }
    }

    private mutating func forget(depth: Int) {
        if depth == 1 { field = .other }
        nextNode = 0
    }

    @inline(__always)
    private mutating func recognise(_ key: UnsafeBufferPointer<UInt8>, depth: Int) {
        if depth == 1 { field = Field(key) }
        nextNode = Int16(truncatingIfNeeded: paths.child(of: Int(trail[(depth &- 1) & 3]), called: key) ?? 0)
    }
}

extension EnvelopeReader.Field {
    @inline(__always)
    init(_ key: UnsafeBufferPointer<UInt8>) {
        self = .other
        switch key.count {
        case 2: if key.isSame(as: "id") { self = .id }
        case 5: if key.isSame(as: "error") { self = .error }
        case 6:
            if key.isSame(as: "method") {
                self = .method
            } else if key.isSame(as: "params") {
                self = .params
            } else if key.isSame(as: "result") {
                self = .result
            }
        case 7: if key.isSame(as: "jsonrpc") { self = .version }
        default: break
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are those of `text`.
    @inline(__always)
    fileprivate func isSame(as text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let baseAddress else { return false }
        return cscan_equal(baseAddress, text.utf8Start, text.utf8CodeUnitCount) != 0
    }
}

// MARK: - Watched values

extension EnvelopeReader {
    mutating func beganWatched(_ kind: JSONKind, at offset: Int, depth: Int) {
        let node = paths.nodes[Int(nextNode)]
        for leaf in node.leaves { captures[leaf] = nil }
        if let leaf = node.leaf { open.append(OpenCapture(leaf: leaf, depth: depth, start: offset)) }
        if kind == .object, !node.children.isEmpty, depth < FieldPaths.depthLimit {
            trail[depth & 3] = nextNode
            matched = depth &+ 1
            interest = matched
        }
        nextNode = 0
    }

    mutating func closeCapture(at offset: Int, in part: JSONPart) {
        guard var capture = open.popLast() else { return }
        capture.append(part, to: offset)
        captures[capture.leaf] = Array(
            UTF8Text.prefix(of: capture.bytes[...], limit: EnvelopeScanner.captureLimit))
    }
}

extension EnvelopeReader.OpenCapture {
    /// Appends what `part` has of the value, up to `end`.
    mutating func append(_ part: JSONPart, to end: Int) {
        let room = max(0, EnvelopeScanner.captureLimit + 1 - bytes.count)
        bytes.append(contentsOf: part.bytes(from: start, to: end).prefix(room))
    }
}
