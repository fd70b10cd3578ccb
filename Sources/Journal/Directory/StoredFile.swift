internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file that is read with `pread`: unlike a mapping it cannot raise SIGBUS, whoever truncates it.
struct StoredFile {
    let path: String
    let descriptor: Int32
    private let system: SystemCalls

    /// `flags`: O_RDONLY or O_RDWR; links are not followed.
    init(_ path: String, flags: Int32 = O_RDONLY, system: SystemCalls) throws(JournalFailure) {
        let opened = system.open(path, flags | O_NOFOLLOW, 0)
        guard opened >= 0 else { throw JournalFailure("open", path, answer: opened) }
        self.path = path
        self.descriptor = Int32(opened)
        self.system = system
    }

    func close() { _ = system.close(descriptor) }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int) throws(JournalFailure) -> [UInt8] {
        var failure = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            while filled < buffer.count, let base = buffer.baseAddress {
                let answer = system.pread(
                    descriptor, base + filled, buffer.count - filled, off_t(offset + filled))
                if answer == -Int(EINTR) { continue }
                if answer < 0 { failure = answer }
                guard answer > 0 else { return }
                filled += answer
            }
        }
        guard failure == 0 else { throw JournalFailure("read", path, answer: failure) }
        return bytes
    }

    /// The first `limit` bytes of a file.
    static func bytes(of path: String, limit: Int, system: SystemCalls) throws(JournalFailure) -> [UInt8] {
        let file = try StoredFile(path, system: system)
        defer { file.close() }
        return try file.read(limit, at: 0)
    }
}
