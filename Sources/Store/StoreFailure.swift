internal import Glibc
public import Recording

/// Why the store could not do what it was asked.
public struct StoreFailure: Error, Sendable, Equatable {
    /// What the exit status, or a retry, makes of it.
    public enum Kind: Sendable, Hashable {
        /// There is no store, session or file of that name.
        case missing
        /// It was written by a newer mcptape.
        case newer
        /// Its content contradicts its checksum or its format.
        case damaged
        /// What lies there is not a store of ours.
        case foreign
        /// Permissions or policy refuse.
        case refused
        /// More of the session may come, so it is left as it is.
        case unfinished
        /// Somebody else holds the lock.
        case busy
        /// No space left.
        case full
        /// The operating system refused.
        case io
    }
    public var kind: Kind
    /// One line for a person: what failed, on what, what to do.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// What a call of the system answered (minus errno) when it was asked to do `verb` with `path`.
    init(cannot verb: String, _ path: String, _ result: Int) {
        let number = Int32(truncatingIfNeeded: -result)
        kind =
            switch number {
            case ENOENT, ENOTDIR: .missing
            case EACCES, EPERM, EROFS: .refused
            case ENOSPC, EDQUOT: .full
            default: .io
            }
        message = "cannot \(verb) \(path): \(String(cString: strerror(number)))"
    }

    /// The same failure as a sink reports it.
    public var asSinkFailure: SinkFailure {
        switch kind {
        case .newer: SinkFailure(.newerStore, message)
        case .busy: SinkFailure(.busy, message)
        case .full: SinkFailure(.full, message)
        case .missing: SinkFailure(.gone, message)
        case .damaged, .foreign, .refused, .unfinished, .io: SinkFailure(.failed, message)
        }
    }

    /// The same failure as a reader reports it.
    public var asSourceFailure: SourceFailure {
        switch kind {
        case .missing: SourceFailure(.missing, message)
        case .newer: SourceFailure(.newer, message)
        case .damaged, .foreign: SourceFailure(.damaged, message)
        case .refused: SourceFailure(.refused, message)
        case .unfinished: SourceFailure(.unfinished, message)
        case .busy, .full, .io: SourceFailure(.io, message)
        }
    }
}
