import Wire

/// Rules made ready for use: tables, and the texts that they look for.
///
/// A class, because every message refers to it and none changes it.
final class RedactionPlan: Sendable {
    let rules: RedactionRules
    /// Three bytes of everything that is looked for.
    let grams: GramTable
    /// Prefixes of values by their first byte, the longest first.
    let shapes: [[SecretShapes.Shape]]
    /// Whether a value may begin with a byte.
    let beginsValue: [Bool]
    /// The steps of each pointer rule, those that keep their place last; nil is a wildcard.
    let steps: [[[UInt8]?]]
    /// Pointer rules from this one on keep their place.
    let firstKeptPointer: Int
    let detects: Detectors
    private let ownNames: [[String]]
    private let keptNames: [[String]]

    /// The built-in detectors that are on, but for tokens with a known prefix.
    struct Detectors: OptionSet {
        var rawValue: UInt8
        static let names = Detectors(rawValue: 1)
        static let userInfo = Detectors(rawValue: 2)
        static let authorization = Detectors(rawValue: 4)
        static let webToken = Detectors(rawValue: 8)
        static let privateKey = Detectors(rawValue: 16)

        /// Three bytes of what each looks for.
        static let grams: [(Detectors, [String])] = [
            (.names, SecretNames.memberGrams), (.userInfo, ["://"]), (.authorization, ["bea", "bas"]),
            (.webToken, ["eyJ"]), (.privateKey, ["---"]),
        ]

        init(rawValue: UInt8) { self.rawValue = rawValue }

        init(_ rules: RedactionRules) {
            self.init(rawValue: 0)
            guard rules.usesDefaults else { return }
            let all: [(Detectors, String)] = [
                (.names, BuiltInDetector.memberNames), (.userInfo, BuiltInDetector.userInfo),
                (.authorization, BuiltInDetector.authorization), (.webToken, BuiltInDetector.webToken),
                (.privateKey, BuiltInDetector.privateKey),
            ]
            for (detector, name) in all where !rules.switchedOff.contains(where: { $0.name == name }) {
                insert(detector)
            }
        }
    }

    /// The rules apply whatever their scope is: see `RedactionPlans`.
    init(_ rules: RedactionRules) {
        self.rules = rules
        let ownNames = rules.keys.map { SecretNames.words(of: $0.name) }
        let detects = Detectors(rules)
        self.ownNames = ownNames
        self.detects = detects
        keptNames = rules.keptKeys.map { SecretNames.words(of: $0.name) }
        firstKeptPointer = rules.pointers.count
        steps = (rules.pointers + rules.keptPointers).map { rule in
            (JSONPointer.steps(of: rule.pointer) ?? []).map { $0 == "*" ? nil : Array($0.utf8) }
        }
        var grams = GramTable()
        var shapes = [[SecretShapes.Shape]](repeating: [], count: 256)
        var all = rules.prefixes.map { SecretShapes.Shape($0.prefix, $0.name, $0.least) }
        if rules.usesDefaults {
            let off = Set(rules.switchedOff.map(\.name))
            all += SecretShapes.shapes.filter {
                off.isEmpty || !off.contains(BuiltInDetector.label(of: $0.kind))
            }
        }
        for shape in all.sorted(by: { $0.prefix.count > $1.prefix.count }) {
            shapes[Int(shape.prefix[0])].append(shape)
            grams.insert(shape.prefix)
        }
        for words in ownNames {
            // A name's longest word is the rarest.
            let longest = words.max { $0.utf8.count < $1.utf8.count } ?? ""
            grams.insert(longest.utf8)
        }
        for (detector, texts) in Detectors.grams where detects.contains(detector) {
            for text in texts { grams.insert(text.utf8) }
        }
        // An escaped letter hides a name.
        if detects.contains(.names) || !ownNames.isEmpty { grams.insert("u00".utf8) }
        var schemes = Set<UInt8>(detects.contains(.webToken) ? "e".utf8 : "".utf8)
        if detects.contains(.authorization) { schemes.formUnion("bB".utf8) }
        beginsValue = (0...255).map { !shapes[$0].isEmpty || schemes.contains(UInt8($0)) }
        self.grams = grams
        self.shapes = shapes
    }

    /// Every pointer rule, a bit each.
    var allPointers: UInt64 { steps.isEmpty ? 0 : UInt64.max >> UInt64(64 - steps.count) }

    /// Whether something may be replaced by where it stands alone, so that a message must be read though
    /// nothing in it looks like a secret.
    func mayReplaceByPlace(_ message: ArraySlice<UInt8>, in context: RedactionContext) -> Bool {
        guard let direction = context.direction else { return false }
        if firstKeptPointer > 0 { return true }
        guard rules.sampling != .full || rules.elicitation != .full else { return false }
        let names = direction == .serverToClient ? Self.promptNames : Self.answerNames
        return names.contains { $0.firstIndex(in: message) != nil }
    }

    /// The members in which a prompt stands, and the one of what a person or a model said: see
    /// `RedactionStream.humanContent`. Letters of a name may be escaped.
    private static let promptNames = ["messages", "systemPrompt", "\\u00"].map { ByteSearch($0.utf8) }
    private static let answerNames = ["content", "\\u00"].map { ByteSearch($0.utf8) }

    /// Whether the value of a member called `name` is secret; `name` is as it stands in the text.
    func isSecretName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !Self.isProtocolName(name), grams.firstOffset(in: name, from: 0) < name.count else {
            return false
        }
        let text = String(decoding: name, as: UTF8.self)
        if detects.contains(.names) {
            return SecretNames.isSecretMember(text, own: ownNames, kept: keptNames)
        }
        guard !ownNames.isEmpty else { return false }
        let words = SecretNames.words(of: text)
        return !keptNames.contains { $0 == words }
            && ownNames.contains { words.suffix($0.count).elementsEqual($0) }
    }

    /// Whether a member whose name has these words is one that the user named.
    func isOwnName(_ words: [String]) -> Bool {
        ownNames.contains { words.suffix($0.count).elementsEqual($0) }
    }

    /// The names in nearly every conversation that hold a word of a secret's and are none.
    private static func isProtocolName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch name.count {
        case 13: equals(name, "progressToken")
        case 9: equals(name, "maxTokens")
        default: false
        }
    }

    private static func equals(_ name: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
        for index in 0..<name.count where name[index] != text.utf8Start[index] { return false }
        return true
    }

    /// The label of a whole value: what it looks like.
    func label(of value: [UInt8]) -> String {
        let hit = value.withUnsafeBufferPointer { bytes -> SecretDetector.Hit? in
            let detector = SecretDetector(
                plan: self, bytes: bytes, start: 0, stop: bytes.count, isFinal: true)
            guard case .hit(let hit) = detector.judge(0), hit.start == 0 else { return nil }
            var tail = hit.tail
            return tail.advance(in: bytes, from: 0, isLast: true).end == bytes.count ? hit : nil
        }
        return hit?.label ?? Placeholder.plainLabel
    }
}
