/// Where a record lies in the journal.
public struct JournalRange {
    /// The record's first byte, and the first one behind it, as offsets in the journal.
    public let start: UInt64
    public let end: UInt64
    /// The payload, in the mapping: valid until `JournalWriter.forwarded` covers `end`.
    public let bytes: UnsafeRawBufferPointer
}
