import Wire

/// A secret while it is read: its digest, and enough of it to tell what it looks like.
struct SecretReading: Sendable {
    /// Bytes that are kept to tell what it looks like; a longer one looks like nothing.
    static let headLimit = 1024

    var action: RedactionAction
    var label: String?
    var tail: SecretTail
    var hash: HMACSHA256
    var head: [UInt8] = []
    /// Bytes of the value, escapes resolved.
    var size = 0

    init(_ action: RedactionAction, label: String?, tail: SecretTail, hash: HMACSHA256) {
        self.action = action
        self.label = label
        self.tail = tail
        self.hash = hash
    }

    mutating func push(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let piece = UnsafeBufferPointer(rebasing: bytes[range])
        if action.form == .replace { hash.push(UnsafeRawBufferPointer(piece)) }
        if head.count < Self.headLimit { head.append(contentsOf: piece.prefix(Self.headLimit - head.count)) }
        size += piece.count
    }

    mutating func push(_ piece: [UInt8]) {
        piece.withUnsafeBufferPointer { push($0, 0..<$0.count) }
    }

    mutating func pushBackslashes(_ count: Int) {
        if count > 0 { push(Array(repeating: 0x5C, count: count)) }
    }

    /// Takes what the escape at `at` means; its length.
    mutating func pushEscape(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
        var length = min(2, bytes.count - at)
        if length == 2, bytes[at + 1] == UInt8(ascii: "u") {
            length = min(6, bytes.count - at)
            if bytes.count - at >= 12, bytes[at + 6] == 0x5C, bytes[at + 7] == UInt8(ascii: "u"),
                bytes[at + 2] | 0x20 == UInt8(ascii: "d"), bytes[at + 8] | 0x20 == UInt8(ascii: "d"),
                !bytes[at + 2..<at + 12].contains(0x22)
            {
                length = 12
            }
            // A wrong escape may hold the quote that ends the string.
            if let quote = bytes[at..<at + length].firstIndex(of: 0x22) { length = max(2, quote - at) }
        }
        let token = [0x22] + Array(bytes[at..<at + length]) + [0x22]
        push(JSONText.unescape(token[...]).map { Array($0.utf8) } ?? Array(bytes[at..<at + length]))
        return length
    }

    /// Reads on inside of a quoted value in a text; the place of the quote that ends it, or nil when that is
    /// not here yet and everything was read.
    mutating func quoted(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        var at = start
        while true {
            let plain = StringStretch.plainCount(in: bytes, from: at)
            if plain > 0 {
                pushBackslashes(tail.count)
                tail.count = 0
                push(bytes, at..<at + plain)
                at += plain
            }
            guard at < bytes.count else { return nil }
            if bytes[at] == 0x5C {
                tail.count += 1
            } else if tail.count % 2 == 0 || tail.count <= tail.remaining {
                return at
            } else {
                pushBackslashes(tail.count)
                tail.count = 0
                push([0x22])
            }
            at += 1
        }
    }

    /// What stands in its place, and whether that is something else.
    func replacement(_ plan: RedactionPlan) -> (bytes: [UInt8], isChanged: Bool) {
        let isNumber = tail.form == .number
        let whole = size == head.count ? head : nil
        // What a text ended inside of: the backslashes before its end.
        let rest = tail.form == .quoted ? Array(repeating: UInt8(0x5C), count: tail.count) : []
        switch action.form {
        case .keep: return ((whole ?? []) + rest, false)
        case .empty:
            if isNumber { return (Array("0".utf8), head != Array("0".utf8)) }
            return ([], size > 0)
        case .shape:
            if isNumber { return (Array("0".utf8), head != Array("0".utf8)) }
            if size == 0 || whole.map({ Self.isShape($0) }) ?? false { return (head, false) }
            return (Array("[text:\(size)]".utf8), true)
        case .replace:
            if isNumber {
                if let whole, Placeholder.numberDigits(whole) != nil { return (whole, false) }
                return (Placeholder.number(digest: hash.digest), true)
            }
            if size == 0 { return (rest, false) }
            if let whole, Placeholder.isText(whole[...]) { return (whole + rest, false) }
            return (Placeholder.text(label: shownLabel(plan), digest: hash.digest) + rest, true)
        }
    }

    /// What the value looks like, in a word.
    func shownLabel(_ plan: RedactionPlan) -> String {
        if let label { return label }
        return size == head.count ? plan.label(of: head) : Placeholder.plainLabel
    }

    /// `[text:42]`.
    private static func isShape(_ text: [UInt8]) -> Bool {
        text.starts(with: "[text:".utf8) && text.last == UInt8(ascii: "]")
            && text.count > 7 && text.dropFirst(6).dropLast().allSatisfy { $0 &- 48 < 10 }
    }
}
