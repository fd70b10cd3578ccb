internal import Platform

/// Why a journal could not be made, found or used: one line for a person, and the errno behind it.
public struct JournalFailure: Error, Sendable, Equatable {
    /// What kind of trouble it is, for those who decide by it.
    public enum Kind: Sendable, Hashable {
        /// No space, or not enough for the smallest journal.
        case noSpace
        /// A directory is not ours alone, is a link, or is not what it must be.
        case refused
        /// `--durable` with a journal in memory.
        case durableNeedsDisk
        /// Anything else that the system refused.
        case system
    }

    public var kind: Kind
    /// What failed, on what, and what to do.
    public var message: String
    /// The error of the system, positive; 0 when it was none of the system's.
    public var errno: Int32

    public init(_ kind: Kind, _ message: String, errno: Int32 = 0) {
        self.kind = kind
        self.message = message
        self.errno = errno
    }

    /// `answer` is what a `SystemCalls` function answered.
    init(_ action: String, _ path: String, answer: Int) {
        let error = Int32(truncatingIfNeeded: answer.magnitude)
        self.init(
            JournalFailure.isSpace(error) ? .noSpace : .system,
            "cannot \(action) \(path): \(SystemError.text(answer))", errno: error)
    }

    /// ENOSPC and EDQUOT: space may come back.
    static func isSpace(_ error: Int32) -> Bool { error == 28 || error == noQuota }

    #if os(Linux)
        private static let noQuota: Int32 = 122
    #else
        private static let noQuota: Int32 = 69
    #endif
}
