import Journal
import Platform

/// Where journals lie, in words: whether unredacted payload is in memory or on a disk.
enum JournalWords {
    static func place(store: String, system: SystemCalls) -> String {
        let (directories, refusals) = JournalDirectory.usable(.automatic, store: store, system: system)
        guard let first = directories.first else {
            return refusals.map(\.reason.message).joined(separator: "; ")
        }
        let kind =
            first.isMemoryBacked ? "in memory: survives kill -9, not a reboot" : "on disk: survives a reboot"
        return "\(first.path) (\(kind))"
    }
}
