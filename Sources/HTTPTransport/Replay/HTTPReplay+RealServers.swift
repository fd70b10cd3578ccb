public import MCPSemantics
internal import NIOCore
internal import NIOPosix
public import Recording
public import Replay

/// The real servers behind a recording that is served: somebody else starts them and carries their messages.
extension HTTPReplay {
    /// What looks after the real servers, each client's own.
    public struct RealServers: Sendable {
        /// Begins the record of what a client and its real server say; the time is since the listener began.
        /// Nil: nothing of it is kept.
        public var recording: (@Sendable (Timestamp) -> MemoryRecording)?
        /// Does what is asked, soon: it is called on the loop.
        public var order: @Sendable (RealServerOrder) -> Void
        /// No order comes any more: keeps what is not kept yet. Answers how many exchanges that were.
        public var finish: @Sendable () -> Int

        /// See the members.
        public init(
            recording: (@Sendable (Timestamp) -> MemoryRecording)?,
            order: @escaping @Sendable (RealServerOrder) -> Void, finish: @escaping @Sendable () -> Int
        ) {
            self.recording = recording
            self.order = order
            self.finish = finish
        }
    }

    /// Something came of the real server of `client`. From any thread, until `RealServers.finish` returns.
    public func deliver(_ event: LiveEvent, to client: Int) {
        group.next().execute { [hub] in hub.value.received(event, for: client) }
    }

    /// What a client and its real server said so far, where it may be kept. Waits for the loop.
    public func conversation(of client: Int) -> WholeSession? {
        let answer = try? group.next().submit { [hub] in hub.value.servers[0].conversation(of: client) }
            .wait()
        return answer ?? nil
    }

    /// So many exchanges were added to the recording.
    public func noteAdded(_ count: Int) {
        group.next().execute { [hub] in hub.value.noteAdded(count) }
    }
}

/// One server is asked where there are real ones: a recording of several names none of them.
extension MockHub {
    func received(_ event: LiveEvent, for client: Int) {
        perform(servers[0].received(event, for: client, at: now))
    }

    func noteAdded(_ count: Int) { servers[0].noteAdded(count) }
}
