public import Platform
public import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A journal of this user that nobody holds and whose store is not there any more.
///
/// No recovery can ever take it in, and in memory it costs memory until the next boot. But the store may only
/// be out of sight (a disk that is not mounted, another mount namespace), so nothing removes it unasked, and
/// asked only when it is old.
public struct AbandonedJournal: Sendable, Hashable {
    public var path: String
    public var session: SessionID
    /// The store that it belonged to.
    public var store: String
    /// Bytes that the file system holds for it.
    public var bytes: Int64
    /// Nanoseconds since anything was written to it.
    public var age: Int64

    /// A day: long enough for a disk to be mounted again and for a store that was moved to be moved back.
    public static let safeAge: Int64 = 24 * 3600 * 1_000_000_000

    /// Old enough to be removed.
    public var isRemovable: Bool { age >= AbandonedJournal.safeAge }

    /// Those in every directory where this user's journals may lie; `also`: further directories.
    public static func all(
        store: String, also directories: [String] = [], system: SystemCalls = SystemCalls()
    ) -> [AbandonedJournal] {
        var found: [AbandonedJournal] = []
        for directory in JournalDirectory.known(store: store, system: system) + directories
        where (try? JournalDirectory.check(directory, system: system)) != nil {
            var names: [String] = []
            _ = system.entries(directory, &names)
            for name in names.sorted() {
                if let journal = examine(directory + "/" + name, name, system) { found.append(journal) }
            }
        }
        return found
    }

    private static func examine(_ path: String, _ name: String, _ system: SystemCalls) -> AbandonedJournal? {
        guard let pointers = JournalOwners.owner(of: path, system: system),
            let slash = pointers.utf8.lastIndex(of: UInt8(ascii: "/")), slash > pointers.startIndex
        else { return nil }
        let store = String(pointers[..<slash])
        var facts = stat()
        guard system.status(store, &facts) == -Int(ENOENT), isUnowned(path, system) else { return nil }
        var names: [String] = []
        guard system.entries(path, &names) >= 0 else { return nil }
        var (bytes, written): (Int64, Int64) = (0, 0)
        for name in names where system.status(path + "/" + name, &facts) >= 0 {
            bytes += Int64(facts.st_blocks) * 512
            #if canImport(Glibc)
                written = max(written, Int64(facts.st_mtim.tv_sec))
            #else
                written = max(written, Int64(facts.st_mtimespec.tv_sec))
            #endif
        }
        let age = max(0, system.realtime() &- written &* 1_000_000_000)
        return AbandonedJournal(path: path, session: SessionID(name), store: store, bytes: bytes, age: age)
    }

    private static func isUnowned(_ path: String, _ system: SystemCalls) -> Bool {
        guard let head = try? StoredFile(path + "/" + HeadLayout.fileName, system: system) else {
            return false
        }
        defer { head.close() }
        return system.lock(head.descriptor, LOCK_SH | LOCK_NB) >= 0
    }

    /// Removes it, if it is still what it was: old, without an owner and without a store. False: it stays.
    public func remove(system: SystemCalls = SystemCalls()) -> Bool {
        guard isRemovable else { return false }
        do throws(JournalFailure) {
            guard case .journal(let journal) = try StoredJournal.open(path, system: system) else {
                return false
            }
            defer { journal.close() }
            var facts = stat()
            guard system.status(store, &facts) == -Int(ENOENT) else { return false }
            return JournalRemoval.removeFiles(of: path, system: system)
        } catch {
            return false
        }
    }
}
