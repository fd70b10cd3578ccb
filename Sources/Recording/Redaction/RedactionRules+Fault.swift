import Wire

/// What makes rules unusable.
extension RedactionRules {
    /// Rules of each kind at most: every message is held against all of them.
    public static let ruleLimit = 64
    /// Methods and tools at most for which there are rules of their own: each has a table of its own.
    public static let scopeLimit = 64
    /// Bytes of a name, a pointer and a prefix at most.
    public static let textLimit = 256

    /// Why the rules cannot be used; nil when they can.
    public var fault: String? {
        let counts = [
            switchedOff.count, keys.count, keptKeys.count, pointers.count + keptPointers.count,
            prefixes.count,
        ]
        // Every detector may be off in each scope.
        if counts.dropFirst().contains(where: { $0 > Self.ruleLimit }) {
            return "more than \(Self.ruleLimit) rules of a kind"
        }
        if scopes.count > Self.scopeLimit {
            return "rules for more than \(Self.scopeLimit) methods and tools"
        }
        for scope in scopes where scope.tool != nil && scope.method ?? "tools/call" != "tools/call" {
            return "tool '\(scope.tool ?? "")': tools are called by tools/call, not \(scope.method ?? "")"
        }
        for rule in keys where !(SecretNames.words(of: rule.name).contains { $0.utf8.count >= 3 }) {
            return "key '\(rule.name)': a word of three letters or more is needed"
        }
        for rule in switchedOff where !BuiltInDetector.names.contains(rule.name) {
            return "there is no built-in detector '\(rule.name)'"
        }
        let texts = (keys + keptKeys).map(\.name) + (pointers + keptPointers).map(\.pointer)
        for text in texts + prefixes.map(\.prefix) where text.utf8.count > Self.textLimit {
            return "'\(text.prefix(20))…' is longer than \(Self.textLimit) bytes"
        }
        return pointerFault ?? prefixFault
    }

    private var pointerFault: String? {
        for rule in pointers + keptPointers {
            guard let steps = JSONPointer.steps(of: rule.pointer) else {
                return "pointer '\(rule.pointer)' does not begin with a slash"
            }
            if steps.isEmpty { return "the empty pointer is the whole message" }
        }
        return nil
    }

    private var prefixFault: String? {
        for rule in prefixes {
            if rule.prefix.utf8.count < 3 { return "prefix '\(rule.prefix)' is shorter than three bytes" }
            if !rule.prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
                return "prefix '\(rule.prefix)' is not printable ASCII"
            }
            if !(1...1024).contains(rule.least) { return "'least' of '\(rule.prefix)' is not 1 to 1024" }
            let isLabel = rule.name.utf8.allSatisfy {
                ($0 &- 97) < 26 || ($0 &- 48) < 10 || $0 == UInt8(ascii: "-")
            }
            if rule.name.isEmpty || rule.name.utf8.count > Placeholder.labelLimit || !isLabel {
                return "name '\(rule.name)' is not up to 32 lower-case letters, digits and dashes"
            }
        }
        return nil
    }
}
