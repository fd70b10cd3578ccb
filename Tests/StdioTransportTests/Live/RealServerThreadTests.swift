import Journal
import MCPSemantics
import Platform
import Recording
import Replay
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct RealServerThreadTests {
    /// What the thread told, and how it is waited for.
    private final class Told: Sendable {
        private let lines = Guarded<[String]>([])
        private let ends: (reading: Int32, writing: Int32)

        init() {
            var both: [Int32] = [-1, -1]
            pipe(&both)
            ends = (both[0], both[1])
        }

        func add(_ line: String) {
            lines.with { $0.append(line) }
            var byte: UInt8 = 0
            write(ends.writing, &byte, 1)
        }

        /// Waits until so many lines are there, in bounded steps.
        func wait(for count: Int) throws -> [String] {
            while lines.with({ $0.count }) < count {
                var polled = pollfd(fd: ends.reading, events: Int16(POLLIN), revents: 0)
                try #require(poll(&polled, 1, 20_000) > 0, "nothing more came")
                var byte: UInt8 = 0
                read(ends.reading, &byte, 1)
            }
            return lines.with { $0 }
        }
    }

    private static func conversation(_ id: Int) -> WholeSession {
        var recording = MemoryRecording(
            SessionDescription(id: SessionID("s"), name: "x", transport: .stdio), redactor: nil)
        for (lane, text) in [
            (Lane.clientToServer, #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#),
            (.serverToClient, #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#),
        ] {
            recording.observe(Array(text.utf8)[...], on: lane, at: .zero)
        }
        return recording.session
    }

    private static func name(_ conversation: WholeSession) -> String {
        conversation.exchanges.map(\.id.text).joined()
    }

    private func thread(
        _ command: [String], _ told: Told, keep: ReplayUpstream.Keep? = nil
    ) throws -> RealServerThread {
        let null = open("/dev/null", O_WRONLY)
        let thread = try RealServerThread(
            start: { () throws(LiveFailure) in
                do throws(ServerStartFailure) {
                    return try StdioLiveServer(ServerCommand(command))
                } catch {
                    throw LiveFailure(.unreachable, "cannot start")
                }
            }, keep: keep, host: HostDescriptors(input: null, output: null, error: null),
            system: SystemCalls())
        try thread.begin(
            for: .init(
                deliver: { event, client in
                    switch event {
                    case .message(let message):
                        told.add("\(client) \(String(decoding: message.bytes, as: UTF8.self))")
                    case .ended(let failure): told.add("\(client) ended: \(failure.text)")
                    case .unanswered, .standardError: told.add("\(client) something else")
                    }
                }, conversation: { Self.conversation($0) }, noteAdded: { told.add("added \($0)") }))
        return thread
    }

    @Test func `each client has a server of its own`() throws {
        let told = Told()
        let thread = try thread(["sh", "-c", "echo noise >&2; exec cat"], told)
        for client in 1...3 { thread.order(.start(client: client)) }
        for client in 1...3 { thread.order(.send(client: client, Array("\(client)".utf8)[...])) }
        #expect(try told.wait(for: 3).sorted() == ["1 1", "2 2", "3 3"])
        thread.order(.close(client: 2, Self.conversation(5)))
        thread.order(.send(client: 2, [0x78]))
        thread.order(.send(client: 1, [0x79]))
        #expect(try told.wait(for: 4).last == "1 y")
        #expect(thread.finish() == 0)
        #expect(thread.ended.map(Self.name) == ["5"])
        thread.close()
    }

    @Test func `a server that ends or does not start is told to its client`() throws {
        let told = Told()
        var thread = try thread(["sh", "-c", "exit 3"], told)
        thread.order(.start(client: 1))
        #expect(try told.wait(for: 1) == ["1 ended: the server ended with status 3"])
        #expect(thread.finish() == 0)
        thread.close()
        thread = try self.thread(["/nowhere/server"], told)
        thread.order(.start(client: 2))
        #expect(try told.wait(for: 2).last == "2 ended: cannot start")
        #expect(thread.finish() == 0)
        thread.close()
    }

    @Test func `what changed is kept soon, and what others hold up is kept at the end`() throws {
        let told = Told()
        let isBusy = Guarded(false)
        let kept = Guarded<[String]>([])
        let thread = try thread(["cat"], told) { conversation, isLast in
            if !isLast, isBusy.with({ $0 }) { return .busy }
            kept.with { $0.append(Self.name(conversation)) }
            return .kept(1)
        }
        thread.order(.changed(client: 4))
        #expect(try told.wait(for: 1) == ["added 1"])
        #expect(kept.with { $0 } == ["4"])
        // It has said nothing since.
        thread.order(.close(client: 4, Self.conversation(4)))
        isBusy.with { $0 = true }
        thread.order(.changed(client: 6))
        thread.order(.close(client: 6, Self.conversation(7)))
        #expect(thread.finish() == 1)
        #expect(kept.with { $0 } == ["4", "7"])
        #expect(thread.ended.isEmpty)
        thread.close()
    }
}
