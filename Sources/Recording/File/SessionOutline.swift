/// What is known of a session before it is read: see `GrowingSession`.
public struct SessionOutline: Sendable, Equatable {
    /// How often a method comes.
    public struct MethodCount: Sendable, Equatable {
        public var method: String
        public var count: Int
    }

    /// The methods of the client's requests, in the order in which they first come.
    public internal(set) var requests: [MethodCount] = []
    /// Those of the client's notifications.
    public internal(set) var notifications: [MethodCount] = []
    /// An `initialize` was answered with a result.
    public internal(set) var showsLegacy = false
    /// A `server/discover` was answered with a result, or another request of the client states the modern
    /// era.
    public internal(set) var showsModern = false
}
