import Wire

/// Strings, numbers and literals.
extension RedactionStream {
    /// The place of the quote that ends the string which goes on at `start`; nil when it is not here.
    static func stringEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var at = start
        while at < bytes.count {
            at += StringStretch.plainCount(in: bytes, from: at)
            guard at < bytes.count else { return nil }
            if bytes[at] == 0x22 { return at }
            at += 2
        }
        return nil
    }

    /// What a key stands for; as it is where an escape is wrong.
    static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let token = [0x22] + Array(raw) + [0x22]
        return JSONText.unescape(token[...]).map { Array($0.utf8) } ?? Array(raw)
    }

    mutating func beginString(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ output: inout RedactionOutput
    ) -> Int {
        let action = tooDeep == 0 ? slot.action : .keep
        guard action.form != .keep else {
            mode = .string
            return at + 1
        }
        output.flush(to: at + 1, of: bytes, isMuted: mutedDepth != nil)
        reading = SecretReading(action, label: nil, tail: SecretTail(.quoted), hash: prepared)
        mode = .replacedString
        return at + 1
    }

    mutating func beginNumber(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ output: inout RedactionOutput
    ) -> Int {
        mode = .number
        let action = tooDeep == 0 ? slot.action : .keep
        // A number under a secret's name counts tokens more often than it opens something.
        guard action.form != .keep, action.rule != .key || isPassword else { return at }
        output.flush(to: at, of: bytes, isMuted: mutedDepth != nil)
        var hash = prepared
        hash.push([0])
        reading = SecretReading(action, label: nil, tail: SecretTail(.number), hash: hash)
        return at
    }

    /// Whether the member's name is a password's, which may be a number.
    private var isPassword: Bool {
        guard let key = frames.last(where: { $0.isObject })?.key else { return false }
        let words = SecretNames.words(of: String(decoding: key, as: UTF8.self))
        return ["password", "passwd", "passcode", "pwd", "otp", "totp", "cvv", "secret", "pass"].contains(
            words.last ?? "")
            || plan.isOwnName(words)
    }

    mutating func number(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        var tail = SecretTail(.number)
        let (end, isOver) = tail.advance(in: bytes, from: start, isLast: isLast)
        reading?.push(bytes, start..<end)
        guard isOver else { return end > start ? end : nil }
        mode = .structure
        if reading != nil { finishSecret(at: end, &output) }
        return end
    }

    /// A literal is kept: `true` under a secret name says nothing. Where content is not kept it is `false`.
    mutating func literal(
        _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        let text: StaticString =
            bytes[at] == UInt8(ascii: "t") ? "true" : bytes[at] == UInt8(ascii: "f") ? "false" : "null"
        let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        let here = UnsafeBufferPointer(rebasing: bytes[at..<min(bytes.count, at + word.count)])
        guard here.elementsEqual(word) else {
            if here.count < word.count, !isLast, here.elementsEqual(word.prefix(here.count)) { return nil }
            mode = .text
            return at
        }
        let action = tooDeep == 0 ? slot.action : .keep
        if word.first == UInt8(ascii: "t"), action.form == .shape || action.form == .empty {
            output.flush(to: at, of: bytes, isMuted: mutedDepth != nil)
            if mutedDepth == nil { output.bytes += "false".utf8 }
            output.copied = at + word.count
            output.isEdited = true
            note(action.rule)
        }
        return at + word.count
    }

    // MARK: Text that is searched

    /// Reads text up to the next secret, or to the end of the string.
    mutating func search(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isLast: Bool, inString: Bool,
        _ output: inout RedactionOutput
    ) -> Int? {
        let end = inString ? RedactionStream.stringEnd(bytes, start) : nil
        let stop = end ?? bytes.count
        let isFinal = end != nil || isLast
        let isProtected = inString && mode == .string && slot.place == .protected && tooDeep == 0
        let known = UnsafeBufferPointer(rebasing: bytes[..<stop])
        let detector = SecretDetector(plan: plan, bytes: bytes, start: 0, stop: stop, isFinal: isFinal)
        var at = start
        while !isProtected {
            let place = plan.grams.firstOffset(in: known, from: at)
            guard place < stop else { break }
            guard detector.isWorthJudging(place) else {
                at = place + 1
                continue
            }
            switch detector.judge(place) {
            case .nothing: at = place + 1
            case .more:
                let boundary = RedactionStream.boundary(bytes, place, from: start)
                return boundary > start ? boundary : nil
            case .hit(let hit):
                output.flush(to: hit.start, of: bytes, isMuted: mutedDepth != nil)
                reading = SecretReading(
                    RedactionAction(.replace, hit.rule), label: hit.label, tail: hit.tail, hash: prepared)
                outer = mode
                mode = .secret
                return hit.start
            }
        }
        if let end {
            mode = .structure
            return end + 1
        }
        guard !isLast else { return stop }
        // The last two bytes may begin something.
        let boundary = RedactionStream.boundary(bytes, max(start, stop - 2), from: start)
        return boundary > start ? boundary : nil
    }

    /// `place`, or the byte before it when that is the backslash of an escape that begins at `start` or
    /// behind.
    private static func boundary(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, from start: Int) -> Int {
        var backslashes = 0
        while place - backslashes > start, bytes[place - backslashes - 1] == 0x5C { backslashes += 1 }
        return place - backslashes % 2
    }

    // MARK: Secrets

    /// Reads on inside of a secret that was found in a text.
    mutating func secret(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        guard var reading else { return leaveSecret(start) }
        if reading.tail.form == .quoted {
            let end = reading.quoted(bytes, start)
            self.reading = reading
            guard let end else { return bytes.count }
            return closeQuoted(bytes, end, &output)
        }
        let (end, isOver) = reading.tail.advance(in: bytes, from: start, isLast: isLast)
        reading.push(bytes, start..<end)
        self.reading = reading
        guard isOver else { return end > start ? end : nil }
        mode = outer
        finishSecret(at: end, &output)
        return end
    }

    private mutating func leaveSecret(_ at: Int) -> Int {
        mode = outer
        return at
    }

    /// The value of a member inside of a text is over at the quote at `quote`.
    private mutating func closeQuoted(
        _ bytes: UnsafeBufferPointer<UInt8>, _ quote: Int, _ output: inout RedactionOutput
    ) -> Int {
        let backslashes = reading?.tail.count ?? 0
        reading?.tail.count = 0
        let isEscaped = backslashes % 2 == 1
        if !isEscaped { reading?.pushBackslashes(backslashes) }
        mode = outer
        finishSecret(at: quote, &output)
        // The backslashes of the quote that ends the value were read with it.
        guard isEscaped else { return quote }
        if mutedDepth == nil {
            output.bytes += Array(repeating: 0x5C, count: backslashes) + [0x22]
        }
        output.copied = quote + 1
        return quote + 1
    }

    /// Reads on inside of a string that is replaced as a whole.
    mutating func replacedString(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, isLast: Bool, _ output: inout RedactionOutput
    ) -> Int? {
        var at = start
        while at < bytes.count {
            let plain = StringStretch.plainCount(in: bytes, from: at)
            reading?.push(bytes, at..<at + plain)
            at += plain
            guard at < bytes.count else { return at }
            if bytes[at] == 0x22 {
                mode = .structure
                finishSecret(at: at, &output)
                return at + 1
            }
            // An escape is at most a pair of surrogates.
            guard bytes.count - at >= 12 || isLast || RedactionStream.isShortEscape(bytes, at) else {
                return at > start ? at : nil
            }
            at += reading?.pushEscape(bytes, at) ?? 2
        }
        return min(at, bytes.count)
    }

    private static func isShortEscape(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        at + 1 < bytes.count && bytes[at + 1] != UInt8(ascii: "u")
    }

    /// Puts the placeholder in the place of what was read, which ends before `end`.
    mutating func finishSecret(at end: Int, _ output: inout RedactionOutput) {
        guard let reading = reading.take() else { return }
        output.copied = end
        let (text, isChanged) = reading.replacement(plan)
        if mutedDepth == nil { output.bytes += text }
        output.isEdited = true
        if isChanged {
            note(reading.action.rule, label: reading.action.rule == .value ? reading.shownLabel(plan) : "")
        }
    }
}
