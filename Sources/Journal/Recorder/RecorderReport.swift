/// What the recorder thread has to say while it runs: one line for a person, without a prefix.
public enum RecorderReport: Sendable, Hashable {
    /// Recording is impaired; said once for each outage.
    case impaired(String)
    /// Nothing can be recorded, and nothing passes unrecorded (`--fail-closed`).
    case stopped(String)
    /// The outage is over.
    case resumed(String)
}

/// How a session's recording ended.
public enum RecorderOutcome: Sendable, Hashable {
    /// Everything is in the store and the journal is gone.
    case complete
    /// The rest is in the journal, for the next mcptape process; the reason is one line for a person.
    case left(String)
    /// Nothing could be recorded, and no journal holds it.
    case unrecorded(String)
}
