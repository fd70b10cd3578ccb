import MCPSemantics
import Testing

@testable import Replay

struct FaultedAnswerTests {
    private static let answer = #"{"jsonrpc":"2.0","id":1,"result":{"n":1}}"#

    /// What the rule makes of an answer to a request with `id`.
    private static func faulted(
        _ rule: String, _ answer: String = answer, id: String = "1"
    ) throws -> FaultedAnswer {
        var plan = FaultPlan([try FaultRule(rule)], server: "")
        plan.received(Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#.utf8)[...])
        let faults = plan.faults(answering: [RequestID(id)])
        return FaultedAnswer(faults, on: Array(answer.utf8)[...])
    }

    private static func texts(_ rule: String, _ answer: String = answer, id: String = "1") throws -> [String]
    {
        try faulted(rule, answer, id: id).messages.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a delay leaves the answer as it is`() throws {
        let faulted = try Self.faulted("delay:500ms trickle")
        #expect(faulted.delay == 500_000_000)
        #expect(faulted.pause == 1_000_000)
        #expect(!faulted.isReplaced)
        #expect(faulted.messages == [Array(Self.answer.utf8)[...]])
        #expect(faulted.mark == "delay:500ms trickle")
    }

    @Test func `an error stands for the answer under its id`() throws {
        #expect(
            try Self.texts("error:-32000:'no \"luck\"'", id: #""a\u0062""#) == [
                Self.answer
            ])
        #expect(
            try Self.texts(
                "error:-32000:'no \"luck\"'", #"{"jsonrpc":"2.0","result":{},"id":"a\u0062"}"#,
                id: #""a\u0062""#)
                == [#"{"jsonrpc":"2.0","id":"a\u0062","error":{"code":-32000,"message":"no \"luck\""}}"#])
    }

    @Test func `a tool's failure is of the answer's era`() throws {
        #expect(
            try Self.texts("tool_error:busy") == [
                #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"busy"}],"isError":true}}"#
            ])
        #expect(
            try Self.texts(
                "tool_error:busy", #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}}"#) == [
                    #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","#
                        + #""text":"busy"}],"isError":true}}"#
                ])
    }

    @Test func `a wrong id is of the same type`() throws {
        #expect(try Self.texts("wrong_id") == [#"{"jsonrpc":"2.0","id":1000001,"result":{"n":1}}"#])
        #expect(
            try Self.texts("wrong_id", #"{"jsonrpc":"2.0","id":"x","result":{}}"#, id: #""x""#) == [
                #"{"jsonrpc":"2.0","id":"x-wrong","result":{}}"#
            ])
    }

    @Test func `junk comes first, a duplicate last, and what is malformed is no JSON`() throws {
        #expect(try Self.texts("duplicate junk:'hi there'") == ["hi there", Self.answer, Self.answer])
        let half = String(Self.answer.prefix(Self.answer.count / 2))
        #expect(try Self.texts("malformed duplicate") == [half, half])
    }

    @Test func `nothing is sent for a dropped answer, but junk is`() throws {
        #expect(try Self.texts("drop error:-1") == [])
        #expect(try Self.texts("drop junk:x") == ["x"])
        #expect(try Self.faulted("drop").isReplaced)
    }

    @Test func `a cut connection carries half`() throws {
        let faulted = try Self.faulted("disconnect")
        #expect(faulted.ending == .disconnect)
        #expect(faulted.isReplaced)
        var queue = FaultQueue()
        queue.put(faulted, as: [Array(Self.answer.utf8)[...]], at: 0)
        let half = Array(Self.answer.utf8.prefix(Self.answer.utf8.count / 2))[...]
        #expect(queue.step(at: 0) == .begin(half, mark: "disconnect", isReplacement: true))
        #expect(queue.step(at: 0) == .bytes(half))
        #expect(queue.step(at: 0) == .end(.disconnect))
        #expect(try Self.faulted("kill").messages == [])
        #expect(try Self.faulted("kill disconnect").ending == .kill)
    }

    @Test func `a status is the whole response`() throws {
        let faulted = try Self.faulted("http:429 retry_after:2s delay:1s")
        #expect(faulted.status == FaultedAnswer.Status(code: 429, retryAfter: 2))
        #expect(faulted.delay == 1_000_000_000)
        #expect(faulted.mark == "http:429 retry_after:2s delay:1000ms")
    }

    @Test func `of a batch the member is replaced that the fault is of`() throws {
        let batch = #"[{"jsonrpc":"2.0","id":1,"result":{}}, {"jsonrpc":"2.0","id":2,"result":{}}]"#
        #expect(
            try Self.texts("wrong_id", batch, id: "2") == [
                #"[{"jsonrpc":"2.0","id":1,"result":{}}, {"jsonrpc":"2.0","id":1000002,"result":{}}]"#
            ])
        #expect(
            try Self.texts("error:-1:x wrong_id", batch, id: "1") == [
                #"[{"jsonrpc":"2.0","id":1000001,"error":{"code":-1,"message":"x"}}, "#
                    + #"{"jsonrpc":"2.0","id":2,"result":{}}]"#
            ])
    }
}
