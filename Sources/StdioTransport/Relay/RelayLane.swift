public import Recording

/// One of the three lanes: where bytes come from, where they go, and what is read and not yet written on.
///
/// Nothing but numbers and addresses, so that the loop neither counts references nor allocates.
struct RelayLane {
    let lane: Lane
    /// Read from; -1: nothing will come any more.
    var source: Int32
    let sourceKind: DescriptorKind
    /// Written to; -1: nobody reads there any more.
    var sink: Int32
    let sinkKind: DescriptorKind
    /// For a sink that must be written blocking: says when its thread has written what it was given. -1: the
    /// loop writes itself.
    var writerDone: Int32 = -1
    /// Which of the loop's writers it is.
    var writer: Int32 = -1
    /// What was read and not yet written on. The lane is not read while there is any.
    var pending: UnsafeRawPointer?
    var pendingCount = 0
    /// The tap has no room: ask again.
    var waitsForRoom = false
    /// The server is gone and its pipe is held by somebody we cannot end: bytes that may still be read from
    /// it. Nil: until its end of file.
    var lastBytes: Int?

    /// Read no more, and nothing is left to write.
    var isDone: Bool { source < 0 && pendingCount == 0 }

    /// A lane that does not exist: the descriptor was closed when we were started.
    static func absent(_ lane: Lane) -> RelayLane {
        RelayLane(lane: lane, source: -1, sourceKind: .own, sink: -1, sinkKind: .own)
    }
}

/// How a relay ended.
public struct RelayOutcome: Sendable, Hashable {
    /// How the server ended; `record` ends with its `shellStatus`.
    public var exit: ExitStatus
    public var reason: SessionEnd.Reason
}
