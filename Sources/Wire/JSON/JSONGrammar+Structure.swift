/// Brackets, commas, colons, and where values begin. Each function takes the place in the part where it
/// reads on and returns the place where it stopped.
extension JSONGrammar {
    /// Whether a value may begin here.
    @inline(__always)
    private var takesValue: Bool { state.rawValue <= State.elementOrEnd.rawValue }

    /// Whether `structure` reads on in this state.
    @inline(__always)
    private var isBetweenTokens: Bool { state.rawValue <= State.afterValue.rawValue }

    /// Reads white space, punctuation and whole values while the part has them.
    mutating func structure<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        var at = start
        while at < part.count, isBetweenTokens {
            let byte = part.base[at]
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09:
                at &+= 1
            case UInt8(ascii: "\""):
                at = beginString(part, at, &events)
            case UInt8(ascii: ":"):
                guard state == .colon else { return reject(part) }
                state = .value
                at &+= 1
            case UInt8(ascii: ","):
                guard state == .afterValue, depth > 0 else { return reject(part) }
                state = kinds & 1 == 1 ? .key : .value
                at &+= 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                at = open(part, at, isObject: byte == UInt8(ascii: "{"), &events)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                at = close(part, at, isObject: byte == UInt8(ascii: "}"), &events)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard takesValue else { return reject(part) }
                events.began(.number, at: part.start &+ at, depth: depth)
                state = byte == UInt8(ascii: "-") ? .minus : byte == UInt8(ascii: "0") ? .zero : .digits
                at = number(part, at &+ 1, &events)
            case UInt8(ascii: "t"): at = beginLiteral(.true, part, at, &events)
            case UInt8(ascii: "f"): at = beginLiteral(.false, part, at, &events)
            case UInt8(ascii: "n"): at = beginLiteral(.null, part, at, &events)
            default: return reject(part)
            }
        }
        return at
    }

    @inline(__always)
    private mutating func beginString<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        if takesValue {
            isKey = false
            events.began(.string, at: part.start &+ at, depth: depth)
        } else if state == .key || state == .keyOrEnd {
            isKey = true
            isEscaped = false
            events.keyBegan(at: part.start &+ at, depth: depth)
        } else {
            return reject(part)
        }
        state = .string
        return string(part, at &+ 1, &events)
    }

    @inline(__always)
    private mutating func open<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, isObject: Bool, _ events: inout Events
    ) -> Int {
        guard takesValue else { return reject(part) }
        guard depth < depthLimit else { return reject(part, .tooDeep) }
        events.began(isObject ? .object : .array, at: part.start &+ at, depth: depth)
        if depth & 63 == 0, depth > 0 {
            outer.append(kinds)
            kinds = 0
        }
        kinds = kinds &<< 1 | (isObject ? 1 : 0)
        depth &+= 1
        state = isObject ? .keyOrEnd : .elementOrEnd
        return at &+ 1
    }

    @inline(__always)
    private mutating func close<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, isObject: Bool, _ events: inout Events
    ) -> Int {
        let isEmptyContainer = state == (isObject ? .keyOrEnd : .elementOrEnd)
        guard isEmptyContainer || state == .afterValue, depth > 0, (kinds & 1 == 1) == isObject else {
            return reject(part)
        }
        kinds &>>= 1
        depth &-= 1
        if depth & 63 == 0, depth > 0 { kinds = outer.popLast() ?? 0 }
        state = .afterValue
        events.ended(at: part.start &+ at &+ 1, depth: depth, in: part)
        return at &+ 1
    }

    // MARK: Literals

    private mutating func beginLiteral<Events: JSONEvents>(
        _ kind: JSONKind, _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        guard takesValue else { return reject(part) }
        events.began(kind, at: part.start &+ at, depth: depth)
        literal = kind
        literalCount = 1
        state = .literal
        return restOfLiteral(part, at &+ 1, &events)
    }

    mutating func restOfLiteral<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        let text: StaticString = literal == .true ? "true" : literal == .false ? "false" : "null"
        var at = start
        while at < part.count {
            guard part.base[at] == text.utf8Start[literalCount] else { return reject(part) }
            at &+= 1
            literalCount &+= 1
            if literalCount == text.utf8CodeUnitCount {
                state = .afterValue
                events.ended(at: part.start &+ at, depth: depth, in: part)
                return at
            }
        }
        return at
    }
}
