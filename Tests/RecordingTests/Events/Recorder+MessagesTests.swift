import MCPSemantics
import Recording
import Testing
import Wire

struct RecorderMessagesTests {
    private let call =
        #"{"jsonrpc":"2.0","id":"long","method":"tools/call","params":{"name":"add","arguments":{"x":""#
        + String(repeating: "é", count: 100) + #""},"_meta":{"progressToken":7}}}"#
    private let answer =
        #"{"jsonrpc":"2.0","id":"long","result":{"isError":true,"content":[""#
        + String(repeating: "x", count: 300) + #""]}}"#

    @Test func `records a long message in parts and understands it all the same`() {
        var run = RecorderRun(partSize: 32)
        run.bytes(call + "\n", .clientToServer)
        run.bytes(answer + "\n", .serverToClient)
        #expect(run.body(0) == Array(call.utf8))
        #expect(run.body(1) == Array(answer.utf8))
        #expect(run.messages[0].body == .parts(body: 1, count: (call.utf8.count + 31) / 32))
        #expect(run.messages[0].size == call.utf8.count)
        #expect(run.messages[0].name == "add")
        #expect(run.messages[0].truncated == nil)
        #expect(run.parts.filter { $0.body == 2 }.map(\.index) == Array(0..<(answer.utf8.count + 31) / 32))
        #expect(run.exchanges.last?.outcome == .toolError)
        #expect(run.exchanges.last?.requestSize == call.utf8.count)
        #expect(run.messages.map(\.exchange) == [1, 1])
    }

    @Test func `gives a message in parts its number when it is complete`() {
        var run = RecorderRun(partSize: 32)
        run.bytes(String(call.prefix(100)), .clientToServer)
        run.bytes("short\n", .serverToClient)
        run.bytes(String(call.dropFirst(100)) + "\n", .clientToServer)
        #expect(run.messages.map(\.sequence) == [1, 2])
        #expect(run.messages[0].lane == .serverToClient)
        #expect(run.messages[1].kind == .request)
    }

    @Test(arguments: [0, 1, 31, 32, 33, 64, 65, 200])
    func `keeps the head of a message over the limit, its length and its SHA-256`(_ length: Int) {
        let line = (0..<length).map { UInt8(0x20 + $0 % 90) }
        for limit in [1, 31, 32, 33, 64, 100, 200] {
            var run = RecorderRun(messageLimit: limit, partSize: 32)
            run.bytes(line + [0x0A], .serverToClient)
            #expect(run.body(0) == Array(line.prefix(limit)))
            #expect(run.messages[0].size == length)
            let expected = length > limit ? SHA256.digest(of: line[...]) : nil
            #expect(run.messages[0].truncated?.sha256 == expected)
            #expect(run.parts.allSatisfy { !$0.bytes.isEmpty })
        }
    }

    @Test func `understands a message of which it keeps only the head`() {
        var run = RecorderRun(messageLimit: 40, partSize: 32)
        run.bytes(call + "\n", .clientToServer)
        #expect(run.messages[0].kind == .request)
        #expect(run.messages[0].name == "add")
        #expect(run.exchanges.count == 1)
    }

    @Test func `keeps no payload when only metadata is asked for`() {
        for partSize in [32, 1 << 20] {
            var run = RecorderRun(.metadata, messageLimit: 10, partSize: partSize)
            run.bytes(call + "\n", .clientToServer)
            run.bytes(answer + "\n", .serverToClient)
            run.bytes("to err\n", .standardError)
            #expect(run.parts == [])
            #expect(run.messages.map(\.body) == [.omitted, .omitted, .omitted])
            #expect(run.messages.map(\.truncated) == [nil, nil, nil])
            #expect(run.messages[1].size == answer.utf8.count)
            #expect(run.exchanges.last?.outcome == .toolError)
        }
    }

    @Test func `records nothing but counts when capture is off`() {
        for partSize in [32, 1 << 20] {
            var run = RecorderRun(.off, partSize: partSize)
            run.bytes(call + "\n", .clientToServer)
            run.bytes(answer + "\nno JSON\n", .serverToClient)
            run.bytes("to err\n" + answer + "\n", .standardError)
            run.observe(.gap(Gap(from: .zero, to: .zero, reason: .noSpace), at: .zero))
            run.observe(.ended(.clientClosed, at: .zero))
            #expect(run.events == [])
            #expect(run.state.messages.clientToServer == 1)
            #expect(run.state.messages.serverToClient == 2)
            #expect(run.state.bytes.clientToServer == call.utf8.count)
            #expect(run.state.standardErrorLines == 2)
            #expect(run.state.gaps == 1)
            #expect(run.state.client == nil)
            #expect(run.state.end?.reason == .clientClosed)
        }
    }

    @Test func `records standard error in parts too`() {
        var run = RecorderRun(partSize: 32)
        run.bytes(answer + "\n", .standardError)
        #expect(run.body(0) == Array(answer.utf8))
        #expect(run.messages[0].kind == .standardError)
        #expect(run.messages[0].exchange == nil)
    }

    @Test func `cuts a message in parts at a gap, on both sides of it`() {
        var run = RecorderRun(partSize: 32)
        run.bytes(String(answer.prefix(100)), .serverToClient)
        var gap = Gap(from: .zero, to: .zero, reason: .journalFull)
        gap.serverToClient = 100
        gap.cutLanes = [.serverToClient]
        run.observe(.gap(gap, at: .zero))
        run.bytes(String(answer.dropFirst(200)) + "\n" + answer + "\n", .serverToClient)
        #expect(run.messages.map(\.isPartial) == [true, true, false])
        #expect(run.body(0) == Array(answer.utf8.prefix(100)))
        #expect(run.body(1) == Array(answer.utf8.dropFirst(200)))
        #expect(run.messages[0].hasLineFeed == false)
        #expect(run.messages[2].kind == .response)
    }
}
