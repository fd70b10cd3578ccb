import Glibc

/// A small file that others wait for.
enum AtomicText {
    /// Writes it whole or not at all: whoever waits for it never reads half of it.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        guard let file = fopen(temporary, "we") else {
            throw Failure(Failure.io, "cannot write \(temporary): \(String(cString: strerror(errno)))")
        }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten, rename(temporary, path) == 0 else {
            throw Failure(Failure.io, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
