import Glibc
import Platform
import Recording
import Store

/// A recording file that several processes may change at once.
///
/// Who changes it holds an advisory lock on its directory, so that nothing is left beside it, reads it again,
/// writes beside it and renames: a reader sees the old file or the new one, whoever is killed when.
struct SharedRecordingFile {
    /// Absolute, with links followed: the lock is where the file is.
    let path: String
    private let system: SystemCalls

    /// Others hold the lock for as long as it takes to write a file; whoever holds it longer is stopped.
    private static let lockLimit: Int64 = 10_000_000_000
    private static let lockWait: Int32 = 5

    init(_ path: String, system: SystemCalls) {
        self.path = StoreLocation.followed(path)
        self.system = system
    }

    /// Whether there is a file.
    var isThere: Bool { access(path, F_OK) == 0 }

    private var directory: String {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Why no file can be made there; nil when one can.
    var obstacle: Failure? {
        guard access(directory, W_OK | X_OK) != 0 else { return nil }
        return failure("write to", -Int(errno))
    }

    private func failure(_ verb: String, _ result: Int) -> Failure {
        let error = Int32(truncatingIfNeeded: -result)
        let isRefused = error == EACCES || error == EPERM || error == EROFS
        return Failure(
            isRefused ? Failure.refused : Failure.io,
            "cannot \(verb) \(directory), where \(path) is to be: \(String(cString: strerror(error)))")
    }

    /// Replaces the file by what `change` makes of it; nil: it stays. `change` gets nil when there is none.
    ///
    /// False: another process is at it, and `waiting` is not asked for.
    func change(waiting: Bool, _ change: (FileRecording?) throws -> [UInt8]?) throws -> Bool {
        guard let lock = try lock(waiting: waiting) else { return false }
        defer { _ = system.close(lock) }
        guard let text = try change(try read()) else { return true }
        let file = try AtomicFile(path, system: system)
        try file.write(text)
        try file.commit()
        AtomicFile.removeAbandoned(beside: path, system: system)
        ScratchStore.removeAbandoned(beside: path, system: system)
        return true
    }

    /// What it holds; nil: there is no file. Throws when that is damaged.
    func read() throws -> FileRecording? {
        guard isThere else { return nil }
        let read = try RecordingFileInput.read(path, system: system)
        guard read.faults.isEmpty else {
            throw Failure(
                Failure.io, "\(path) is damaged and stays as it is", hint: "mcptape check \(path)")
        }
        return read
    }

    /// The descriptor that holds the lock; nil: another process does.
    private func lock(waiting: Bool) throws -> Int32? {
        let opened = system.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard opened >= 0 else { throw failure("open", opened) }
        let descriptor = Int32(opened)
        let end = system.boottime() + Self.lockLimit
        while true {
            let status = system.lock(descriptor, LOCK_EX | LOCK_NB)
            if status >= 0 { return descriptor }
            let isBusy = status == -Int(EWOULDBLOCK) || status == -Int(EINTR)
            if isBusy, waiting, system.boottime() < end {
                var none: [pollfd] = []
                _ = system.poll(&none, 0, Self.lockWait)
                continue
            }
            _ = system.close(descriptor)
            guard isBusy else { throw failure("lock", status) }
            guard waiting else { return nil }
            throw Failure(
                Failure.io, "another process has held the lock of \(directory) for too long",
                hint: "end it: \(path) stays as it is")
        }
    }
}
