public import Wire

/// What the specification says of one method, in all revisions together.
public struct MethodEntry: Sendable, Equatable {
    public var method: String
    public var kind: Kind
    /// Who sends it: the directions in which it may travel as a message of its own.
    public var directions: [Direction]
    /// The revisions that have it in their core; empty for a method that only an extension has.
    public var revisions: [ProtocolRevision]
    /// Whether the extension `io.modelcontextprotocol/tasks` has it (used with 2026-07-28).
    public var isInTasksExtension = false
    /// Which member of `params` says what the method is applied to.
    public var nameField: NameField = .none
    /// What two requests must agree in to be the same request to a replay, beside method and direction.
    public var matchFacets: [FacetPath] = []
    /// A list that may be served any number of times and in any order: clients cache them and ask again.
    public var isList = false
    /// Part of the handshake: served any number of times too.
    public var isHandshake = false
    /// Answered with `{}` even when it was never recorded, and takes no recorded answer's place.
    public var isAlwaysAnswerable = false
    /// Stays open until one side ends it, so that it does not count as work in flight.
    public var isLongLived = false

    /// Request or notification.
    public enum Kind: Sendable, Hashable {
        case request
        case notification
    }

    /// Where a method's object is named.
    public enum NameField: Sendable, Hashable {
        case none
        /// `params.name`: a tool or a prompt.
        case name
        /// `params.uri`: a resource.
        case uri
        /// `params.ref`'s `name`, else its `uri`.
        case completionReference
        /// `params.taskId`.
        case taskID
        /// `params.elicitationId`.
        case elicitationID
    }

    /// One value of a request that takes part in matching.
    public struct FacetPath: Sendable, Hashable {
        /// The word for it in explanations: `arguments`.
        public var name: String
        /// The keys that lead to it from the message's root.
        public var path: [String]
        /// The JSON text that an absent member is equal to; nil: absent is equal to nothing else.
        public var absentEquals: String?
        /// Only whether the member is present counts, not its value.
        public var isPresenceOnly: Bool

        /// What `params` holds under `path`.
        init(_ name: String, _ path: String..., absentEquals: String? = nil, isPresenceOnly: Bool = false) {
            self.name = name
            self.path = ["params"] + path
            self.absentEquals = absentEquals
            self.isPresenceOnly = isPresenceOnly
        }
    }

    /// The era that a message with this method belongs to when it does not say: nil when both have it.
    public var era: Era? {
        if revisions.isEmpty { return .modern }
        guard let first = revisions.first, let last = revisions.last else { return nil }
        if first.era == .modern { return .modern }
        return last.era == .legacy && !isInTasksExtension ? .legacy : nil
    }
}
