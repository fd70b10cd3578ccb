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
    /// The steps of each pointer rule; nil is a wildcard.
    let steps: [[[UInt8]?]]
    private let ownNames: [[String]]
    private let keptNames: [[String]]

    init(_ rules: RedactionRules) {
        self.rules = rules
        let ownNames = rules.keys.map { SecretNames.words(of: $0) }
        self.ownNames = ownNames
        keptNames = rules.keptKeys.map { SecretNames.words(of: $0) }
        steps = rules.pointers.map { rule in
            (JSONPointer.steps(of: rule.pointer) ?? []).map { $0 == "*" ? nil : Array($0.utf8) }
        }
        var grams = GramTable()
        var shapes = [[SecretShapes.Shape]](repeating: [], count: 256)
        var all = rules.prefixes.map { SecretShapes.Shape($0.prefix, $0.name, $0.least) }
        if rules.usesDefaults { all += SecretShapes.shapes }
        for shape in all.sorted(by: { $0.prefix.count > $1.prefix.count }) {
            shapes[Int(shape.prefix[0])].append(shape)
            grams.insert(shape.prefix)
        }
        for words in ownNames {
            // A name's longest word is the rarest.
            let longest = words.max { $0.utf8.count < $1.utf8.count } ?? ""
            grams.insert(longest.utf8)
        }
        if rules.usesDefaults {
            for gram in SecretNames.memberGrams + ["eyJ", "bea", "bas", "://", "---", "u00"] {
                grams.insert(gram.utf8)
            }
        }
        let schemes: Set<UInt8> = rules.usesDefaults ? Set("ebB".utf8) : []
        beginsValue = (0...255).map { !shapes[$0].isEmpty || schemes.contains(UInt8($0)) }
        self.grams = grams
        self.shapes = shapes
    }

    /// Whether the value of a member called `name` is secret; `name` is as it stands in the text.
    func isSecretName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !Self.isProtocolName(name), grams.firstOffset(in: name, from: 0) < name.count else {
            return false
        }
        let text = String(decoding: name, as: UTF8.self)
        if rules.usesDefaults { return SecretNames.isSecretMember(text, own: ownNames, kept: keptNames) }
        let words = SecretNames.words(of: text)
        return ownNames.contains { words.suffix($0.count).elementsEqual($0) }
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
