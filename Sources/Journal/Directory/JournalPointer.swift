internal import Platform

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The file `<store>/journals/<session id>`: one line, the absolute path of that session's journal.
///
/// Every later process finds the journal by it, whatever its environment is.
struct JournalPointer {
    /// Ends the name of a pointer that is being written.
    static let unfinishedSuffix = ".new"

    /// The pointer file.
    var path: String

    /// The pointer of `session` in `directory`.
    init(directory: String, session: String) { path = directory + "/" + session }

    /// Writes the pointer, whole or not at all: readers never see half a path.
    func write(_ journal: String, system: SystemCalls) throws(JournalFailure) {
        let fresh = path + Self.unfinishedSuffix
        _ = system.unlink(fresh)
        let opened = system.open(fresh, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard opened >= 0 else { throw JournalFailure("make the pointer", fresh, answer: opened) }
        let descriptor = Int32(opened)
        var rest = Array((journal + "\n").utf8)[...]
        var answer = 0
        while !rest.isEmpty, answer >= 0 {
            answer = rest.withUnsafeBytes { bytes in
                bytes.baseAddress.map { system.write(descriptor, $0, bytes.count) } ?? 0
            }
            if answer == -Int(EINTR) { answer = 0 }
            if answer > 0 { rest = rest.dropFirst(answer) }
        }
        let closed = system.close(descriptor)
        if answer >= 0 { answer = closed }
        if answer >= 0 { answer = system.rename(fresh, path) }
        guard answer >= 0 else {
            _ = system.unlink(fresh)
            throw JournalFailure("write the pointer", path, answer: answer)
        }
    }

    /// The path that the pointer names.
    func read(system: SystemCalls) throws(JournalFailure) -> String {
        let bytes = try StoredFile.bytes(of: path, limit: HeadLayout.pathLimit + 1, system: system)
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard line.first == UInt8(ascii: "/"), line.count < bytes.count,
            let text = String(validating: line, as: UTF8.self)
        else { throw JournalFailure(.refused, "\(path) names no journal; remove it") }
        return text
    }

    func remove(system: SystemCalls) { _ = system.unlink(path) }
}
