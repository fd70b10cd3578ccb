#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files of this repository, found from where this file was compiled.
struct RepositoryTree {
    /// One file, its path relative to the repository's root.
    struct File {
        var path: String
        var bytes: [UInt8]
        var lines: [Substring]

        /// The last part of the path.
        var name: Substring { path.split(separator: "/").last ?? "" }
        /// `Sources/Wire/JSON/JSONTree.swift` and `Tests/WireTests/JSON/…` belong to `Wire` and `WireTests`.
        var module: Substring {
            let parts = path.split(separator: "/")
            return parts.count > 2 ? parts[1] : ""
        }
    }

    static let root: String = {
        // …/Tests/TidyTests/RepositoryTree.swift
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// What a build or a test leaves behind, and what git keeps.
    private static let skippedDirectories: Set<String> = [".git", "__pycache__", "Corpus", "corpus"]

    /// Every file below `folder` whose name ends in one of `endings`, ordered by path.
    static func files(in folder: String, endingIn endings: [String]) -> [File] {
        var found: [File] = []
        var pending = [folder]
        while let directory = pending.popLast() {
            guard let handle = opendir(root + "/" + directory) else { continue }
            defer { closedir(handle) }
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." || skippedDirectories.contains(name) { continue }
                if name.hasPrefix(".build") || name.hasPrefix(".venv") { continue }
                let path = directory.isEmpty ? name : directory + "/" + name
                var facts = stat()
                guard lstat(root + "/" + path, &facts) == 0 else { continue }
                if facts.st_mode & S_IFMT == S_IFDIR {
                    pending.append(path)
                } else if endings.contains(where: { name.hasSuffix($0) }), let bytes = read(path) {
                    let text = String(decoding: bytes, as: UTF8.self)
                    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                    found.append(File(path: path, bytes: bytes, lines: lines))
                }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Whether `text` stands in `bytes`.
    static func contains(_ text: String, in bytes: [UInt8]) -> Bool {
        let needle = Array(text.utf8)
        return bytes.withUnsafeBytes { all in
            guard let start = all.baseAddress, let first = needle.first else { return false }
            var offset = 0
            while let found = memchr(start + offset, Int32(first), all.count - offset) {
                offset = UnsafeRawPointer(found) - start
                if all.count - offset < needle.count { return false }
                if memcmp(start + offset, needle, needle.count) == 0 { return true }
                offset += 1
            }
            return false
        }
    }

    static func exists(_ path: String) -> Bool { access(root + "/" + path, F_OK) == 0 }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(root + "/" + path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
