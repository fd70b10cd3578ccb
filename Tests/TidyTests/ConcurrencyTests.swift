import Testing

/// Threads, locks and hand-made `Sendable` live in Journal; every exception is a row here, with its reason.
struct ConcurrencyTests {
    /// Path, or folder, and why.
    private static let exceptions: [(path: String, reason: String)] = [
        (
            "Sources/Journal/",
            "the journal's writer, its recorder thread and the one place that makes threads"
        ),
        (
            "Sources/StdioTransport/",
            "a lane whose descriptor cannot be written without blocking has a writer thread of its own"
        ),
        (
            "Sources/HTTPTransport/",
            "SwiftNIO's event loops are its threads; what is handed to a loop says that it is that loop's alone"
        ),
        ("Sources/Store/", "a SQLite connection is used from one thread at a time; each class says by whom"),
        ("Sources/Platform/", "the table of system calls is shared by all threads and never changes"),
    ]
    private static let plain = [
        "Sendable", "nonisolated", "Mutex", "Atomic", "Lock", "pthread_", "Dispatch", "Task", "Thread",
    ]
    private static var words: some RegexComponent {
        #/
        @unchecked\s+Sendable | nonisolated\(unsafe\) | \b(Mutex|Atomic|NSLock|OSAllocatedUnfairLock)<
        | \bpthread_\w+ | \bDispatch(Queue|Semaphore)\b | \bTask(\.detached)?\s*\{ | \bThread\b
        /#
    }

    @Test func `threads and locks stay where the table allows them`() {
        var found: [String] = []
        for file in SwiftText.sources {
            if Self.exceptions.contains(where: { file.path.hasPrefix($0.path) }) { continue }
            found += file.matches(Self.words, Self.plain, "threads and locks live in Journal")
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `an unchecked promise says why it holds`() {
        var found: [String] = []
        for file in SwiftText.sources {
            for index in file.code.indices {
                guard file.code[index].contains("unchecked") || file.code[index].contains("unsafe"),
                    file.code[index].contains(/@unchecked\s+Sendable|nonisolated\(unsafe\)/)
                else {
                    continue
                }
                let before = file.lines[max(0, index - 6)...index].joined(separator: "\n")
                if !before.contains("//") {
                    found.append("\(file.path):\(index + 1): say in a comment why this is safe")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `no variable is global`() {
        var found: [String] = []
        for file in SwiftText.sources {
            found += file.matches(
                /^(public |package |internal |private |fileprivate )?(nonisolated\(unsafe\) )?var\s/,
                ["var "],
                "a global variable")
            found += file.matches(
                /\bstatic var \w+(\s*:\s*[^{=]+)?\s*=/, ["static var"], "a static variable that can change")
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
}
