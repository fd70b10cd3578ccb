import Glibc
import Platform

/// The store that `--no-store` keeps for as long as it records.
enum ScratchStore {
    /// Removes it and what is in it: our own files in a flat directory and its two subdirectories.
    static func remove(_ path: String) throws {
        for name in names(in: path) {
            let inner = path + "/" + name
            if unlink(inner) != 0 && (errno == EISDIR || errno == EPERM) {
                for file in names(in: inner) { unlink(inner + "/" + file) }
                rmdir(inner)
            }
        }
        if rmdir(path) != 0 {
            throw Failure(
                Failure.io, "cannot remove \(path): \(String(cString: strerror(errno)))",
                hint: "the recording file is written; remove the directory by hand")
        }
    }

    /// Removes those that recorders of `file` left beside it when they were killed: nobody runs under the
    /// number in their names, and nobody holds the lock of the store. What cannot be removed stays.
    static func removeAbandoned(beside file: String, system: SystemCalls) {
        guard let slash = file.lastIndex(of: "/") else { return }
        let directory = String(file[..<slash])
        let prefix = ".\(file[file.index(after: slash)...]).recording-"
        for name in names(in: directory.isEmpty ? "/" : directory) where name.hasPrefix(prefix) {
            guard let writer = Int32(name.dropFirst(prefix.count)), writer > 0, writer != getpid(),
                kill(writer, 0) != 0, errno == ESRCH
            else { continue }
            let place = "\(directory)/\(name)"
            let lock = system.open("\(place)/write.lock", O_RDWR | O_CLOEXEC, 0)
            guard lock < 0 || system.lock(Int32(lock), LOCK_EX | LOCK_NB) >= 0 else {
                _ = system.close(Int32(lock))
                continue
            }
            try? remove(place)
            if lock >= 0 { _ = system.close(Int32(lock)) }
        }
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
