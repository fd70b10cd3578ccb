#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A small file that holds a secret, read again when it changes.
///
/// Links are followed: mounted secrets are links that are exchanged.
public struct SecretFile {
    let path: String
    /// Longer than any credential that fits in a head.
    static let sizeLimit = 32 << 10

    private var content: [UInt8]?
    private var stamp: Stamp?

    /// What changes when the file does.
    private struct Stamp: Equatable {
        var seconds: Int
        var nanoseconds: Int
        var file: UInt64
        var size: Int64
    }

    init(_ path: String) { self.path = path }

    /// The content without the line end at its end.
    mutating func current() throws(HTTPFailure) -> [UInt8] {
        let now = try facts()
        if let content, stamp == now { return content }
        let read = try SecretFile.content(of: path)
        content = read
        stamp = now
        return read
    }

    /// Reads it at the next use, whether it changed or not.
    mutating func forget() { content = nil }

    private func facts() throws(HTTPFailure) -> Stamp {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw SecretFile.failure(path) }
        #if canImport(Glibc)
            let time = facts.st_mtim
        #else
            let time = facts.st_mtimespec
        #endif
        return Stamp(
            seconds: time.tv_sec, nanoseconds: time.tv_nsec, file: UInt64(facts.st_ino),
            size: Int64(facts.st_size))
    }

    /// The content of the file at `path` without the line end at its end.
    static func content(of path: String) throws(HTTPFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: sizeLimit + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= sizeLimit else {
            throw HTTPFailure(.file, "\(path) is larger than \(sizeLimit) bytes: that is no credential")
        }
        var content = bytes[..<filled]
        while let last = content.last, last == 0x0A || last == 0x0D { content.removeLast() }
        guard !content.isEmpty else { throw HTTPFailure(.file, "\(path) is empty") }
        return Array(content)
    }

    /// The content of the file that a flag names as `file:PATH`: a secret itself has no place among flags.
    public static func content(ofOption text: String, _ flag: String) throws(HTTPFailure) -> [UInt8] {
        guard text.hasPrefix("file:"), text.utf8.count > "file:".utf8.count else {
            throw HTTPFailure(.setting, "\(flag) is file:PATH, the file that holds it")
        }
        return try content(of: String(text.dropFirst("file:".count)))
    }

    private static func failure(_ path: String) -> HTTPFailure {
        HTTPFailure(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
}
