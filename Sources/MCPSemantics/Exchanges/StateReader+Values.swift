import Wire

/// Values that checkpoints of this module share.
extension StateReader {
    /// More than any count reaches, and small enough to count on without overflow.
    static let countLimit = 1 << 48

    /// A case of an enum with one-byte raw values.
    mutating func value<Value>(_ make: (UInt8) -> Value?) throws(Failure) -> Value {
        guard let value = make(try int(UInt8.self)) else { throw .malformed }
        return value
    }

    /// A text that may be absent.
    mutating func text() throws(Failure) -> String? {
        try optional { state throws(Failure) in try state.string() }
    }

    /// A time that may be absent.
    mutating func time() throws(Failure) -> Timestamp? {
        try optional { state throws(Failure) in Timestamp(nanoseconds: try state.int()) }
    }
}
