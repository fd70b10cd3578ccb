internal import Recording

// *Shape*: how many, then pointer and rule of each, each text with its length.
extension [Redaction] {
    func append(to bytes: inout [UInt8]) {
        bytes.appendVarint(count)
        for redaction in self {
            for text in [redaction.pointer, redaction.rule] {
                bytes.appendVarint(text.utf8.count)
                bytes.append(contentsOf: text.utf8)
            }
        }
    }

    /// Nil for what `append` did not write.
    init?(encoded: ArraySlice<UInt8>) {
        let found = encoded.withUnsafeBytes { bytes -> [Redaction]? in
            var reader = ByteReader(bytes)
            func text() -> String? {
                guard let length = reader.int(), let range = reader.range(length) else { return nil }
                return String(decoding: bytes[range], as: UTF8.self)
            }
            guard let count = reader.int(), count <= bytes.count else { return nil }
            var found: [Redaction] = []
            for _ in 0..<count {
                guard let pointer = text(), let rule = text() else { return nil }
                found.append(Redaction(pointer: pointer, rule: rule))
            }
            return found
        }
        guard let found else { return nil }
        self = found
    }
}
