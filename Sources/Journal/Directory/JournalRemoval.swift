internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How a journal's files go; only for whoever holds its lock.
enum JournalRemoval {
    /// Removes the segments, then the head, then the directory; what is not ours stays.
    static func removeFiles(of path: String, system: SystemCalls) {
        var names: [String] = []
        _ = system.entries(path, &names)
        for name in names where name.hasPrefix(SegmentHeader.filePrefix) {
            _ = system.unlink(path + "/" + name)
        }
        system.reached("journal.segments removed")
        _ = system.unlink(path + "/" + HeadLayout.fileName)
        _ = system.removeDirectory(path)
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
