import MCPSemantics
import Recording
import Testing
import Wire

struct RecorderTests {
    private let request = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}"#
    private let result = #"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#

    @Test func `records messages in the order in which they become complete`() {
        var run = RecorderRun()
        run.bytes(request, .clientToServer, at: 10)
        run.bytes(result + "\n", .serverToClient, at: 20)
        run.bytes("\n", .clientToServer, at: 30)
        #expect(run.messages.map(\.sequence) == [1, 2])
        #expect(run.messages.map(\.lane) == [.serverToClient, .clientToServer])
        #expect(run.messages.map(\.time.nanoseconds) == [20, 30])
        #expect(run.messages.map(\.kind) == [.response, .request])
        #expect(run.messages[1].method == "tools/call")
        #expect(run.messages[1].name == "add")
        #expect(run.messages[1].id == RequestID("1"))
        #expect(run.messages[1].body == .inline(Array(request.utf8)[...]))
    }

    @Test func `tells each exchange after the message that changed it`() {
        var run = RecorderRun()
        run.bytes(request + "\n", .clientToServer)
        run.bytes(result + "\n", .serverToClient)
        #expect(run.messages.map(\.exchange) == [1, 1])
        guard case .exchange(let first) = run.events[1], case .exchange(let second) = run.events[3] else {
            Issue.record("an exchange after each message")
            return
        }
        #expect(first.outcome == .pending)
        #expect(second.outcome == .ok)
        #expect(second.responseSize == result.utf8.count)
        #expect(run.state.exchanges == 1)
        #expect(run.state.pending == 0)
    }

    @Test func `keeps every byte but the line feed, and says what is no JSON-RPC`() {
        var run = RecorderRun()
        let lines: [[UInt8]] = [Array("\r".utf8), [], [0xFF, 0x00], Array("hello".utf8), Array("[]".utf8)]
        for line in lines { run.bytes(line + [0x0A], .serverToClient) }
        #expect(run.messages.map(\.body) == lines.map { .inline($0[...]) })
        #expect(run.messages.allSatisfy { $0.kind == .foreign && $0.hasLineFeed && !$0.isPartial })
        #expect(run.state.foreignLines.serverToClient == 5)
        #expect(run.state.messages.serverToClient == 5)
        #expect(run.state.bytes.serverToClient == 10)
    }

    @Test func `records standard error in lines that count for no direction`() {
        var run = RecorderRun()
        run.bytes("starting\nrea", .standardError)
        run.bytes("dy\n", .standardError)
        #expect(run.messages.map(\.kind) == [.standardError, .standardError])
        #expect(run.messages[1].body == .inline(Array("ready".utf8)[...]))
        #expect(run.state.standardErrorLines == 2)
        #expect(run.state.messages.total == 0)
        #expect(run.state.foreignLines.total == 0)
    }

    @Test func `records a line that the end of its lane leaves without a line feed`() {
        var run = RecorderRun()
        run.bytes(request, .clientToServer, at: 5)
        run.observe(.laneEnded(.clientToServer, at: Timestamp(nanoseconds: 9)))
        run.observe(.laneEnded(.serverToClient, at: Timestamp(nanoseconds: 9)))
        #expect(run.messages.count == 1)
        #expect(run.messages[0].hasLineFeed == false)
        #expect(run.messages[0].isPartial == false)
        #expect(run.messages[0].time.nanoseconds == 5)
        #expect(run.messages[0].kind == .request)
    }

    @Test func `marks what an interrupted session left unfinished, on lanes that had not ended`() {
        var run = RecorderRun()
        run.bytes("whole\nhalf", .serverToClient)
        run.bytes("last", .clientToServer)
        run.observe(.laneEnded(.clientToServer, at: .zero))
        run.observe(.exited(.signal(9), at: .zero))
        run.observe(.ended(.interrupted, at: Timestamp(nanoseconds: 77)))
        #expect(run.messages.map(\.isPartial) == [false, false, true])
        #expect(run.messages.map(\.hasLineFeed) == [true, false, false])
        #expect(
            run.state.end
                == SessionEnd(
                    reason: .interrupted, exit: .signal(9), time: Timestamp(nanoseconds: 77)))
        let count = run.events.count
        run.bytes("more\n", .clientToServer)
        #expect(run.events.count == count, "nothing is on record after the end")
    }

    @Test func `keeps why the server did not start`() {
        var run = RecorderRun()
        let failure = StartFailure(errno: 2, command: "x", searchedPath: "/bin", workingDirectory: "/")
        run.observe(.startFailed(failure, at: .zero))
        run.observe(.ended(.notStarted, at: .zero))
        #expect(run.state.startFailure == failure)
        #expect(run.state.end?.reason == .notStarted)
        #expect(run.state.end?.exit == nil)
    }

    @Test func `follows the handshake and the eras`() {
        var run = RecorderRun()
        let initialize =
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","#
            + #""capabilities":{"roots":{}},"clientInfo":{"name":"c","version":"1"}}}"#
        let answer =
            #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-03-26","capabilities":{},"#
            + #""serverInfo":{"name":"s","version":"2"},"instructions":"be kind"}}"#
        run.bytes(initialize + "\n", .clientToServer)
        #expect(run.state.client?.peer == PeerInfo(name: "c", version: "1"))
        #expect(run.state.client?.capabilities == #"{"roots":{}}"#)
        #expect(run.state.revision == nil)
        run.bytes(answer + "\n", .serverToClient)
        #expect(run.state.server?.instructions == "be kind")
        #expect(run.state.revision == "2025-03-26")
        #expect(run.state.eras == [.legacy])
    }

    @Test func `cuts a lane at a gap into a piece before and a piece after it`() {
        var run = RecorderRun()
        run.bytes("before", .serverToClient)
        run.bytes("whole", .clientToServer)
        var gap = Gap(from: .zero, to: .zero, reason: .journalFull)
        gap.serverToClient = 100
        gap.cutLanes = [.serverToClient]
        run.observe(.gap(gap, at: .zero))
        run.bytes(" line\n", .clientToServer)
        run.bytes("after\nnext\n", .serverToClient)
        #expect(run.events.count == 5)
        #expect(run.events[1] == .gap(GapRecord(sequence: 2, gap: gap)))
        #expect(run.messages.map(\.sequence) == [1, 3, 4, 5])
        #expect(run.messages.map(\.isPartial) == [true, false, true, false])
        #expect(run.messages[1].body == .inline(Array("whole line".utf8)[...]))
        #expect(run.state.gaps == 1)
        #expect(run.state.gapBytes == 100)
        #expect(run.state.foreignLines.serverToClient == 1, "pieces are no lines of the server's")
    }

    @Test func `goes on with whole lines after a gap that ended at a line feed`() {
        var run = RecorderRun()
        var gap = Gap(from: .zero, to: .zero, reason: .noSpace)
        gap.clientToServer = 10
        run.observe(.gap(gap, at: .zero))
        run.bytes(request + "\n", .clientToServer)
        #expect(run.messages.map(\.isPartial) == [false])
        #expect(run.messages[0].exchange == 1)
    }
}
