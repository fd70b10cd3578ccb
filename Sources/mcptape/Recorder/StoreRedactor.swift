import Glibc
import Platform
import Recording
import Store

/// The redactor of a store: a session's rules under the store's key, so that equal secrets have equal
/// placeholders in all that the store holds.
enum StoreRedactor {
    /// For a recovery, which can wait until there is a key.
    static func stored(
        for description: SessionDescription, store: String, system: SystemCalls
    ) throws(StoreFailure) -> Redactor {
        Redactor(
            rules: description.redaction ?? RedactionRules(),
            key: try RedactionKey.made(inStore: store, system: system))
    }

    /// For a recording, which does not wait: where the store takes no key, one of this process serves, and
    /// equal placeholders mean equal values only within it.
    static func live(
        for description: SessionDescription, store: String, system: SystemCalls
    ) -> Redactor {
        if let redactor = try? stored(for: description, store: store, system: system) { return redactor }
        return Redactor(rules: description.redaction ?? RedactionRules(), key: ownKey())
    }

    /// For what is recorded already: under the key of the store, where there is one to write to, so that
    /// equal values stay equal.
    static func later(_ rules: RedactionRules, store: String, system: SystemCalls) -> Redactor {
        var facts = stat()
        let isThere = system.status(store, &facts) >= 0
        let key = isThere ? try? RedactionKey.made(inStore: store, system: system) : nil
        return Redactor(rules: rules, key: key ?? ownKey())
    }

    private static func ownKey() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<Redactor.keySize).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
