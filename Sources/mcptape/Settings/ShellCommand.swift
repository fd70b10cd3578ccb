import Glibc
import HTTPTransport

/// A command of the owner's, for a header's value: `{cmd:gh auth token}`.
enum ShellCommand {
    /// Longer than any credential.
    private static let outputLimit = 32 << 10

    /// What the command prints; it runs in `sh`, with our standard error.
    static func output(of line: String) throws(HTTPFailure) -> String {
        guard let pipe = popen(line, "re") else {
            throw HTTPFailure(.setting, "cannot run '\(line)': \(String(cString: strerror(errno)))")
        }
        var bytes = [UInt8](repeating: 0, count: outputLimit + 1)
        let count = fread(&bytes, 1, bytes.count, pipe)
        let status = pclose(pipe)
        guard status == 0 else { throw HTTPFailure(.setting, "'\(line)' failed") }
        guard count <= outputLimit else {
            throw HTTPFailure(.setting, "'\(line)' printed more than \(outputLimit) bytes")
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
