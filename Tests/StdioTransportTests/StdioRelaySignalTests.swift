import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What signals do, in a process of its own.
@Suite(.serialized) struct StdioRelaySignalTests {
    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM])
    func `a signal that would end the server ends it, and we end as it did`(_ signal: Int32) throws {
        let probe = try ProbeProcess(["sh", "-c", "ulimit -c 0; echo up; exec sleep 60"])
        #expect(probe.output.text(3) == "up\n")
        kill(probe.process, signal)
        #expect(try probe.end() == 128 + signal)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGWINCH, SIGCONT])
    func `a signal that the server handles is its own business`(_ signal: Int32) throws {
        let script = """
            trap 'echo caught; kill $!; exit 42' \(signal)
            echo up; sleep 60 & wait; wait
            """
        let probe = try ProbeProcess(["sh", "-c", script])
        #expect(probe.output.text(3) == "up\n")
        kill(probe.process, signal)
        #expect(probe.output.text() == "caught\n")
        #expect(try probe.end() == 42)
    }

    @Test func `what the server says while it ends still arrives`() throws {
        let script = """
            trap 'sleep 0.2; echo last words; echo and more >&2; exit 0' TERM
            echo up; while :; do sleep 0.05; done
            """
        let probe = try ProbeProcess(["sh", "-c", script])
        #expect(probe.output.text(3) == "up\n")
        kill(probe.process, SIGTERM)
        #expect(probe.output.text() == "last words\n")
        // Before it may stand what the shell says of its own child, which the signal reached too.
        #expect(probe.error.text().hasSuffix("and more\n"))
        #expect(try probe.end() == 0)
    }

    @Test func `a server that ignores SIGTERM is killed before the host loses patience`() throws {
        let probe = try ProbeProcess(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"])
        #expect(probe.output.text(3) == "up\n")
        let start = milliseconds()
        kill(probe.process, SIGTERM)
        #expect(try probe.end() == 128 + SIGKILL)
        #expect(milliseconds() - start >= 1400)
    }

    @Test func `what was ignored for us is ignored by the server`() throws {
        // As under nohup: the shell ignores SIGHUP, and the probe and its server are started so.
        let probe = ProbeProcess.executable
        let script = "trap '' HUP; exec \(probe) sh -c 'kill -HUP $PPID; kill -HUP $$; echo still here'"
        let relay = try RunningRelay(["sh", "-c", script])
        #expect(relay.output.text() == "still here\n")
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `a stopped job goes on where it was`() throws {
        let probe = try ProbeProcess(["sh", "-c", "echo up; cat"])
        #expect(probe.output.text(3) == "up\n")
        kill(probe.process, SIGTSTP)
        var status: Int32 = 0
        let due = milliseconds() + Int64(patience)
        while waitpid(probe.process, &status, WUNTRACED | WNOHANG) == 0, milliseconds() < due { rest() }
        #expect(status & 0xff == 0x7f)
        kill(probe.process, SIGCONT)
        probe.input.write("after\n")
        #expect(probe.output.text(6) == "after\n")
        probe.input.close()
        #expect(try probe.end() == 0)
    }

    @Test func `descriptors that the host hands over are the server's alone`() throws {
        let pipe = makePipe()
        let script = "echo on seven >&7; exec 7>&-; echo closed; cat"
        let probe = try ProbeProcess(["sh", "-c", script], inherited: pipe.1)
        close(pipe.1)
        let handed = HostEnd(pipe.0)
        #expect(probe.output.text(7) == "closed\n")
        // The end of file comes while both run: neither we nor the guard hold it.
        #expect(handed.text() == "on seven\n")
        probe.input.close()
        #expect(try probe.end() == 0)
    }

    @Test func `the server has the descriptors that it would have without us`() throws {
        let command = ["sh", "-c", "ls /proc/$$/fd; exit 0"]
        let pipe = makePipe()
        let direct = try ProbeProcess(command, inherited: pipe.1, isDirect: true)
        let probe = try ProbeProcess(command, inherited: pipe.1)
        #expect(direct.output.text() == "0\n1\n2\n7\n")
        #expect(probe.output.text() == "0\n1\n2\n7\n")
        #expect(try probe.end() == 0)
    }
}
