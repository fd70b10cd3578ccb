import Replay
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct StdioLiveServerTests {
    /// What comes up to the event that `isLast` knows, each wait bounded.
    private func events(
        of server: StdioLiveServer, through isLast: (LiveEvent) -> Bool
    ) throws -> [LiveEvent] {
        var events: [LiveEvent] = []
        while true {
            while let event = server.next() {
                events.append(event)
                if isLast(event) { return events }
            }
            var polled = server.waits.map {
                pollfd(fd: $0.descriptor, events: Int16($0.isForWriting ? POLLOUT : POLLIN), revents: 0)
            }
            try #require(poll(&polled, nfds_t(polled.count), 20_000) > 0, "nothing more came")
        }
    }

    private func lines(_ events: [LiveEvent]) -> [String] {
        events.compactMap {
            if case .message(let message) = $0 { String(decoding: message.bytes, as: UTF8.self) } else { nil }
        }
    }

    private func isEnd(_ event: LiveEvent) -> Bool { if case .ended = event { true } else { false } }

    @Test func `lines go there and come back, long ones whole, and none is lost while nobody reads`() throws {
        let server = try StdioLiveServer(ServerCommand(["cat"]))
        let long = "[" + String(repeating: "1,", count: 1_500_000) + "1]"
        for line in ["{}", long, "\r"] { server.send(Array(line.utf8)[...]) }
        var count = 0
        let found = try events(of: server) { event in
            if case .message = event { count += 1 }
            return count == 3
        }
        #expect(lines(found) == ["{}", long, ""])
        server.close()
        #expect(server.waits.isEmpty && server.next() == nil)
    }

    @Test func `standard error and the end of the server are told`() throws {
        let server = try StdioLiveServer(
            ServerCommand(["sh", "-c", "echo oops >&2; echo '{\"a\":1}'; printf last; exit 7"]))
        let found = try events(of: server, through: isEnd)
        #expect(lines(found) == ["{\"a\":1}", "last"])
        #expect(found.contains(.standardError(Array("oops\n".utf8)[...])))
        #expect(found.last == .ended(LiveFailure(.exited(7), "the server ended with status 7")))
        // Nobody is there any more.
        server.send([0x7B])
        #expect(server.next() == nil)
    }

    @Test func `a signal that ends the server is its status`() throws {
        let server = try StdioLiveServer(ServerCommand(["sh", "-c", "kill -9 $$"]))
        let found = try events(of: server, through: isEnd)
        #expect(found == [.ended(LiveFailure(.exited(137), "the server was ended by signal 9"))])
    }

    @Test func `a server that does not end by itself is ended`() throws {
        let server = try StdioLiveServer(
            ServerCommand(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 60; done"]))
        let found = try events(of: server) { if case .message = $0 { true } else { false } }
        let process = try #require(lines(found).first.flatMap { pid_t($0) })
        server.close()
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    @Test func `a program that is nowhere is an error`() {
        #expect(throws: ServerStartFailure.self) {
            _ = try StdioLiveServer(ServerCommand(["no-such-program-anywhere"]))
        }
    }
}
