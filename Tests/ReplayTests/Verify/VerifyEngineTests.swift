import MCPSemantics
import Recording
import Testing

@testable import Replay

private typealias Say = VerifyStage

struct VerifyEngineTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `what was concurrent is concurrent, and nothing is sent too early`() throws {
        let (a, b, c) = (Say.call(1, "a"), Say.call(2, "b"), Say.call(3, "c"))
        var stage = try VerifyStage(
            "c \(a)\nc \(b)\ns \(Say.result(2))\ns \(Say.result(1))\nc \(c)\ns \(Say.result(3))")
        #expect(stage.begins() == [a, b])
        // The live server is free to answer in another order.
        #expect(stage.hears(Say.result(1)) == [])
        #expect(stage.hears(Say.result(2)) == [c])
        #expect(!stage.engine.isFinished)
        #expect(stage.hears(Say.result(3)) == [])
        #expect(stage.engine.isFinished)
        let report = stage.report()
        #expect(report.exitStatus == 0 && report.comparedCount == 3 && report.findings.isEmpty)
    }

    @Test func `a request of the server is answered at once, as recorded, under its live id`() throws {
        let ask = Say.request(1, "sampling/createMessage", #"{"messages":[]}"#)
        let said = Say.result(1, #"{"model":"m"}"#)
        var stage = try VerifyStage("c \(Say.call(1, "a"))\ns \(ask)\nc \(said)\ns \(Say.result(1))")
        _ = stage.begins()
        let live = ask.replacing(#""id":1"#, with: #""id":"x""#)
        #expect(stage.hears(live) == [said.replacing(#""id":1"#, with: #""id":"x""#)])
        // One that is not in the recording is refused; a ping never is.
        #expect(stage.hears(Say.request(7, "ping")) == [Say.result(7)])
        #expect(stage.hears(Say.request(8, "roots/list")).first?.contains("-32601") == true)
        _ = stage.hears(Say.result(1))
        #expect(stage.found() == ["extra "])
    }

    @Test func `an answer that never comes is a difference, and the rest is asked`() throws {
        var stage = try VerifyStage(
            "c \(Say.call(1, "a"))\ns \(Say.result(1))\nc \(Say.call(2, "b"))\ns \(Say.result(2))")
        _ = stage.begins()
        #expect(stage.waits() == [Say.call(2, "b")])
        #expect(stage.time == 30 * Self.second && stage.cancelled == ["1"])
        // Too late.
        #expect(stage.hears(Say.result(1, #"{"a":1}"#)) == [])
        _ = stage.hears(Say.result(2))
        #expect(stage.found() == ["#1 missing "])
    }

    @Test func `a limit of ones own`() throws {
        var stage = try VerifyStage("c \(Say.call(1, "a"))\ns \(Say.result(1))") { $0.timeLimit = 5 }
        _ = stage.begins()
        _ = stage.waits()
        #expect(stage.time == 5 && stage.engine.isFinished)
    }

    @Test func `a notification is waited for a while, and one of its kind only once`() throws {
        let note = #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#
        var stage = try VerifyStage(
            """
            c \(Say.call(1, "a"))\ns \(Say.result(1))\ns \(note)\ns \(note)\nc \(Say.call(2, "b"))
            s \(Say.result(2))
            """)
        _ = stage.begins()
        #expect(stage.hears(Say.result(1)) == [])
        #expect(stage.waits() == [Say.call(2, "b")])
        #expect(stage.time == 2 * Self.second)
        // Late, and still the one that was missed.
        _ = stage.hears(note)
        _ = stage.hears(Say.result(2))
        #expect(stage.found() == ["missing "])
    }

    @Test func `progress belongs to its request, and another one is too much`() throws {
        func progress(_ token: Int, _ value: Int) -> String {
            """
            {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\(token),\
            "progress":\(value)}}
            """
        }
        let call = Say.request(1, "tools/call", #"{"name":"a","_meta":{"progressToken":9}}"#)
        var stage = try VerifyStage(
            "c \(call)\ns \(progress(9, 1))\ns \(progress(9, 2))\ns \(Say.result(1))")
        _ = stage.begins()
        for line in [progress(9, 2), progress(9, 1), progress(9, 3), progress(8, 1), Say.result(1)] {
            _ = stage.hears(line)
        }
        #expect(stage.found() == ["#1 extra "])
    }

    @Test func `a cancelled request is cancelled, and no answer is waited for`() throws {
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        var stage = try VerifyStage(
            "c \(Say.call(1, "a"))\nc \(cancel)\nc \(Say.call(2, "b"))\ns \(Say.result(2))")
        #expect(stage.begins() == [Say.call(1, "a"), cancel, Say.call(2, "b")])
        _ = stage.hears(Say.result(2))
        #expect(stage.engine.isFinished && stage.cancelled == ["1"])
        #expect(stage.found() == [])
    }

    @Test func `a refused handshake is one difference, in either era`() throws {
        let initialize = Say.request(0, "initialize", #"{"protocolVersion":"2025-06-18"}"#)
        var stage = try VerifyStage(
            """
            c \(initialize)\ns \(Say.result(0, #"{"protocolVersion":"2025-06-18"}"#))
            c \(Say.call(1, "a"))\ns \(Say.result(1))
            """)
        _ = stage.begins()
        #expect(stage.hears(Say.error(0, -32602)) == [])
        #expect(stage.engine.isFinished && stage.found() == ["#1 error /result"])
        #expect(stage.report().skipped.map(\.reason) == [.handshake])

        let meta = #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#
        let list = Say.request(1, "tools/list", meta)
        var modern = try VerifyStage(
            "c \(list)\ns \(Say.result(1))\nc \(Say.request(2, "prompts/list", meta))\ns \(Say.result(2))")
        _ = modern.begins()
        #expect(modern.hears(Say.error(1, -32602)) == [])
        #expect(modern.found() == ["#1 error /result"] && modern.report().skipped.count == 1)
    }

    @Test func `a server that is gone, and one that never was`() throws {
        let transcript = """
            c \(Say.call(1, "a"))\ns \(Say.result(1))\nc \(Say.call(2, "b"))\ns \(Say.result(2))
            """
        var stage = try VerifyStage(transcript)
        _ = stage.begins()
        _ = stage.hears(.ended(LiveFailure(.exited(1), "gone")))
        #expect(stage.report().exitStatus == 69 && stage.report().lines == ["cannot reach server: gone"])
        stage = try VerifyStage(transcript)
        _ = stage.begins()
        _ = stage.hears(Say.request(7, "ping"))
        _ = stage.hears(.ended(LiveFailure(.exited(1), "gone")))
        #expect(stage.engine.isFinished && stage.found() == ["#1 missing "])
        #expect(stage.report().skipped.map(\.reason) == [.serverGone("gone")])
    }

    @Test func `an HTTP status without an answer, and one with a refusal that names no request`() throws {
        var stage = try VerifyStage("c \(Say.call(1, "a"))\ns \(Say.result(1))")
        _ = stage.begins()
        _ = stage.hears(.unanswered([RequestID("1")], LiveFailure(.status(500), "status 500")))
        #expect(stage.found() == ["#1 missing "])
        stage = try VerifyStage("c \(Say.call(1, "a"))\ns \(Say.error(1, -32602))")
        _ = stage.begins()
        let body = Array(Say.error(1, -32602).replacing("\"id\":1", with: "\"id\":\"server-error\"").utf8)
        _ = stage.hears(.unanswered([RequestID("1")], LiveFailure(.status(400), "400", body: body[...])))
        #expect(stage.found() == [])
    }

    @Test func `a task is asked for again until it is as far as it was`() throws {
        let get = Say.request(2, "tasks/get", #"{"taskId":"t1"}"#)
        let done = Say.result(2, #"{"taskId":"t1","status":"completed","createdAt":"x"}"#)
        var stage = try VerifyStage(
            """
            c \(Say.call(1, "a"))\ns \(Say.result(1, #"{"task":{"taskId":"t1","status":"working"}}"#))
            c \(get)\ns \(done)
            """)
        _ = stage.begins()
        let live = get.replacing("t1", with: "t2")
        #expect(stage.hears(Say.result(1, #"{"task":{"taskId":"t2","status":"working"}}"#)) == [live])
        let working = #"{"taskId":"t2","status":"working","pollInterval":100}"#
        #expect(stage.hears(Say.result(2, working)) == [])
        #expect(stage.waits() == [live] && stage.time == 100_000_000)
        _ = stage.hears(Say.result(2, #"{"taskId":"t2","status":"completed","createdAt":"y"}"#))
        #expect(stage.engine.isFinished && stage.found() == [])
    }

    @Test func `a batch goes as one, without what must not be sent`() throws {
        let batch = "[\(Say.request(1, "prompts/list")),\(Say.call(2, "write"))]"
        var stage = try VerifyStage("c \(batch)\ns [\(Say.result(1)),\(Say.result(2))]") {
            $0.allowsWrites = false
        }
        #expect(stage.begins() == ["[\(Say.request(1, "prompts/list"))]"])
        _ = stage.hears("[\(Say.result(1, #"{"prompts":[]}"#))]")
        #expect(stage.found() == ["#1 extra /result/prompts"])
        #expect(stage.report().skipped.map(\.reason) == [.noList("write")])
    }

    @Test func `bad recordings: a gap, an unanswered request, a run that was ended`() throws {
        var stage = try VerifyStage(
            "c \(Say.call(1, "a"))\ngap\nc \(Say.call(2, "b"))\ns \(Say.result(2))\nc x\nc \(Say.call(3, "c"))"
        )
        #expect(stage.begins() == [Say.call(2, "b")])
        let report = stage.report()
        #expect(report.gaps == 1 && report.skipped.map(\.reason) == [.unanswered, .stopped])
        #expect(report.exitStatus == 1 && report.comparedNothing)
        #expect(throws: SourceFailure.self) {
            _ = try VerifyStage(RecordedSession("c \(Say.call(1, "a"))", capture: .metadata))
        }
    }

    /// A replay of a recording is a server that changed nothing.
    @Test(arguments: 1...100) func `finds nothing in a replay of the same recording`(seed: UInt64) throws {
        let conversation = GeneratedConversation(seed: seed)
        guard conversation.hasKnownParents else { return }
        let recorded = conversation.transcript(.counted)
        var mock = try Mock(recorded)
        var stage = try VerifyStage(recorded)
        var sent = stage.begins()
        var said = mock.greeting
        while !stage.engine.isFinished {
            if !said.isEmpty {
                sent += stage.hears(said.removeFirst())
            } else if !sent.isEmpty {
                said += mock.hears(sent.removeFirst())
            } else {
                let more = stage.waits()
                sent += try #require(more, "seed \(seed): stuck")
            }
        }
        #expect(stage.found() == [], "seed \(seed)")
        #expect(stage.report().skipped.allSatisfy { $0.reason == .unanswered }, "seed \(seed)")
    }
}
