import CScan

/// The insides of strings and numbers.
extension JSONGrammar {
    /// Reads on inside a string or key; stops after its end, or where a character is cut.
    @inline(__always)
    mutating func string<Events: JSONEvents>(_ part: JSONPart, _ start: Int, _ events: inout Events) -> Int {
        var at = start &+ cscan_plain_run(part.base + start, part.count &- start)
        if at < part.count, part.base[at] != UInt8(ascii: "\"") {
            at = specialCharacters(part, at)
            guard state == .string else { return at }
        }
        guard at < part.count else { return at }
        endString(part, at &+ 1, &events)
        return at &+ 1
    }

    /// Reads on from a character that is not plain ASCII up to the closing quote, or as far as it goes.
    private mutating func specialCharacters(_ part: JSONPart, _ start: Int) -> Int {
        var at = start
        while at < part.count {
            let byte = part.base[at]
            if byte == UInt8(ascii: "\"") { return at }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                guard at &+ 1 < part.count, JSONGrammar.isShortEscape(part.base[at &+ 1]) else {
                    state = .escape
                    return at &+ 1
                }
                at &+= 2
            } else {
                guard byte >= 0x80 else { return reject(part) }
                at = characters(part, at)
                guard state == .string else { return at }
            }
            at &+= cscan_plain_run(part.base + at, part.count &- at)
        }
        return at
    }

    /// Reads a run of multi-byte characters.
    private mutating func characters(_ part: JSONPart, _ start: Int) -> Int {
        var at = start
        repeat {
            let size = JSONGrammar.characterSize(part, at)
            if size != 0 {
                at &+= size
                continue
            }
            var character = UTF8Sequence(first: part.base[at])
            at &+= 1
            while character.isOpen {
                guard at < part.count else {
                    sequence = character
                    state = .sequence
                    return at
                }
                character.push(part.base[at])
                at &+= 1
            }
            guard character.isComplete else { return reject(part, .invalidUTF8) }
        } while at < part.count && part.base[at] >= 0x80
        return at
    }

    /// The bytes of a character of two or three bytes that is whole, valid and none of the rare ones whose
    /// second byte is restricted; else 0.
    @inline(__always)
    private static func characterSize(_ part: JSONPart, _ at: Int) -> Int {
        guard part.count &- at >= 3 else { return 0 }
        let (first, second, third) = (part.base[at], part.base[at &+ 1], part.base[at &+ 2])
        guard second & 0xC0 == 0x80 else { return 0 }
        if first &- 0xC2 <= 0xDF - 0xC2 { return 2 }
        guard first &- 0xE1 <= 0xEF - 0xE1, first != 0xED, third & 0xC0 == 0x80 else { return 0 }
        return 3
    }

    /// Reads one byte of an escape or of a character that was cut.
    mutating func insideCharacter<Events: JSONEvents>(
        _ part: JSONPart, _ at: Int, _ events: inout Events
    ) -> Int {
        let byte = part.base[at]
        switch state {
        case .escape:
            if byte == UInt8(ascii: "u") {
                state = .hex
                hexLeft = 4
            } else if JSONGrammar.isShortEscape(byte) {
                state = .string
            } else {
                return reject(part)
            }
        case .hex:
            guard JSONText.hexValue(byte) != nil else { return reject(part) }
            hexLeft &-= 1
            if hexLeft == 0 { state = .string }
        default:
            sequence.push(byte)
            if sequence.isComplete {
                state = .string
            } else if !sequence.isOpen {
                return reject(part, .invalidUTF8)
            }
        }
        return at &+ 1
    }

    @inline(__always)
    private mutating func endString<Events: JSONEvents>(
        _ part: JSONPart, _ end: Int, _ events: inout Events
    ) {
        if isKey {
            state = .colon
            events.keyEnded(at: part.start &+ end, depth: depth, isEscaped: isEscaped, in: part)
        } else {
            state = .afterValue
            events.ended(at: part.start &+ end, depth: depth, in: part)
        }
    }

    @inline(__always)
    static func isShortEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    /// Reads a number: at once when it ends in this part, else state by state.
    @inline(__always)
    mutating func beginNumber<Events: JSONEvents>(
        _ part: JSONPart, _ start: Int, _ events: inout Events
    ) -> Int {
        events.began(.number, at: part.start &+ start, depth: depth)
        let end = JSONGrammar.numberEnd(part, start)
        if end != 0 {
            state = .afterValue
            events.ended(at: part.start &+ end, depth: depth, in: part)
            return end
        }
        let byte = part.base[start]
        state = byte == UInt8(ascii: "-") ? .minus : byte == UInt8(ascii: "0") ? .zero : .digits
        return number(part, start &+ 1, &events)
    }

    /// The place after a number that begins at `start` and ends before the part does; 0 when the part ends
    /// first, or when the number is wrong.
    @inline(__always)
    private static func numberEnd(_ part: JSONPart, _ start: Int) -> Int {
        var at = start
        if part.base[at] == UInt8(ascii: "-") { at &+= 1 }
        let first = at
        at = afterDigits(part, at)
        guard at < part.count, at > first, at == first &+ 1 || part.base[first] != UInt8(ascii: "0") else {
            return 0
        }
        if part.base[at] == UInt8(ascii: ".") {
            let point = at &+ 1
            at = afterDigits(part, point)
            guard at < part.count, at > point else { return 0 }
        }
        if part.base[at] | 0x20 == UInt8(ascii: "e") {
            at &+= 1
            guard at < part.count else { return 0 }
            if part.base[at] == UInt8(ascii: "+") || part.base[at] == UInt8(ascii: "-") { at &+= 1 }
            let exponent = at
            at = afterDigits(part, at)
            guard at < part.count, at > exponent else { return 0 }
        }
        return at
    }

    @inline(__always)
    private static func afterDigits(_ part: JSONPart, _ start: Int) -> Int {
        var at = start
        while at < part.count, part.base[at] &- UInt8(ascii: "0") < 10 { at &+= 1 }
        return at
    }

    /// Reads on inside a number; stops at the first byte that is not part of it.
    mutating func number<Events: JSONEvents>(_ part: JSONPart, _ start: Int, _ events: inout Events) -> Int {
        var at = start
        while at < part.count {
            let byte = part.base[at]
            if byte &- UInt8(ascii: "0") < 10 {
                switch state {
                case .minus: state = byte == UInt8(ascii: "0") ? .zero : .digits
                case .point: state = .fraction
                case .exponentMark, .exponentSign: state = .exponent
                case .zero: return reject(part)
                default: break
                }
            } else if byte == UInt8(ascii: "."), state == .zero || state == .digits {
                state = .point
            } else if byte | 0x20 == UInt8(ascii: "e"),
                state == .zero || state == .digits || state == .fraction
            {
                state = .exponentMark
            } else if state == .exponentMark, byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") {
                state = .exponentSign
            } else {
                guard state == .zero || state == .digits || state == .fraction || state == .exponent else {
                    return reject(part)
                }
                state = .afterValue
                events.ended(at: part.start &+ at, depth: depth, in: part)
                return at
            }
            at &+= 1
        }
        return at
    }
}
