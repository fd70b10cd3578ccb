import MCPSemantics
public import Wire

/// Replaces secrets in messages by placeholders, by rules and under a key.
///
/// Pure: the same rules, key and bytes give the same result. Only the ranges of secrets are replaced; every
/// other byte is as it was.
public struct Redactor: Sendable {
    /// Bytes of a store's key.
    public static let keySize = 32

    public let rules: RedactionRules
    private let plans: RedactionPlans
    private let prepared: HMACSHA256
    /// What seals of checkpoints begin with: no digest of a value.
    let sealingBase: HMACSHA256

    /// A key that nobody else has: for placeholders that go with no store.
    public static func newKey() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<keySize).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    public init(rules: RedactionRules, key: [UInt8]) {
        self.rules = rules
        plans = RedactionPlans(rules)
        prepared = HMACSHA256(key: key)
        sealingBase = HMACSHA256(key: HMACSHA256.digest(of: Array("mcptape checkpoint".utf8)[...], key: key))
    }

    /// Whether what is done with a response depends on the request that it answers.
    var asksForRequests: Bool {
        plans.haveScopes || rules.sampling != .full || rules.elicitation != .full
    }

    private init(rules: RedactionRules, prepared: HMACSHA256, sealingBase: HMACSHA256) {
        self.rules = rules
        plans = RedactionPlans(rules)
        self.prepared = prepared
        self.sealingBase = sealingBase
    }

    /// Other rules under the same key.
    public func with(_ rules: RedactionRules) -> Redactor {
        Redactor(rules: rules, prepared: prepared, sealingBase: sealingBase)
    }

    /// A message as it is recorded.
    public struct Redacted: Sendable, Equatable {
        public var bytes: ArraySlice<UInt8>
        /// Empty when `bytes` are what was given.
        public var redactions: [Redaction]
    }

    /// The message without its secrets; the same slice when it has none. O(bytes).
    public func redact(_ message: ArraySlice<UInt8>, in context: RedactionContext) -> Redacted {
        let plan = plans.plan(for: context)
        guard plan.mayReplaceByPlace(message, in: context) || mayHoldSecret(message, plan) else {
            return Redacted(bytes: message, redactions: [])
        }
        var stream = RedactionStream(plan: plan, prepared: prepared, context: context)
        guard let bytes = stream.redacted(message), !stream.redactions.isEmpty else {
            return Redacted(bytes: message, redactions: [])
        }
        return Redacted(bytes: bytes[...], redactions: stream.redactions)
    }

    /// Whether `redact` may replace something in a message by where it stands, as far as its bytes tell.
    func mayReplaceByPlace(_ message: ArraySlice<UInt8>, from direction: Direction?) -> Bool {
        plans.unknown.mayReplaceByPlace(message, in: RedactionContext(direction: direction))
    }

    /// For a message that arrives in parts.
    public func stream(in context: RedactionContext) -> RedactionStream {
        RedactionStream(plan: plans.plan(for: context), prepared: prepared, context: context)
    }

    /// The stream that `save` wrote.
    public func stream(from reader: inout StateReader) throws(StateReader.Failure) -> RedactionStream {
        try RedactionStream(from: &reader, plans: plans, prepared: prepared)
    }

    /// The keyed digest of a value, as it stands in placeholders of strings; what correlates session ids and
    /// other values of which nothing else is kept.
    public func placeholder(for value: some Sequence<UInt8>) -> String {
        var hash = prepared
        let bytes = Array(value)
        hash.push(bytes[...])
        return String(
            decoding: Placeholder.text(label: plans.unknown.label(of: bytes), digest: hash.digest),
            as: UTF8.self)
    }

    /// The digits of the placeholders that would be made of a value: of a string, and of a number.
    public func digits(of value: [UInt8]) -> [String] {
        var text = prepared
        text.push(value[...])
        var number = prepared
        number.push([0])
        number.push(value[...])
        return [
            SHA256.hex(text.digest.prefix(Placeholder.digitCount / 2)),
            String(decoding: Placeholder.number(digest: number.digest), as: UTF8.self),
        ]
    }

    /// Whether `value` has the placeholder with these digits under this key; a number's value is its JSON
    /// text.
    public func makes(placeholderWith digits: String, of value: [UInt8]) -> Bool {
        var hash = prepared
        guard digits.utf8.count != Placeholder.digitCount else {
            hash.push(value[...])
            return SHA256.hex(hash.digest.prefix(Placeholder.digitCount / 2)) == digits
        }
        hash.push([0])
        hash.push(value[...])
        return Placeholder.number(digest: hash.digest).elementsEqual(digits.utf8)
    }

    /// Whether a value or a member's name looks like a secret's anywhere in the message: nearly all messages
    /// are passed over by this one look.
    private func mayHoldSecret(_ message: ArraySlice<UInt8>, _ plan: RedactionPlan) -> Bool {
        message.withUnsafeBufferPointer { bytes in
            let detector = SecretDetector(
                plan: plan, bytes: bytes, start: 0, stop: bytes.count, isFinal: true)
            var at = 0
            while true {
                at = plan.grams.firstOffset(in: bytes, from: at)
                guard at < bytes.count else { return false }
                if detector.isEscapedLetter(at) { return true }
                if detector.isWorthJudging(at) {
                    if case .hit = detector.judge(at) { return true }
                    if SecretShapes.isTokenByte(bytes[at]), detector.isSecretKey(around: at) { return true }
                }
                at += 1
            }
        }
    }
}

extension SecretDetector {
    /// Whether `place` is inside of a JSON key whose value is a secret.
    func isSecretKey(around place: Int) -> Bool {
        var end = place
        while end < stop, isKeyByte(bytes[end]), end - place < 128 { end += 1 }
        guard end < stop, bytes[end] == 0x22 else { return false }
        let colon = RedactionStream.afterSpace(bytes, end + 1)
        guard colon < stop, bytes[colon] == UInt8(ascii: ":") else { return false }
        var first = place
        while first > 0, isKeyByte(bytes[first - 1]), place - first < 128 { first -= 1 }
        return plan.isSecretName(UnsafeBufferPointer(rebasing: bytes[first..<end]))
    }

    private func isKeyByte(_ byte: UInt8) -> Bool {
        SecretShapes.isTokenByte(byte) || byte == UInt8(ascii: " ") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "/") || byte >= 0x80
    }

    /// Whether an ASCII letter is written as an escape (`\u0070`), which hides names from a search.
    func isEscapedLetter(_ place: Int) -> Bool {
        place > 0 && bytes[place - 1] == 0x5C && bytes[place] == UInt8(ascii: "u") && place + 4 < stop
            && bytes[place + 1] == UInt8(ascii: "0") && bytes[place + 2] == UInt8(ascii: "0")
            && (52...55).contains(bytes[place + 3])
    }
}
