public import Wire

/// Reads a message's digest from its bytes, or from what a scanner kept of a message in parts.
public enum MessageReader {
    /// What an `EnvelopeScanner` must watch so that a message that comes in parts can be digested.
    public static let watchedPaths = FieldPaths(MessageField.allCases.map(\.path))

    /// Members of a batch that are digested at most. A digest is half a kilobyte, and no peer sends
    /// thousands of messages in one line; members beyond belong to no exchange.
    public static let batchLimit = 4096

    /// The digest of a whole message. Never fails: what is not JSON-RPC is `foreign`. O(n).
    public static func digest(of message: ArraySlice<UInt8>, direction: Direction) -> MessageDigest {
        digest(of: message, envelope: Envelope.scan(message), direction: direction)
    }

    /// The same, of a message whose envelope was scanned already.
    public static func digest(
        of message: ArraySlice<UInt8>, envelope: Envelope, direction: Direction
    ) -> MessageDigest {
        if envelope.shape == .batch { return batch(message, envelope, direction) }
        return FieldRanges.withNoneFound { ranges in
            message.withUnsafeBufferPointer { bytes in
                envelope.id.map { ranges.set(MessageField.id.rawValue, to: $0) }
                envelope.method.map { ranges.set(MessageField.method.rawValue, to: $0) }
                envelope.error.map { ranges.set(MessageField.error.rawValue, to: $0) }
                let roots = [
                    (envelope.params, FieldTree.params), (envelope.result, FieldTree.result),
                    (envelope.error, FieldTree.error),
                ]
                for case (let root?, let tree) in roots where root.upperBound <= bytes.count {
                    var walk = FieldWalk(bytes, from: root.lowerBound)
                    walk.object(tree, into: ranges)
                }
            }
            var digest = DigestBuilder.digest(envelope.shape, direction) { field in
                ranges[field].map { Envelope.slice($0, of: message) }
            }
            digest.size = message.count
            return digest
        }
    }

    /// The digest of a message that came in parts: its `envelope`, and the captures of a scanner that
    /// watched `watchedPaths`. A batch has no members here.
    public static func digest(
        of envelope: Envelope, captures: [Int: [UInt8]], direction: Direction
    ) -> MessageDigest {
        DigestBuilder.digest(envelope.shape, direction) { captures[$0.rawValue]?[...] }
    }

    private static func batch(
        _ message: ArraySlice<UInt8>, _ envelope: Envelope, _ direction: Direction
    ) -> MessageDigest {
        var digest = MessageDigest(kind: .batch)
        digest.size = message.count
        digest.members = envelope.members.prefix(batchLimit).map { range in
            let member = Envelope.slice(range, of: message)
            let envelope = Envelope.scan(member)
            // A batch inside a batch is no JSON-RPC (§6): its members are requests and responses.
            guard envelope.shape != .batch else {
                var nested = MessageDigest(kind: .foreign)
                nested.size = member.count
                return nested
            }
            return Self.digest(of: member, envelope: envelope, direction: direction)
        }
        return digest
    }
}
