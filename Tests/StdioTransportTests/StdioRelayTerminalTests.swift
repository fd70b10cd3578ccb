import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A person at a terminal in front of us.
@Suite(.serialized) struct StdioRelayTerminalTests {
    private func makeTerminal() throws -> (person: HostEnd, path: String) {
        // Source: ioctl_tty(2). The C library's functions for it are not in the module that Swift sees.
        let unlock: UInt = 0x4004_5431
        let getNumber: UInt = 0x8004_5430
        let person = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: Int32 = 0
        try #require(
            person >= 0 && ioctl(person, unlock, &number) == 0 && ioctl(person, getNumber, &number) == 0)
        let path = "/dev/pts/\(number)"
        return (HostEnd(person), path)
    }

    /// Reads until `text` was seen; what the terminal echoes comes with it.
    private func wait(for text: String, from person: HostEnd) -> Bool {
        var seen: [UInt8] = []
        while !String(decoding: seen, as: UTF8.self).contains(text) {
            let byte = person.read(1)
            if byte.isEmpty { return false }
            seen += byte
        }
        return true
    }

    @Test func `the server reads what is typed, in the foreground group`() throws {
        let terminal = try makeTerminal()
        let script = "echo group $(ps -o pgid= -p $$); while read line; do echo \"heard $line\"; done"
        let probe = try ProbeProcess(["sh", "-c", script], terminal: terminal.path)
        #expect(wait(for: "group", from: terminal.person))
        terminal.person.write("hello\n")
        #expect(wait(for: "heard hello", from: terminal.person))
        // The end of file as it is typed: control-D.
        terminal.person.write([4])
        #expect(try probe.end() == 0)
        #expect(probe.millisecondsUntilNobodyIsLeft() != nil)
    }

    @Test func `the interrupt key reaches the server once`() throws {
        let terminal = try makeTerminal()
        let script = "trap 'echo interrupted >&2' INT; echo up; while :; do sleep 0.05; done"
        let probe = try ProbeProcess(["sh", "-c", script], terminal: terminal.path)
        #expect(wait(for: "up", from: terminal.person))
        terminal.person.write([3])
        // It ignores the key, so it is killed a second and a half later.
        #expect(try probe.end() == 128 + SIGKILL)
        #expect(probe.error.text() == "interrupted\n")
    }

    @Test func `nothing is left when we are killed`() throws {
        let terminal = try makeTerminal()
        let probe = try ProbeProcess(
            ["sh", "-c", "trap '' TERM HUP; echo up; while :; do sleep 1; done"], terminal: terminal.path)
        #expect(wait(for: "up", from: terminal.person))
        kill(probe.process, SIGKILL)
        _ = try probe.end()
        #expect(probe.millisecondsUntilNobodyIsLeft() != nil)
    }
}
