/// Checks a text against the JSON grammar and UTF-8, byte by byte, and tells what it meets.
///
/// One pass; can stop between any two bytes and go on later; never fails, never traps: a text that is not
/// JSON puts it in `failed`, where it stays and costs nothing more. A lone surrogate escape is valid.
/// Source: RFC 8259; RFC 3629 §4.
struct JSONGrammar: Sendable, Equatable {
    enum State: UInt8, Sendable {
        /// A value must come: at the start, after a colon, after a comma in an array.
        case value
        /// After `[`: a value or `]`.
        case elementOrEnd
        /// After `{`: a key or `}`.
        case keyOrEnd
        /// After a comma in an object: a key.
        case key
        /// After a key.
        case colon
        /// After a value: a comma or the container's end; outside all containers only white space.
        case afterValue
        /// Inside a string or key.
        case string
        /// After a backslash.
        case escape
        /// In the digits of `\u`; `hexLeft` are still to come.
        case hex
        /// Inside a multi-byte character: see `sequence`.
        case sequence
        /// After a number's minus.
        case minus
        /// After a leading zero: no digit may follow.
        case zero
        /// In the digits before the point.
        case digits
        /// After the point: a digit must come.
        case point
        /// In the digits after the point.
        case fraction
        /// After `e`: a sign or a digit must come.
        case exponentMark
        /// After the exponent's sign: a digit must come.
        case exponentSign
        /// In the exponent's digits.
        case exponent
        /// Inside `true`, `false` or `null`: see `literal`.
        case literal
        /// Not JSON: see `failure`.
        case failed
    }

    enum Failure: UInt8, Sendable {
        case notJSON
        case invalidUTF8
        case tooDeep
    }

    var state = State.value
    var failure = Failure.notJSON
    /// Containers open.
    var depth = 0
    /// Bytes consumed.
    var offset = 0
    /// The kinds of the innermost open containers, the innermost in bit 0: 1 is an object. Holds
    /// (`depth` - 1) % 64 + 1 of them; the others are in `outer`.
    var kinds: UInt64 = 0
    /// Full words of 64 kinds, the outermost first; at most `depthLimit` / 64 of them.
    var outer: [UInt64] = []
    var isKey = false
    var isEscaped = false
    var hexLeft: UInt8 = 0
    var sequence = UTF8Sequence(remaining: 0, lowest: 0x80, highest: 0xBF)
    var literal = JSONKind.null
    /// Bytes of the literal that were read.
    var literalCount = 0
    let depthLimit: Int

    init(depthLimit: Int) { self.depthLimit = depthLimit }

    /// Whether nothing but white space was read.
    var isEmpty: Bool { state == .value && depth == 0 }

    /// Whether the bytes so far are one whole JSON text. Asked after `finish`.
    var isComplete: Bool { state == .afterValue && depth == 0 }

    /// Reads the next stretch of the text.
    mutating func push<Events: JSONEvents>(_ text: UnsafeBufferPointer<UInt8>, to events: inout Events) {
        guard let base = text.baseAddress else { return }
        let part = JSONPart(base: base, count: text.count, start: offset)
        var at = 0
        while at < part.count {
            switch state {
            case .value, .elementOrEnd, .keyOrEnd, .key, .colon, .afterValue:
                at = structure(part, at, &events)
            case .string:
                at = string(part, at, &events)
            case .escape, .hex, .sequence:
                at = insideCharacter(part, at, &events)
            case .minus, .zero, .digits, .point, .fraction, .exponentMark, .exponentSign, .exponent:
                at = number(part, at, &events)
            case .literal:
                at = restOfLiteral(part, at, &events)
            case .failed:
                at = part.count
            }
        }
        offset &+= part.count
    }

    /// Says that the text is over: ends a number that stands alone.
    mutating func finish<Events: JSONEvents>(to events: inout Events) {
        switch state {
        case .zero, .digits, .fraction, .exponent:
            guard depth == 0 else { return fail(.notJSON) }
            events.ended(at: offset, depth: 0, in: .empty(at: offset))
            state = .afterValue
        case .failed: break
        case .afterValue where depth == 0: break
        default:
            if !isEmpty { fail(.notJSON) }
        }
    }

    @inline(__always)
    mutating func fail(_ reason: Failure) {
        state = .failed
        failure = reason
    }

    /// Fails, and returns the end of the part: there is nothing left to read in it.
    mutating func reject(_ part: JSONPart, _ reason: Failure = .notJSON) -> Int {
        fail(reason)
        return part.count
    }
}
