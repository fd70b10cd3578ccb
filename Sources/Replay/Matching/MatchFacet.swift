/// One named aspect of a request that must agree with a recorded one for the recorded answer to serve.
///
/// Equal canonical bytes mean equal values (key order, white space and the spelling of numbers and strings do
/// not count), so looking a request up is a dictionary access, and the same facets explain why it failed.
public struct MatchFacet: Sendable, Hashable {
    /// `name`, `uri`, `arguments`, `cursor` and so on (`MethodEntry.FacetPath.name`), or `params` for all
    /// that no other facet names.
    public var name: String
    /// Where the facet's value stands in `params`, as a JSON pointer.
    public var pointer: String
    /// Canonical JSON; empty when the value is absent.
    public var canonical: [UInt8]
    /// The value's JSON text as it came, or nil when it is absent.
    public var text: ArraySlice<UInt8>?

    init(name: String, pointer: String, canonical: [UInt8], text: ArraySlice<UInt8>?) {
        self.name = name
        self.pointer = pointer
        self.canonical = canonical
        self.text = text
    }
}
