import Wire

/// Values that checkpoints of this module share.
extension StateReader {
    /// More than any count reaches, and small enough to count on without overflow.
    static let countLimit = 1 << 48

    /// A time that may be absent.
    mutating func time() throws(Failure) -> Timestamp? {
        try optional { state throws(Failure) in Timestamp(nanoseconds: try state.int()) }
    }
}
