/// The outside of one JSON-RPC message: what it is, and where its members stand in the bytes.
///
/// Ranges are offsets from the message's first byte and hold JSON text as it stands on the wire; of
/// duplicate keys the last wins. Source: JSON-RPC 2.0 §4–6.
public struct Envelope: Sendable, Equatable {
    /// What kind of message it is.
    public enum Shape: Sendable, Hashable {
        /// Has `method` and `id`; the id may be `null`.
        case request
        /// Has `method` and no `id`.
        case notification
        /// Has `result` or `error`, and no `method`. The id may be `null` or absent.
        case response
        /// A JSON array with at least one element, whatever the elements are.
        case batch
        /// Anything else.
        case foreign(Foreign)
    }

    /// Why a message is not JSON-RPC.
    public enum Foreign: UInt8, Sendable, Hashable, CaseIterable {
        /// Not one JSON value.
        case notJSON
        /// JSON, but no object with `"jsonrpc":"2.0"` and a `method`, `result` or `error`.
        case notRPC
        /// A string that is not valid UTF-8, before anything else that is wrong.
        case invalidUTF8
        /// Nested deeper than `JSONText.depthLimit`.
        case tooDeep
        /// Nothing but JSON white space.
        case empty
    }

    /// Members of a batch that are listed at most: a quarter of what fits a 1-MiB line as `1,` pairs, far
    /// more than any peer sends; `unlistedMembers` counts the rest.
    public static let memberLimit = 1 << 17

    public var shape: Shape
    /// The id's value; for a foreign message too, when it is a JSON object that has one. So are the others.
    public var id: Range<Int>?
    /// The method, a string token with its quotes; nil when the member is no string.
    public var method: Range<Int>?
    public var params: Range<Int>?
    public var result: Range<Int>?
    public var error: Range<Int>?
    /// The elements of a batch, to be scanned each on its own.
    public var members: [Range<Int>] = []
    /// Elements of a batch beyond `memberLimit`.
    public var unlistedMembers = 0

    public init(shape: Shape) { self.shape = shape }

    /// Reads the envelope of a whole message. Never fails, never traps. O(n).
    public static func scan(_ message: ArraySlice<UInt8>) -> Envelope {
        // As `EnvelopeScanner` does, without moving its state about.
        var grammar = JSONGrammar(depthLimit: JSONText.depthLimit)
        var reader = EnvelopeReader(paths: .none)
        message.withUnsafeBufferPointer { grammar.push($0, to: &reader) }
        return EnvelopeScanner.finish(&grammar, &reader)
    }

    /// The bytes of `message` at `range`, one of the ranges above; cut to what the message has.
    public static func slice(_ range: Range<Int>, of message: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        message.dropFirst(range.lowerBound).prefix(range.count)
    }
}
