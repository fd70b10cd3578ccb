internal import CSystemCalls
internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Makes files that are written through a mapping.
enum MappedFile {
    /// Makes the file `path` (0600), allocates `size` bytes and maps them, out of core dumps.
    ///
    /// Every byte has its place on the file system, so a store to the mapping cannot fail. The open
    /// descriptor goes to `descriptor` when that is given, else it is closed; the mapping outlives it. After
    /// a failure nothing is left.
    static func make(
        _ path: String, size: Int, system: SystemCalls, descriptor kept: UnsafeMutablePointer<Int32>?,
        ready: (Int32) throws(JournalFailure) -> Void = { _ in }
    ) throws(JournalFailure) -> UnsafeMutableRawPointer {
        let opened = system.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw JournalFailure("make", path, answer: opened) }
        let descriptor = Int32(opened)
        do throws(JournalFailure) {
            try ready(descriptor)
            var allocated = system.allocate(descriptor, 0, off_t(size))
            while allocated == -Int(EINTR) { allocated = system.allocate(descriptor, 0, off_t(size)) }
            guard allocated >= 0 else {
                // ext4 keeps what it got before it ran out.
                _ = system.truncate(descriptor, 0)
                throw JournalFailure("allocate \(size >> 10) KiB for", path, answer: allocated)
            }
            var error: Int32 = 0
            guard let address = system.map(descriptor, size, &error) else {
                throw JournalFailure("map", path, answer: -Int(error))
            }
            _ = system.advise(address, size, csystem_advice_exclude_from_dumps)
            if let kept { kept.pointee = descriptor } else { _ = system.close(descriptor) }
            return address
        } catch {
            _ = system.unlink(path)
            _ = system.close(descriptor)
            throw error
        }
    }

    /// Has the names in a directory on the disk when it returns.
    static func syncDirectory(_ path: String, system: SystemCalls) throws(JournalFailure) {
        let opened = system.open(path, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else { throw JournalFailure("open", path, answer: opened) }
        let answer = system.syncFile(Int32(opened))
        _ = system.close(Int32(opened))
        guard answer >= 0 else { throw JournalFailure("sync", path, answer: answer) }
    }
}
