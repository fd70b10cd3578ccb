#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What the system's error numbers mean, for a person.
public enum SystemError {
    /// The system's sentence for an errno, or for minus errno as `SystemCalls` answers: "No space left on
    /// device".
    public static func text(_ number: Int) -> String {
        let code = Int32(truncatingIfNeeded: number.magnitude)
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
