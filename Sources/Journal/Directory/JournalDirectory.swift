public import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A directory that holds journals, checked.
///
/// Found by looking, never by the environment: hosts start servers with a stripped one.
public struct JournalDirectory: Sendable, Hashable {
    /// Absolute, without a link in its last part.
    public var path: String
    /// Its content is in memory only: it never reaches a disk except as swap, and does not survive a reboot.
    public var isMemoryBacked: Bool

    /// Where the user wants journals.
    public enum Choice: Sendable, Hashable {
        /// Memory-backed where there is such a place, else in the store.
        case automatic
        /// `--journal store`: on the store's own disk.
        case store
        /// `--journal DIR`.
        case path(String)
    }

    /// A place that cannot be used, and why.
    public struct Refusal: Sendable, Hashable {
        public var path: String
        public var reason: JournalFailure

        public static func == (a: Refusal, b: Refusal) -> Bool { a.path == b.path && a.reason == b.reason }
        public func hash(into hasher: inout Hasher) { hasher.combine(path) }
    }

    /// The usable directories, best first, and the ones refused; makes those that are missing.
    ///
    /// A place that does not exist on this machine (no `/run/user/<uid>`) is no refusal.
    public static func usable(
        _ choice: Choice, store: String, system: SystemCalls
    ) -> (directories: [JournalDirectory], refusals: [Refusal]) {
        var directories: [JournalDirectory] = []
        var refusals: [Refusal] = []
        for place in places(choice, store: store, user: system.userID()) {
            do throws(JournalFailure) {
                if let directory = try prepare(place, system: system) { directories.append(directory) }
            } catch {
                refusals.append(Refusal(path: place.path, reason: error))
            }
        }
        return (directories, refusals)
    }

    /// Every directory where this user's journals for `store` may lie, whether or not it exists: what
    /// recovery and `doctor` look through besides the pointers.
    public static func known(store: String, system: SystemCalls) -> [String] {
        places(.automatic, store: store, user: system.userID()).map(\.path)
    }

    /// The directory in the store that holds the pointer files.
    public static func pointers(ofStore store: String) -> String { store + "/journals" }

    private struct Place {
        var path: String
        /// What must be there already: the system's part of the path.
        var parent: String?
        var mustBeMemory: Bool
    }

    private static func places(_ choice: Choice, store: String, user: uid_t) -> [Place] {
        let inStore = Place(path: store + "/journal", parent: nil, mustBeMemory: false)
        switch choice {
        case .path(let path): return [Place(path: path, parent: nil, mustBeMemory: false)]
        case .store: return [inStore]
        case .automatic:
            return [
                Place(path: "/run/user/\(user)/mcptape", parent: "/run/user/\(user)", mustBeMemory: true),
                Place(path: "/dev/shm/mcptape-\(user)", parent: "/dev/shm", mustBeMemory: true),
                inStore,
            ]
        }
    }

    /// Nil when the system's part of the path is not there.
    private static func prepare(
        _ place: Place, system: SystemCalls
    ) throws(JournalFailure) -> JournalDirectory? {
        if let parent = place.parent {
            var facts = stat()
            guard system.status(parent, &facts) >= 0 else { return nil }
            try make(place.path, system: system)
        } else {
            try makeWithParents(place.path, system: system)
        }
        try check(place.path, system: system)
        var facts = FileSystemFacts()
        let answer = system.fileSystem(place.path, &facts)
        guard answer >= 0 else {
            throw JournalFailure("look at the file system of", place.path, answer: answer)
        }
        if place.mustBeMemory && !facts.isMemoryBacked {
            throw JournalFailure(.refused, "\(place.path) is not in memory (tmpfs or ramfs)")
        }
        return JournalDirectory(path: place.path, isMemoryBacked: facts.isMemoryBacked)
    }

    /// Ours, 0700, a directory and no link.
    static func check(_ path: String, system: SystemCalls) throws(JournalFailure) {
        var facts = stat()
        let answer = system.status(path, &facts)
        guard answer >= 0 else { throw JournalFailure("look at", path, answer: answer) }
        let kind = facts.st_mode & S_IFMT
        guard kind == S_IFDIR else {
            let what = kind == S_IFLNK ? "a link" : "no directory"
            throw JournalFailure(.refused, "\(path) is \(what); remove it, or name another with --journal")
        }
        guard facts.st_uid == system.userID() else {
            throw JournalFailure(.refused, "\(path) belongs to user \(facts.st_uid), not to you")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw JournalFailure(.refused, "\(path) is open to others; chmod 700 \(path)")
        }
    }

    /// Makes `path` (0700) unless it is there.
    static func make(_ path: String, system: SystemCalls) throws(JournalFailure) {
        let answer = system.makeDirectory(path, 0o700)
        guard answer >= 0 || answer == -Int(EEXIST) else {
            throw JournalFailure("make the directory", path, answer: answer)
        }
    }

    /// Makes `path` and what is missing above it, all 0700.
    static func makeWithParents(_ path: String, system: SystemCalls) throws(JournalFailure) {
        let answer = system.makeDirectory(path, 0o700)
        if answer >= 0 || answer == -Int(EEXIST) { return }
        guard answer == -Int(ENOENT), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
            slash > path.startIndex
        else { throw JournalFailure("make the directory", path, answer: answer) }
        try makeWithParents(String(path[..<slash]), system: system)
        try make(path, system: system)
    }
}
