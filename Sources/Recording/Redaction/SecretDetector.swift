import Wire

/// Judges a place in a text where a secret may begin. Looks ahead and back over a bounded stretch only, so
/// that a text in pieces is judged like a whole one.
struct SecretDetector {
    /// What is ahead decides within this many bytes: a token's claims are the longest thing to look over.
    static let reach = 16 << 10
    /// How far back the name of a value may begin; the text in pieces keeps as much behind it.
    static let context = 96
    /// Bytes of a member's name.
    private static let nameLimit = 64

    let plan: RedactionPlan
    let bytes: UnsafeBufferPointer<UInt8>
    /// Where the text or the JSON string begins, as far as it is known.
    let start: Int
    /// Where what is known of it ends, and whether it ends there.
    let stop: Int
    let isFinal: Bool

    /// A secret.
    struct Hit {
        var start: Int
        /// `key`, `member` and so on; nil: the label says it.
        var rule: RedactionRule
        /// What it looks like; nil: told when it was read.
        var label: String?
        var tail: SecretTail
    }

    enum Verdict {
        case nothing
        case hit(Hit)
        /// The bytes ahead are not here yet.
        case more
    }

    /// Whether `judge` could say more than nothing: what sorts out nearly every place of prose.
    @inline(__always)
    func isWorthJudging(_ place: Int) -> Bool {
        let byte = bytes[place]
        guard SecretShapes.isTokenByte(byte), byte != UInt8(ascii: "-") else { return true }
        if plan.beginsValue[Int(byte)], isWordStart(place) { return true }
        var end = place + 1
        let limit = min(stop, place + Self.nameLimit + 1)
        while end < limit, SecretShapes.isTokenByte(bytes[end]) { end += 1 }
        guard end < stop else { return !isFinal }
        return bytes[end] == 0x22 || bytes[end] == 0x5C || bytes[end] == UInt8(ascii: "=")
    }

    /// What begins at `place`, or whose name stands around it.
    func judge(_ place: Int) -> Verdict {
        if isWordStart(place) {
            let verdict = judgeShapes(place)
            guard case .nothing = verdict else { return verdict }
        }
        guard plan.rules.usesDefaults || !plan.rules.keys.isEmpty else { return .nothing }
        switch bytes[place] {
        case UInt8(ascii: "-"): return judgePrivateKey(place)
        case UInt8(ascii: ":"): return judgeUserInfo(place)
        default: return judgeName(place)
        }
    }

    // MARK: Looking

    private func limit(from place: Int) -> Int { min(stop, place + Self.reach) }

    /// No more can come that is looked at.
    private func isWhole(_ place: Int) -> Bool { isFinal || stop - place >= Self.reach }

    /// Whether `text` stands at `place`; nil when that cannot be told yet.
    private func stands(_ text: [UInt8], at place: Int, folding: Bool = false) -> Bool? {
        let known = min(text.count, stop - place)
        for index in 0..<known {
            let byte = bytes[place + index]
            guard byte == text[index] || folding && byte | 0x20 == text[index] else { return false }
        }
        return known == text.count ? true : isFinal ? false : nil
    }

    /// Whether no letter, digit, dash or underscore stands before `place`; `\n` in JSON text is none.
    func isWordStart(_ place: Int) -> Bool {
        guard place > start, place > 0 else { return true }
        let before = bytes[place - 1]
        guard SecretShapes.isTokenByte(before) else { return true }
        if SecretShapes.isEscapeLetter(before), backslashes(before: place - 1) % 2 == 1 { return true }
        guard place >= 6, bytes[place - 5] == UInt8(ascii: "u") else { return false }
        return backslashes(before: place - 5) % 2 == 1
    }

    private func backslashes(before place: Int) -> Int {
        var count = 0
        while count < 16, place - count > 0, bytes[place - count - 1] == 0x5C { count += 1 }
        return count
    }

    /// Where the run of bytes from `place` on that are as `isPart` says ends, within the reach of `origin`.
    private func run(from place: Int, origin: Int, _ isPart: (UInt8) -> Bool) -> Int {
        let limit = limit(from: origin)
        var end = place
        while end < limit, isPart(bytes[end]) { end += 1 }
        return end
    }

    // MARK: Shapes

    private func judgeShapes(_ place: Int) -> Verdict {
        var lacksBytes = false
        for shape in plan.shapes[Int(bytes[place])] {
            guard let stands = stands(shape.prefix, at: place) else {
                lacksBytes = true
                continue
            }
            guard stands else { continue }
            let body = place + shape.prefix.count
            // More than the least would be looked at only to find a digit or the end of a fixed length.
            let enough = body + (shape.needsDigit ? 256 : shape.isUpperCase ? shape.least + 1 : shape.least)
            let end = run(from: body, origin: place) { byte in
                shape.isUpperCase
                    ? SecretShapes.isUpperOrDigit(byte)
                    : SecretShapes.isTokenByte(byte) || shape.hasDots && byte == UInt8(ascii: ".")
            }
            if end == stop, end < enough, !isFinal { return .more }
            let counted = min(end, enough)
            guard counted - body >= shape.least, !shape.isUpperCase || end - body == shape.least,
                !shape.needsDigit || bytes[body..<counted].contains(where: SecretShapes.isDigit)
            else { continue }
            let tail: SecretTail =
                shape.isUpperCase
                ? SecretTail(.fixed, remaining: end - place) : SecretTail(shape.hasDots ? .dotted : .token)
            return .hit(
                Hit(start: place, rule: .value, label: BuiltInDetector.label(of: shape.kind), tail: tail))
        }
        if lacksBytes { return .more }
        guard plan.rules.usesDefaults else { return .nothing }
        let webToken = judgeWebToken(place)
        guard case .nothing = webToken else { return webToken }
        return judgeScheme(place)
    }

    private static let webToken = Array("eyJ".utf8)

    /// Three parts with dots; see `SecretShapes`.
    private func judgeWebToken(_ place: Int) -> Verdict {
        guard bytes[place] == Self.webToken[0], plan.detects.contains(.webToken) else { return .nothing }
        guard let stands = stands(Self.webToken, at: place) else { return .more }
        guard stands else { return .nothing }
        var part = place
        for _ in 0..<2 {
            let end = run(from: part, origin: place, SecretShapes.isTokenByte)
            if end == stop, !isWhole(place) { return .more }
            guard end < stop, end < limit(from: place), bytes[end] == UInt8(ascii: "."), end - part >= 8
            else {
                return .nothing
            }
            part = end + 1
        }
        return .hit(
            Hit(start: place, rule: .value, label: "jwt", tail: SecretTail(.dots, remaining: 2)))
    }

    private static let schemes = [Array("bearer ".utf8), Array("basic ".utf8)]

    /// `Bearer X`, `Basic X`.
    private func judgeScheme(_ place: Int) -> Verdict {
        guard bytes[place] | 0x20 == UInt8(ascii: "b"), plan.detects.contains(.authorization) else {
            return .nothing
        }
        for scheme in Self.schemes {
            guard let stands = stands(scheme, at: place, folding: true) else { return .more }
            guard stands else { continue }
            let token = place + scheme.count
            let end = run(from: token, origin: place, SecretTail.isBase64)
            if end == stop, end - token < 64, !isFinal { return .more }
            let head = bytes[token..<min(end, token + 64)]
            guard head.count >= 16, head.contains(where: SecretShapes.isDigit) else { return .nothing }
            // A token of a known shape is found by itself, with its own label.
            if case .hit(let own) = judgeShapes(token), own.label != nil { return .nothing }
            if case .more = judgeShapes(token) { return .more }
            return .hit(Hit(start: token, rule: .value, label: nil, tail: SecretTail(.base64)))
        }
        return .nothing
    }

    // MARK: Keys

    private static let keyHead = Array("-----BEGIN ".utf8)

    /// A PEM block with a private key.
    private func judgePrivateKey(_ place: Int) -> Verdict {
        guard plan.detects.contains(.privateKey) else { return .nothing }
        guard let stands = stands(Self.keyHead, at: place) else { return .more }
        guard stands else { return .nothing }
        let label = place + Self.keyHead.count
        let end = run(from: label, origin: place) { $0 != UInt8(ascii: "-") && $0 != 0x22 && $0 != 0x0A }
        if end == stop, end - label < 64, !isFinal { return .more }
        guard end - label < 64,
            String(decoding: bytes[label..<end], as: UTF8.self).contains("PRIVATE KEY")
        else { return .nothing }
        // A key follows: 16 characters of base64 behind line ends, real or escaped, or a header of its own.
        var body = run(from: end, origin: place) { $0 == UInt8(ascii: "-") }
        while body < limit(from: place) {
            if bytes[body] <= 0x20 {
                body += 1
            } else if bytes[body] == 0x5C {
                body = min(stop, body + 2)
            } else {
                break
            }
        }
        let base64 = run(from: body, origin: place) { SecretTail.isBase64($0) || $0 == UInt8(ascii: ":") }
        if base64 == stop, base64 - body < 16, !isFinal { return .more }
        guard base64 - body >= 9 else { return .nothing }
        return .hit(Hit(start: place, rule: .value, label: "private-key", tail: SecretTail(.key)))
    }

    // MARK: URLs

    /// `scheme://user:password@host`: the password; a user that is long enough to be a token.
    private func judgeUserInfo(_ place: Int) -> Verdict {
        guard plan.detects.contains(.userInfo) else { return .nothing }
        guard stop - place >= 3, bytes[place + 1] == UInt8(ascii: "/"), bytes[place + 2] == UInt8(ascii: "/")
        else { return .nothing }
        let info = place + 3
        let end = run(from: info, origin: place) { SecretTail.isUserInfo($0) && $0 != UInt8(ascii: "@") }
        if end == stop, end - info < 1024, !isFinal { return .more }
        guard end < stop, end - info < 1024, bytes[end] == UInt8(ascii: "@"), end > info else {
            return .nothing
        }
        let colon = bytes[info..<end].firstIndex(of: UInt8(ascii: ":"))
        let secret = colon.map { $0 + 1 } ?? info
        guard end - secret >= (colon == nil ? 16 : 1), bytes[secret] != UInt8(ascii: "[") else {
            return .nothing
        }
        return .hit(
            Hit(start: secret, rule: .userInfo, tail: SecretTail(.fixed, remaining: end - secret)))
    }

    // MARK: Names

    /// A value whose name stands around `place`: `"password": "x"` inside of a text, `API_KEY=x`, `?token=x`.
    private func judgeName(_ place: Int) -> Verdict {
        guard isNameByte(bytes[place]) else { return .nothing }
        var end = run(from: place, origin: place, isNameByte)
        if end == stop, end - place <= Self.nameLimit, !isFinal { return .more }
        guard end - place <= Self.nameLimit, end < stop else { return .nothing }
        var first = place
        while first > start, first > 0, place - first < Self.nameLimit, isNameByte(bytes[first - 1]) {
            // The letter of `\n` is no part of a name.
            if SecretShapes.isEscapeLetter(bytes[first - 1]), backslashes(before: first - 1) % 2 == 1 {
                break
            }
            first -= 1
        }
        let name = UnsafeBufferPointer(rebasing: bytes[first..<end])
        if bytes[end] == UInt8(ascii: "=") { return judgeAssignment(name, first, end + 1) }
        let level = run(from: end, origin: place) { $0 == 0x5C } - end
        end += level
        if end == stop { return isFinal ? .nothing : .more }
        guard bytes[end] == 0x22, level < 16, first > 0, bytes[first - 1] == 0x22 else { return .nothing }
        var value = run(from: end + 1, origin: place) { $0 <= 0x20 }
        if value == stop { return isWhole(place) ? .nothing : .more }
        guard bytes[value] == UInt8(ascii: ":") else { return .nothing }
        value = run(from: value + 1, origin: place) { $0 <= 0x20 }
        let open = run(from: value, origin: place) { $0 == 0x5C }
        if open == stop { return isWhole(place) ? .nothing : .more }
        guard bytes[open] == 0x22, open - value == level, plan.isSecretName(name) else { return .nothing }
        return .hit(
            Hit(start: open + 1, rule: .member, tail: SecretTail(.quoted, remaining: level)))
    }

    private func isNameByte(_ byte: UInt8) -> Bool { SecretShapes.isTokenByte(byte) }

    /// `NAME=value` of an environment file, `?name=value` of a URL; in prose and code, where a name may be a
    /// variable's, only a value of eight bytes with a digit.
    private func judgeAssignment(
        _ name: UnsafeBufferPointer<UInt8>, _ first: Int, _ equals: Int
    ) -> Verdict {
        guard plan.isSecretName(name) else { return .nothing }
        var value = run(from: equals, origin: equals) { $0 == 0x5C }
        if value == stop, !isWhole(equals) { return .more }
        if value < stop, bytes[value] == 0x22 || bytes[value] == 0x27 { value += 1 } else { value = equals }
        let end = run(from: value, origin: equals, SecretTail.isAssigned)
        if end == stop, end - value < 64, !isFinal { return .more }
        guard end > value, !"[<{$*(%".utf8.contains(bytes[value]) else { return .nothing }
        let before = first > 0 ? bytes[first - 1] : 0
        let isQuery = before == UInt8(ascii: "?") || before == UInt8(ascii: "&")
        let isUpper = !name.contains { ($0 &- 97) < 26 }
        // The digits of a placeholder inside of the value are none of its own.
        let head = bytes[value..<min(end, value + 64)].prefix { $0 != UInt8(ascii: "[") }
        guard isQuery || isUpper || end - value >= 8 && head.contains(where: SecretShapes.isDigit) else {
            return .nothing
        }
        return .hit(Hit(start: value, rule: .assignment, tail: SecretTail(.assigned)))
    }
}
