import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct StdioServerTests {
    private func start(_ command: [String]) throws(ServerStartFailure) -> StdioServer {
        try StdioServer(
            ServerCommand(command), host: HostDescriptors(input: 0, output: 1, error: 2),
            options: .init(staysInForeground: false, receivesSignals: false, handsOverDescriptors: false))
    }

    private func startFailure(_ command: [String]) -> ServerStartFailure? {
        do throws(ServerStartFailure) {
            _ = try start(command)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a program that is nowhere is told with the path that was searched`() throws {
        let failure = try #require(startFailure(["no-such-program-anywhere", "argument"]))
        #expect(failure.failure.errno == ENOENT)
        #expect(failure.failure.command == "no-such-program-anywhere")
        #expect(failure.failure.searchedPath?.contains("/bin") == true)
        #expect(failure.failure.workingDirectory.hasPrefix("/"))
        #expect(failure.status == 127)
    }

    @Test func `a path is not searched for`() throws {
        let failure = try #require(startFailure(["./no/such/program"]))
        #expect(failure.failure.searchedPath == nil)
        #expect(failure.status == 127)
    }

    @Test(arguments: ["/etc/passwd", "/etc", "/"])
    func `what is there and cannot be executed is another failure`(_ path: String) throws {
        let failure = try #require(startFailure([path]))
        #expect(failure.failure.errno == EACCES)
        #expect(failure.status == 126)
    }

    @Test(arguments: [[""], []])
    func `no program at all is not found`(_ command: [String]) throws {
        #expect(try #require(startFailure(command)).status == 127)
    }

    @Test func `a name that is too long is told as such`() throws {
        #expect(
            try #require(startFailure([String(repeating: "x", count: 300)])).failure.errno == ENAMETOOLONG)
    }

    @Test func `a script without an interpreter line is run by the shell`() throws {
        let path = "/tmp/mcptape-test-script-\(getpid())"
        let file = try #require(fopen(path, "w"))
        fputs("echo \"$0 $1\"; cat\n", file)
        fclose(file)
        chmod(path, 0o700)
        defer { unlink(path) }
        let relay = try RunningRelay([path, "an argument"])
        relay.input.close()
        #expect(relay.output.text() == "\(path) an argument\n")
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `a failed start leaves no process and no descriptor`() throws {
        // Everything is put away when the failure is thrown, so the numbers go round.
        var numbers: Set<Int32> = []
        for _ in 0..<50 {
            _ = startFailure(["no-such-program-anywhere"])
            let pipe = makePipe()
            numbers.insert(pipe.0)
            close(pipe.0)
            close(pipe.1)
        }
        // Other tests open files meanwhile; fifty lost starts would take 150 numbers and more.
        #expect(try #require(numbers.max()) - #require(numbers.min()) < 120)
    }

    @Test func `the server leads no group of ours and its group is the guard's`() throws {
        let server = try start(["sleep", "60"])
        let group = try #require(server.processGroup)
        #expect(getpgid(server.processID) == group)
        #expect(group != getpgrp())
        #expect(group != server.processID)
        server.signal(SIGKILL)
        let due = milliseconds() + Int64(patience)
        while server.reap() == nil, milliseconds() < due { rest() }
        #expect(server.reap() == .signal(SIGKILL))
        server.finish()
    }

    @Test func `words that are not UTF-8 reach the server as they are`() throws {
        let word: [UInt8] = [0x2d, 0xff, 0xfe, 0x80]
        let command = ServerCommand(words: [Array("printf".utf8), Array("%s".utf8), word])
        #expect(command.program == "printf")
        let seen = command.withArguments { list in
            (0..<3).map { index in list[index].map { String(validatingCString: $0) } }
        }
        #expect(seen[0] == "printf")
        #expect(seen[2] == .some(nil))
    }
}
