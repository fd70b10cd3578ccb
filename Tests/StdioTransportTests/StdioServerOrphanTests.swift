import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Nothing outlives us by more than a second, however we end.
@Suite(.serialized) struct StdioServerOrphanTests {
    /// Cycles of each kind; `MCPTAPE_TEST_CYCLES=500` is the proof that the product asks for.
    static let cycles = getenv("MCPTAPE_TEST_CYCLES").flatMap { Int(String(cString: $0)) } ?? 3

    /// How the host ends us.
    enum Ending: CaseIterable {
        case endOfFile, terminate, kill, killGroup
    }

    /// What we wrap, and how many processes run then: ours, the guard, the server's.
    enum Server: CaseIterable {
        case obedient, stubborn, shell, chain

        var command: [String] {
            switch self {
            case .obedient: ["cat"]
            case .stubborn: ["sh", "-c", "trap '' TERM INT HUP; while :; do sleep 100; done"]
            case .shell: ["sh", "-c", "cat; true"]
            // As npx does: a launcher that starts a shell that starts the server, each waiting for the next.
            case .chain: ["sh", "-c", "sh -c 'sh -c \"cat; true\"; true'; true"]
            }
        }

        var processes: Int {
            switch self {
            case .obedient: 3
            case .stubborn, .shell: 4
            case .chain: 6
            }
        }
    }

    @Test(arguments: Ending.allCases, Server.allCases)
    func `nothing is left`(_ ending: Ending, _ server: Server) throws {
        var slowest: Int64 = 0
        var left = Self.cycles
        while left > 0 {
            // Many at a time, as the stubborn ones take their time.
            let probes = try (0..<min(left, 25)).map { _ in try ProbeProcess(server.command) }
            left -= probes.count
            let bystanders = try probes.map { try Bystander(group: $0.process) }
            for probe in probes { try probe.waitForProcesses(server.processes) }
            for probe in probes { end(probe, ending, server) }
            for probe in probes { _ = try probe.end() }
            for probe in probes {
                let time = try #require(probe.millisecondsUntilNobodyIsLeft(), "nothing is left")
                slowest = max(slowest, time)
            }
            for bystander in bystanders where ending != .killGroup { #expect(bystander.isAlive) }
        }
        // A second, and what a machine needs that is busy with other tests.
        #expect(slowest < 5000)
        if Self.cycles > 100 { print("\(ending) \(server): gone \(slowest) ms after us at most") }
    }

    private func end(_ probe: ProbeProcess, _ ending: Ending, _ server: Server) {
        switch ending {
        case .endOfFile:
            probe.input.close()
            // A server that ignores the end of file gets what hosts send next.
            if server == .stubborn { kill(probe.process, SIGTERM) }
        case .terminate: kill(probe.process, SIGTERM)
        case .kill: kill(probe.process, SIGKILL)
        case .killGroup: kill(-probe.process, SIGKILL)
        }
    }

    @Test func `what a server leaves behind in its group is ended`() throws {
        let probe = try ProbeProcess(["sh", "-c", "sleep 100 >/dev/null 2>&1 & echo gone; exit 4"])
        #expect(probe.output.text() == "gone\n")
        #expect(try probe.end() == 4)
        #expect(probe.millisecondsUntilNobodyIsLeft() != nil)
    }

    @Test func `one that is left behind with the output open is heard to its end`() throws {
        let script = "(trap '' TERM; sleep 0.1; echo late) & exit 5"
        let probe = try ProbeProcess(["sh", "-c", script])
        #expect(probe.output.text() == "late\n")
        #expect(try probe.end() == 5)
    }

    @Test func `one that left the group does not keep us`() throws {
        let probe = try ProbeProcess(["sh", "-c", "setsid sleep 100 & echo \"$!\"; sleep 0.05; exit 6"])
        let daemon = try #require(pid_t(probe.output.text().dropLast()))
        #expect(try probe.end() == 6)
        // As it would without us: who leaves the group wants to stay.
        #expect(kill(daemon, 0) == 0)
        kill(daemon, SIGKILL)
    }
}

/// A process of the host in the same group as ours.
private final class Bystander {
    private let process: pid_t

    init(group: pid_t) throws {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, group)
        let arguments = ["sleep", "100"].map { $0.withCString { strdup($0) } } + [nil]
        defer { for word in arguments { free(word) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, "/bin/sleep", nil, &attributes, arguments, nil) == 0)
        self.process = process
    }

    var isAlive: Bool {
        var status: Int32 = 0
        return waitpid(process, &status, WNOHANG) == 0
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
