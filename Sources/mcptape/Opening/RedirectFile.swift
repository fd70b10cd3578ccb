import Glibc
import Platform
import Recording

/// A file that leads a browser to the viewer.
///
/// The address has the token, and a process's words can be read by every user of the machine. So the browser
/// is given the name of a file that nobody else may read, and finds the address in it.
enum RedirectFile {
    private static let prefix = "open-"
    private static let suffix = ".html"
    static let scratchParent = "/tmp"
    static let scratchPrefix = "mcptape-open-"
    /// Seconds after which a browser has long read one.
    private static let lifetime = 60

    /// Writes one into `directory`, which is ours alone, and answers its URL.
    static func write(to url: String, in directory: String) throws -> String {
        removeAll(in: directory, olderThan: lifetime)
        let path = "\(directory)/\(prefix)\(String(UInt64.random(in: .min ... .max), radix: 36))\(suffix)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        guard DemoPipe.write(page(leadingTo: url), to: descriptor) else { throw failure("write", path) }
        return "file://" + PercentEscapes.escaped(path, keeping: "/")
    }

    /// Removes what was written there; of the last `seconds` nothing.
    static func removeAll(in directory: String, olderThan seconds: Int = -1) {
        for name in ScratchStore.names(in: directory) where isName(name) {
            let path = "\(directory)/\(name)"
            var facts = stat()
            guard lstat(path, &facts) == 0, time(nil) - facts.st_mtim.tv_sec > seconds else { continue }
            unlink(path)
        }
    }

    /// Whether a file is called as one of them.
    static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) && name.hasSuffix(suffix) }

    /// A directory for them that is ours alone, where there is no store.
    static func scratch() throws -> String {
        var template = Array("\(scratchParent)/\(scratchPrefix)XXXXXX".utf8CString)
        let path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let path else { throw failure("create", "\(scratchParent)/\(scratchPrefix)XXXXXX") }
        return path
    }

    private static func page(leadingTo url: String) -> String {
        var address = ""
        for character in url {
            switch character {
            case "&": address += "&amp;"
            case "\"": address += "&quot;"
            case "<": address += "&lt;"
            default: address.append(character)
            }
        }
        return """
            <!doctype html>
            <meta charset="utf-8">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="refresh" content="0; url=\(address)">
            <title>mcptape</title>
            <p><a href="\(address)">Open the viewer</a></p>

            """
    }

    private static func failure(_ verb: String, _ path: String) -> Failure {
        let isRefused = errno == EACCES || errno == EPERM || errno == EROFS
        return Failure(
            isRefused ? Failure.refused : Failure.io,
            "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            hint: "--no-browser prints the address only")
    }
}
