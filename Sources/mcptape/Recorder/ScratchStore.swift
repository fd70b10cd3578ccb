import Glibc

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
