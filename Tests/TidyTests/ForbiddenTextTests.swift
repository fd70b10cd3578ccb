import Testing

/// Words that must not stand in the code, each with the rule that it breaks.
struct ForbiddenTextTests {
    private static let sources = SwiftText.sources
    private static let tests = SwiftText.tests
    private static let pure: Set<String> = ["Wire", "MCPSemantics", "Recording", "Replay", "Telemetry"]

    private func expectNone(_ found: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }

    @Test func `only the commands print`() {
        // Standard output belongs to the protocol.
        expectNone(
            Self.sources.filter { $0.module != "mcptape" }.flatMap {
                $0.matches(
                    /\b(print|debugPrint|dump|puts|printf)\(/, ["rint(", "dump(", "puts(", "printf("],
                    "prints outside Sources/mcptape")
            })
    }

    @Test func `nothing traps on purpose where input can reach`() {
        expectNone(
            (Self.sources + Self.tests).flatMap { $0.matches(/\btry!/, ["try!"], "try!") }
                + Self.sources.flatMap { $0.matches(/\bas!/, ["as!"], "as!") })
    }

    @Test func `full Foundation is not imported`() {
        // It costs 40 MB of binary and start-up time.
        expectNone(
            Self.sources.flatMap {
                $0.matches(/\bimport\s+Foundation\b/, ["Foundation"], "imports Foundation")
            })
    }

    @Test func `the core has no clock, lock, chance or async`() {
        let words =
            #/
            \b(async|await|ContinuousClock|SuspendingClock|clock_gettime|Mutex|Atomic|Task)\b
            | \.random\((?!.*using:)
            /#
        let plain = ["async", "await", "Clock", "clock_gettime", "Mutex", "Atomic", "Task", ".random("]
        expectNone(
            Self.sources.filter { Self.pure.contains($0.module) }.flatMap {
                $0.matches(words, plain, "the core takes time and chance as arguments")
            })
    }

    @Test func `the environment is read by the command line alone`() {
        expectNone(
            // StdioServer says which PATH was searched when a server could not be found.
            Self.sources.filter {
                $0.module != "mcptape" && $0.module != "Platform" && !$0.path.hasSuffix("/StdioServer.swift")
            }.flatMap {
                $0.matches(/\b(getenv|ProcessInfo)\b/, ["getenv", "ProcessInfo"], "reads the environment")
            })
    }

    @Test func `tests wait on conditions, never for a while`() {
        // The pause between two looks at a condition is called `rest`.
        expectNone(
            Self.tests.filter { !$0.path.contains("TidyTests") }.flatMap {
                $0.matches(
                    /\bTask\.sleep|^(?!.*func rest\(\)).*[^.\w](sleep|usleep)\(/, ["sleep"],
                    "sleeps; wait on a condition with a deadline")
            })
    }

    @Test func `what is left to do names its issue`() {
        var found: [String] = []
        for folder in ["Sources", "Tests", "Scripts"] {
            for file in RepositoryTree.files(in: folder, endingIn: [".swift", ".c", ".h", ".py", ".sh"]) {
                if file.path.hasSuffix("ForbiddenTextTests.swift") { continue }
                let marks = ["TODO", "FIXME", "XXX", "HACK"]
                if !marks.contains(where: { RepositoryTree.contains($0, in: file.bytes) }) { continue }
                for (index, line) in file.lines.enumerated() {
                    let isMark = line.firstMatch(of: /\b(TODO|FIXME|XXX|HACK)\b/) != nil
                    if isMark, line.firstMatch(of: /#\d+/) == nil {
                        found.append("\(file.path):\(index + 1): without an issue")
                    }
                }
            }
        }
        expectNone(found)
    }

    @Test func `no path of a developer's machine is written down`() {
        // `/home/you` and `/home/alice` are examples; `/tmp/mcptape…` and `/tmp/demo…` are what users see.
        let place = /(^|[^\w.])\/(work|root|opt|home|Users|tmp)\/(?!(you|user|alice|mcptape|demo)\b)[a-z]/
        var found: [String] = []
        let files = RepositoryTree.files(
            in: "",
            endingIn: [".swift", ".c", ".h", ".py", ".sh", ".md", "Makefile", ".json", ".jsonl", ".yaml"])
        let places = ["/work/", "/root/", "/opt/", "/home/", "/Users/", "/tmp/"]
        for file in files where !file.path.hasSuffix("ForbiddenTextTests.swift") {
            if !places.contains(where: { RepositoryTree.contains($0, in: file.bytes) }) { continue }
            for (index, line) in file.lines.enumerated() where line.utf8.count < 10_000 {
                if line.firstMatch(of: place) != nil { found.append("\(file.path):\(index + 1): \(line)") }
            }
        }
        expectNone(found)
    }
}
