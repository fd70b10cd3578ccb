import Glibc
import Platform

/// A server that an earlier `open` started for a file, and that still runs.
struct FileServer {
    /// Its address with the token.
    let url: String
    /// Its own directory, which goes with it.
    let scratch: String

    /// The one that shows the file at `path`, whatever name it has there; nil: there is none, or none but
    /// older ones than this program.
    static func running(for path: String, system: SystemCalls) -> FileServer? {
        guard let wanted = Identity(of: path) else { return nil }
        for name in ScratchStore.names(in: RedirectFile.scratchParent)
        where name.hasPrefix(RedirectFile.scratchPrefix) {
            let place = "\(RedirectFile.scratchParent)/\(name)"
            // Anybody may make a directory there, and its server would be theirs.
            guard isOurs(place), let entry = ServePost.holder(in: place, system: system), !entry.isOlder,
                let file = entry.file, Identity(of: file) == wanted
            else { continue }
            return FileServer(url: entry.urlWithToken, scratch: place)
        }
        return nil
    }

    private static func isOurs(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR && facts.st_uid == geteuid()
            && facts.st_mode & 0o077 == 0
    }

    /// Device and inode.
    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64

        init?(of path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            device = UInt64(facts.st_dev)
            inode = UInt64(facts.st_ino)
        }
    }
}
