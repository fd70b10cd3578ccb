public import Recording

/// What a recording that is served to many clients wants done about the real servers behind it, of which
/// each client has one of its own.
///
/// `client` is a number that no other client of the same listener gets.
public enum RealServerOrder: Sendable {
    /// The client needs its real server: start it, or connect to it.
    case start(client: Int)
    /// Send it one message, its JSON text.
    case send(client: Int, ArraySlice<UInt8>)
    /// More was said to it that may be kept.
    case changed(client: Int)
    /// The client is gone: its real server ends. With what the two said to each other, where that may be kept
    /// and is not yet.
    case close(client: Int, WholeSession?)
}
