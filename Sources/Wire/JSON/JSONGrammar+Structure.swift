/// Brackets, commas, colons, and where values begin. Each function takes the place in the part where it
/// reads on and returns the place where it stopped.
///
/// A function that meets what usually comes next reads it too, instead of going back to the loop: a member
/// of an object then costs one turn.
extension JSONGrammar {
    /// Reads white space, punctuation and whole values while the part has them.
    mutating func structure<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        var at = start
        while state.rawValue <= State.afterValue.rawValue {
            at = afterSpace(part, at)
            guard at < part.count else { return at }
            switch state {
            case .key, .keyOrEnd: at = key(part, at, &events)
            case .value, .elementOrEnd: at = value(part, at, &events)
            case .afterValue: at = next(part, at, &events)
            case .colon:
                guard part.base[at] == UInt8(ascii: ":") else { return reject(part) }
                state = .value
                at &+= 1
            default: return at
            }
        }
        return at
    }

    @inline(__always)
    private func afterSpace(_ part: JSONPart, _ start: Int) -> Int {
        var at = start
        while at < part.count, part.base[at] <= 0x20, JSONGrammar.isSpace(part.base[at]) { at &+= 1 }
        return at
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Reads a key, and its colon and value when they follow at once.
    @inline(__always)
    private mutating func key<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        guard part.base[start] == UInt8(ascii: "\"") else {
            guard state == .keyOrEnd else { return reject(part) }
            return close(part, start, &events)
        }
        isKey = true
        isEscaped = false
        events.keyBegan(at: part.start &+ start, depth: depth)
        state = .string
        var at = string(part, start &+ 1, &events)
        guard state == .colon, at < part.count, part.base[at] == UInt8(ascii: ":") else { return at }
        state = .value
        at = afterSpace(part, at &+ 1)
        return at < part.count ? value(part, at, &events) : at
    }

    /// Reads a value, a container only as far as its bracket, and the comma when it follows at once.
    @inline(__always)
    private mutating func value<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        let byte = part.base[start]
        let at: Int
        if byte == UInt8(ascii: "\"") {
            isKey = false
            events.began(.string, at: part.start &+ start, depth: depth)
            state = .string
            at = string(part, start &+ 1, &events)
        } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
            return open(part, start, &events)
        } else if byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") {
            at = beginNumber(part, start, &events)
        } else if byte == UInt8(ascii: "]") {
            guard state == .elementOrEnd else { return reject(part) }
            return close(part, start, &events)
        } else {
            at = beginLiteral(part, start, &events)
        }
        guard state == .afterValue, at < part.count, part.base[at] == UInt8(ascii: ","), depth > 0 else {
            return at
        }
        state = kinds & 1 == 1 ? .key : .value
        return at &+ 1
    }

    /// Reads the comma or the bracket after a value.
    @inline(__always)
    private mutating func next<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        guard depth > 0 else { return reject(part) }
        guard part.base[at] == UInt8(ascii: ",") else { return close(part, at, &events) }
        state = kinds & 1 == 1 ? .key : .value
        return at &+ 1
    }

    private mutating func open<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        guard depth < depthLimit else { return reject(part, .tooDeep) }
        let isObject = part.base[at] == UInt8(ascii: "{")
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

    /// Reads the bracket that ends the innermost container; the state allows an end, the depth is not 0.
    private mutating func close<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        guard part.base[at] == (kinds & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
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
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        switch part.base[at] {
        case UInt8(ascii: "t"): literal = .true
        case UInt8(ascii: "f"): literal = .false
        case UInt8(ascii: "n"): literal = .null
        default: return reject(part)
        }
        events.began(literal, at: part.start &+ at, depth: depth)
        literalCount = 1
        state = .literal
        return restOfLiteral(part, at &+ 1, &events)
    }

    @inline(__always)
    mutating func restOfLiteral<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        let text: StaticString = literal == .true ? "true" : literal == .false ? "false" : "null"
        let length = text.utf8CodeUnitCount
        var at = start
        while at < part.count {
            guard part.base[at] == text.utf8Start[literalCount] else { return reject(part) }
            at &+= 1
            literalCount &+= 1
            if literalCount == length {
                state = .afterValue
                events.ended(at: part.start &+ at, depth: depth, in: part)
                return at
            }
        }
        return at
    }
}
