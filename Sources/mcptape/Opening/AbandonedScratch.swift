import Glibc

/// What servers of files left in /tmp when they were killed.
///
/// Everybody may put a directory there. So one is touched only when it is ours and nobody else may enter it,
/// no link is followed, and of what is in it nothing is removed but what such a server writes.
enum AbandonedScratch {
    /// Removes the directories whose server is gone.
    static func removeAll() {
        for name in ScratchStore.names(in: RedirectFile.scratchParent)
        where name.hasPrefix(RedirectFile.scratchPrefix) {
            remove("\(RedirectFile.scratchParent)/\(name)")
        }
    }

    private static func remove(_ place: String) {
        let directory = open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return }
        defer { close(directory) }
        var facts = stat()
        guard fstat(directory, &facts) == 0, facts.st_uid == geteuid(), facts.st_mode & 0o077 == 0,
            let post = lockedPost(in: directory, facts)
        else { return }
        // Nobody takes it before it is gone.
        defer { if post >= 0 { close(post) } }
        for name in ScratchStore.names(in: place)
        where name == ServePost.fileName || RedirectFile.isName(name) {
            unlinkat(directory, name, 0)
        }
        rmdir(place)
    }

    /// The post of a server that is gone, locked by us; -1 where there is none; nil when a server is there,
    /// or comes: between making the directory and saying where it serves, it has no post either.
    private static func lockedPost(in directory: Int32, _ facts: stat) -> Int32? {
        let isOld = time(nil) - facts.st_mtim.tv_sec > startLimit
        let post = openat(
            directory, ServePost.fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard post >= 0 else { return errno == ENOENT && isOld ? -1 : nil }
        var facts = stat()
        guard fstat(post, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size > 0 || isOld,
            flock(post, LOCK_EX | LOCK_NB) == 0
        else {
            close(post)
            return nil
        }
        return post
    }

    /// Seconds in which a server has begun, however busy the machine.
    private static let startLimit = 3600
}
