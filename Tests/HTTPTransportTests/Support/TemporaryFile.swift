import Platform

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that goes with the test.
final class TemporaryFile {
    let path: String

    init(_ text: String = "") {
        var template = Array("\(TemporaryFile.directory)/mcptape-http-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        close(descriptor)
        write(text)
    }

    private static var directory: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    deinit { unlink(path) }

    func write(_ text: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// Changes the content, and nothing that `stat` shows.
    func overwriteUnnoticed(_ text: String) {
        var facts = stat()
        stat(path, &facts)
        let descriptor = open(path, O_WRONLY)
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        close(descriptor)
        var times = [facts.st_atim, facts.st_mtim]
        utimensat(AT_FDCWD, path, &times, 0)
    }
}

/// A directory that goes with the test.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/mcptape-http-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { TemporaryDirectory.remove(path) }

    private static func remove(_ path: String) {
        var names: [String] = []
        _ = RealSystem.entries(path, &names)
        for name in names { remove(path + "/" + name) }
        if rmdir(path) != 0 { unlink(path) }
    }
}
