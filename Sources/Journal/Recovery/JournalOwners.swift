internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Tells which store a journal belongs to, cheaply: all stores of a user share the directories in memory.
struct JournalOwners {
    private let system: SystemCalls
    /// What the file system knows of a pointer directory; nil: it is not there. Asked once for each path.
    private var known: [String: Identity?] = [:]

    private struct Identity: Equatable {
        var device: UInt64
        var node: UInt64
    }

    init(system: SystemCalls) { self.system = system }

    /// The pointer directory that the journal at `path` names, read without its lock; nil when its head is
    /// missing, unfinished or no head of this version: then only opening it tells what it is.
    static func owner(of path: String, system: SystemCalls) -> String? {
        guard let head = try? StoredFile(path + "/" + HeadLayout.fileName, system: system) else { return nil }
        defer { head.close() }
        guard let bytes = try? head.read(HeadLayout.pointersLengthAt + 4, at: 0),
            bytes.count == HeadLayout.pointersLengthAt + 4
        else { return nil }
        func word<T: FixedWidthInteger>(_ at: Int, _: T.Type) -> T {
            bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
        }
        let description = Int(word(HeadLayout.descriptionLengthAt, UInt32.self))
        let length = Int(word(HeadLayout.pointersLengthAt, UInt32.self))
        guard word(HeadLayout.magicAt, UInt64.self) == HeadLayout.magic,
            word(HeadLayout.versionAt, UInt32.self) == HeadLayout.version,
            description <= HeadLayout.descriptionLimit, 1...HeadLayout.pathLimit ~= length,
            let text = try? head.read(length, at: HeadLayout.descriptionAt + description),
            text.count == length
        else { return nil }
        return String(validating: text, as: UTF8.self)
    }

    /// The two paths are one directory.
    mutating func isSame(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        guard let first = identity(a), let second = identity(b) else { return false }
        return first == second
    }

    private mutating func identity(_ path: String) -> Identity? {
        if let known = known[path] { return known }
        var facts = stat()
        let found =
            system.status(path, &facts) >= 0
            ? Identity(device: UInt64(facts.st_dev), node: UInt64(facts.st_ino)) : nil
        known[path] = .some(found)
        return found
    }
}
