import Glibc

/// Standard output: buffered, coloured when a person looks at it.
///
/// A reader that goes away (`mcptape show … | head`) ends the program quietly with status 0.
final class Terminal {
    /// ANSI colours are in order.
    let isColoured: Bool
    /// Columns of the terminal, or nil when standard output is none.
    let columns: Int?
    private var buffer: [UInt8] = []

    /// 64 KiB: one write for a screenful, and a bound for everything else.
    private static let bufferSize = 64 << 10

    init(noColour: Bool) {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let forbidden = ["NO_COLOR"].contains { name in
            guard let value = getenv(name) else { return false }
            return value.pointee != 0
        }
        let dumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        isColoured = isTerminal && !noColour && !forbidden && !dumb
        var size = winsize()
        if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            columns = Int(size.ws_col)
        } else {
            columns = nil
        }
    }

    /// Writes `text` and a line feed.
    func line(_ text: String = "") {
        write(text.utf8)
        write(CollectionOfOne(0x0A))
    }

    /// Writes bytes as they are.
    func write(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Terminal.bufferSize { flush() }
    }

    /// Hands everything on to the system.
    func flush() {
        var start = 0
        while start < buffer.count {
            let count = buffer.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { exit(0) }
                complain("cannot write to standard output: \(String(cString: strerror(errno)))")
                exit(Failure.io)
            }
            start += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// `text` in the given style, when colours are in order.
    func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case cyan = "36"
    }
}

/// `text` and a line feed, in one write.
func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8) + [0x0A]
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress!, $0.count) }
}
