#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The file of a Unix socket.
enum SocketFile {
    /// Removes the file, if it is a socket.
    static func remove(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }
}
