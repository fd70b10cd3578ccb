/// A change that the proxy made to what it passed on: payload of `edited`.
///
/// What came is on record. With its edits, each at its place in what came, it is what went out.
public struct ForwardedEdit: Sendable, Hashable {
    public var place: Place
    /// Bytes of what came that stand before it: of the field's value, or of the body after transfer coding.
    public var offset: Int
    /// What stood there.
    public var removed: String
    /// What was sent in its stead.
    public var inserted: String

    /// Which part of a message was changed.
    public enum Place: Sendable, Hashable {
        case body
        /// The value of a field of the head, `index` fields from its beginning.
        case field(index: Int, name: String)
    }

    public init(_ place: Place, offset: Int, removed: String, inserted: String) {
        self.place = place
        self.offset = offset
        self.removed = removed
        self.inserted = inserted
    }
}
