/// How a journal is kept.
public struct JournalOptions: Sendable, Hashable {
    /// Bytes of segments at most: 256 MiB a process (product.md, Data). A quarter of what the file system has
    /// free is the lower limit of the two.
    public var budget = 256 << 20
    /// `--durable`: bytes are on the disk before `append` returns.
    public var isDurable = false
    /// `--fail-closed`: what cannot be recorded must wait. `JournalWriter` then never counts a loss; see
    /// `JournalWriter.reserve`.
    public var failsClosed = false
    /// Bytes of one segment; what an idle proxy holds. A power of two from 64 KiB to 4 MiB.
    ///
    /// All segments are of one size: growing ones would leave a proxy that was busy once with 4 MiB for good,
    /// because the one in use can only be left when the next byte comes.
    public var segmentSize = 1 << 20

    public init() {}
}
