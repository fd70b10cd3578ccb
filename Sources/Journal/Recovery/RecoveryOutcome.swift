public import Recording

/// What became of one journal that recovery found.
public struct RecoveryOutcome: Sendable, Hashable {
    public var session: SessionID
    /// The journal's directory; nil when its pointer could not be read.
    public var path: String?
    public var result: Result

    /// What recovery did, or why it did nothing.
    public enum Result: Sendable, Hashable {
        /// The session is in the store to its last byte, and the journal is gone. `bytes` of journal were
        /// still to be recorded. `wasInterrupted`: the session has no end of its own. `isDamaged`: some could
        /// not be read, and the recording says so.
        case recovered(bytes: UInt64, wasInterrupted: Bool, isDamaged: Bool)
        /// Its owner lives, or another process recovers it now.
        case owned
        /// Its owner was killed before anything was in it, or after everything was in the store; removed.
        case removed
        /// The journal is gone, with what was not in the store yet: the machine was restarted. The session
        /// ends as interrupted, and the pointer is removed.
        case lost
        /// The pointer names a place that does not exist here: another mount namespace, or removed by hand.
        case unreachable
        /// A later mcptape wrote it and can read it; left alone.
        case newer(version: UInt32)
        /// It cannot be read; left as it is.
        case damaged(String)
        /// The system or the store refused; the next process tries again.
        case failed(String)
    }

    public init(session: SessionID, path: String?, result: Result) {
        self.session = session
        self.path = path
        self.result = result
    }

    /// One line for a person; nil when there is nothing to say.
    public var message: String? {
        let journal = path.map { "the journal \($0)" } ?? "a journal"
        switch result {
        case .owned, .removed: return nil
        case .recovered(let bytes, let wasInterrupted, let isDamaged):
            let amount = bytes < 10 << 10 ? "\(bytes) bytes" : "\(bytes >> 10) KiB"
            let rest = isDamaged ? "; some of it could not be read, the recording has a gap there" : ""
            if wasInterrupted {
                return "session \(session.text) was interrupted; recovered \(amount) from its journal\(rest)"
            }
            return
                "session \(session.text) had ended; its last \(amount) were taken over from its journal\(rest)"
        case .lost:
            return
                "session \(session.text) was interrupted by a restart; its last moments went with its journal"
        case .unreachable:
            return
                "\(journal) of session \(session.text) is not here; if it is gone for good, "
                + "run mcptape doctor --repair"
        case .newer(let version):
            return "\(journal) has format \(version); the newer mcptape that wrote it can recover it"
        case .damaged(let what): return "cannot recover session \(session.text): \(what)"
        case .failed(let what): return "cannot recover session \(session.text) now: \(what)"
        }
    }
}
