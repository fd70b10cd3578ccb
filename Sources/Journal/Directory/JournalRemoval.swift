internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How a journal's files go; only for whoever holds its lock.
enum JournalRemoval {
    /// Removes the segments, then the head, then the directory; what is not ours stays.
    ///
    /// On a disk the segments are overwritten first: unredacted payload must not outlive the journal. False
    /// when the system refuses; the head then stays, so that the next process finds the journal and tries
    /// again.
    @discardableResult
    static func removeFiles(of path: String, system: SystemCalls) -> Bool {
        var facts = FileSystemFacts()
        let isInMemory = system.fileSystem(path, &facts) >= 0 && facts.isMemoryBacked
        var names: [String] = []
        guard system.entries(path, &names) >= 0 else { return false }
        for name in names where name.hasPrefix(SegmentHeader.filePrefix) {
            if !isInMemory { erase(path + "/" + name, system: system) }
            let answer = system.unlink(path + "/" + name)
            guard answer >= 0 || answer == -Int(ENOENT) else { return false }
        }
        system.reached("journal.segments removed")
        _ = system.unlink(path + "/" + HeadLayout.fileName)
        _ = system.removeDirectory(path)
        return true
    }

    /// Overwrites a file with zeros, and has them on the disk when it returns. What the system refuses stays.
    private static func erase(_ path: String, system: SystemCalls) {
        let opened = system.open(path, O_WRONLY | O_NOFOLLOW, 0)
        guard opened >= 0 else { return }
        let descriptor = Int32(opened)
        defer { _ = system.close(descriptor) }
        var facts = stat()
        guard system.fileStatus(descriptor, &facts) >= 0 else { return }
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        var offset = 0
        while offset < Int(facts.st_size) {
            let count = min(zeros.count, Int(facts.st_size) - offset)
            let answer = zeros.withUnsafeBytes { bytes in
                bytes.baseAddress.map { system.pwrite(descriptor, $0, count, off_t(offset)) } ?? 0
            }
            if answer == -Int(EINTR) { continue }
            guard answer > 0 else { return }
            offset += answer
        }
        _ = system.syncFile(descriptor)
    }

    /// The open file is still the one at `path`: nobody removed or replaced it before we had its lock.
    static func isSameFile(_ descriptor: Int32, _ path: String, system: SystemCalls) -> Bool {
        var open = stat()
        var named = stat()
        guard system.fileStatus(descriptor, &open) >= 0, system.status(path, &named) >= 0 else {
            return false
        }
        return open.st_dev == named.st_dev && open.st_ino == named.st_ino
    }
}
