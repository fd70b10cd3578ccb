/// What the engine wants done, in order.
public enum ReplayAction: Sendable, Equatable {
    /// Send one message to the client: the transport frames it (on stdio: adds a line feed).
    ///
    /// `after` is a delay from now in nanoseconds that the transport keeps; 0 is at once.
    case send(ArraySlice<UInt8>, after: Int64)
    /// A request had no match. Its error is among the `send`s; this is for standard error and reports.
    case missed(NearestMiss)
    /// The live conversation left the recorded one; said once for each way.
    case diverged(Divergence)
}
