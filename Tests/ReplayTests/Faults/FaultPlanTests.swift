import MCPSemantics
import Testing

@testable import Replay

struct FaultPlanTests {
    private static func plan(_ rules: String..., seed: UInt64 = 0, server: String = "s") throws -> FaultPlan {
        FaultPlan(try rules.map { try FaultRule($0) }, seed: seed, server: server)
    }

    private static func call(_ tool: String, id: String = "1") -> ArraySlice<UInt8> {
        let text = #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)"}}"#
        return Array(text.utf8)[...]
    }

    /// What goes wrong with a call of `tool` that is answered at once.
    private static func ask(_ plan: inout FaultPlan, _ tool: String, id: String = "1") -> [FaultAction] {
        plan.received(call(tool, id: id))
        return plan.faults(answering: [RequestID(id)]).map(\.action)
    }

    @Test func `every condition must hold`() throws {
        var plan = try Self.plan("method:tools/* tool:get_*,search id:1 server:git* drop", server: "github")
        #expect(Self.ask(&plan, "get_issue") == [.drop])
        #expect(Self.ask(&plan, "search") == [.drop])
        #expect(Self.ask(&plan, "search", id: #""1""#) == [.drop])
        #expect(Self.ask(&plan, "search", id: "2") == [])
        #expect(Self.ask(&plan, "put") == [])
        var other = try Self.plan("server:git* drop", server: "time")
        #expect(Self.ask(&other, "search") == [])
        #expect(other.counts.isEmpty)
    }

    @Test func `a tool is no other method's name`() throws {
        var plan = try Self.plan("tool:a drop")
        plan.received(
            Array(#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"a"}}"#.utf8)[...])
        plan.received(Array(#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}"#.utf8)[...])
        #expect(plan.faults(answering: [RequestID("1")]) == [])
    }

    @Test func `turns count the requests that meet the conditions`() throws {
        var plan = try Self.plan("tool:a nth:2..3 drop", "tool:a every:3 duplicate")
        var got: [[FaultAction]] = []
        for tool in ["a", "b", "a", "a", "b", "a", "a", "a"] { got.append(Self.ask(&plan, tool)) }
        #expect(got == [[], [], [.drop], [.drop, .duplicate], [], [], [], [.duplicate]])
        #expect(plan.counts.map(\.count) == [2, 2])
    }

    @Test func `chance is the seed's, and each rule has its own`() throws {
        func course(_ rules: String..., seed: UInt64) throws -> [[FaultAction]] {
            var plan = FaultPlan(try rules.map { try FaultRule($0) }, seed: seed, server: "")
            return (0..<200).map { _ in Self.ask(&plan, "a") }
        }
        let rule = "p:0.3 delay:1ms..2s"
        let first = try course(rule, seed: 1)
        #expect(try course(rule, seed: 1) == first)
        #expect(try course(rule, seed: 2) != first)
        let count = first.count { !$0.isEmpty }
        #expect((30...90).contains(count))
        // A rule behind it changes nothing of it.
        #expect(try course(rule, "p:0.5 tool:b drop", seed: 1) == first)
    }

    @Test func `the course of a seed stays the same in every version`() throws {
        var plan = try Self.plan("delay:lognormal(200ms,0.5)", "delay:0ms..1s", seed: 7)
        let delays = Self.ask(&plan, "a")
        #expect(delays == [.delay(.fixed(121_248_276)), .delay(.fixed(413_375_304))])
    }

    @Test func `log-normal delays have their median and their spread`() throws {
        var plan = try Self.plan("delay:lognormal(200ms,0.5)")
        var delays: [Int64] = []
        for _ in 0..<2000 {
            guard case .delay(.fixed(let delay)) = Self.ask(&plan, "a").first else { continue }
            delays.append(delay)
        }
        delays.sort()
        #expect((185_000_000...215_000_000).contains(delays[1000]))
        // exp(0.5) = 1.65: about 16 % lie beyond.
        #expect((300_000_000...360_000_000).contains(delays[1680]))
    }

    @Test func `the exponential is exact to nine digits`() {
        for (x, value) in [
            (0.0, 1.0), (1.0, 2.718281828459045), (-3.0, 0.049787068367863944), (5.0, 148.4131591025766),
        ] {
            #expect(abs(FaultRandom.exponential(x) / value - 1) < 1e-9)
        }
    }

    @Test func `streams keep equal ids apart, and batches have several`() throws {
        var plan = try Self.plan("tool:a drop", "tool:b http:503")
        plan.received(Self.call("a"), on: 1)
        plan.received(
            [UInt8(ascii: "[")] + Self.call("b", id: "1") + [UInt8(ascii: ",")] + Self.call("a", id: "2") + [
                UInt8(ascii: "]")
            ], on: 2)
        #expect(plan.hasOpenStatus(on: 2))
        #expect(!plan.hasOpenStatus(on: 1))
        #expect(plan.faults(on: 1).map(\.action) == [.drop])
        #expect(plan.faults(on: 1) == [])
        #expect(plan.faults(on: 2).map(\.action) == [.http(status: 503, retryAfter: nil), .drop])
        plan.received(Self.call("a"), on: 3)
        plan.forget(3)
        #expect(plan.faults(on: 3) == [])
        #expect(plan.counts.map(\.count) == [2, 1])
    }

    @Test func `an answer is known by its bytes`() throws {
        var plan = try Self.plan("drop")
        plan.received(Self.call("a", id: #""x""#))
        let answer = { (text: String) in Array(text.utf8)[...] }
        #expect(plan.faults(with: answer(#"{"jsonrpc":"2.0","method":"n","id":"x"}"#)) == [])
        #expect(plan.faults(with: answer(#"{"jsonrpc":"2.0","id":"y","result":{}}"#)) == [])
        #expect(plan.faults(with: answer("x")) == [])
        #expect(plan.faults(with: answer(#"[{"jsonrpc":"2.0","id":"x","result":{}}]"#)).count == 1)
        #expect(plan.faults(with: answer(#"{"jsonrpc":"2.0","id":"x","result":{}}"#)) == [])
    }
}

/// Requests that are answered elsewhere, and answers that nobody waits for any more.
struct FaultPlanStreamTests {
    private static let ask = Array(#"{"jsonrpc":"2.0","id":1,"method":"m"}"#.utf8)[...]

    @Test func `an answer on another stream goes wrong there, a status on the request's own`() throws {
        var plan = FaultPlan([try FaultRule("nth:1 duplicate"), try FaultRule("nth:2 http:429")])
        plan.received(Self.ask, on: 2, answeredOn: 1)
        #expect(!plan.hasOpen(on: 2))
        #expect(plan.faults(on: 1).map(\.action) == [.duplicate])
        plan.received(Self.ask, on: 3, answeredOn: 1)
        #expect(plan.hasOpenStatus(on: 3) && !plan.hasOpenStatus(on: 1))
        #expect(plan.faults(on: 3).map(\.action) == [.http(status: 429, retryAfter: nil)])
        #expect(plan.faults(on: 1).map(\.action) == [.drop])
        #expect(plan.counts.map(\.count) == [1, 1])
    }

    @Test func `a rule for one server leaves the others alone`() throws {
        var plan = FaultPlan([try FaultRule("server:a nth:1 drop")])
        plan.received(Self.ask, on: 1, for: "b")
        #expect(!plan.hasOpen(on: 1))
        plan.received(Self.ask, on: 2, for: "a")
        #expect(plan.hasOpen(on: 2))
    }

    @Test func `what waits for its time is dropped when its request is cancelled`() throws {
        var plan = FaultPlan([try FaultRule("delay:1s")])
        plan.received(Self.ask)
        let answer = Array(#"{"jsonrpc":"2.0","id":1,"result":{}}"#.utf8)[...]
        var queue = FaultQueue()
        queue.put(FaultedAnswer(plan.faults(with: answer), on: answer), as: [answer], at: 0)
        queue.put(FaultQueue.Piece([0x78], due: 5))
        #expect(queue.cancel(RequestID("2")).isEmpty)
        let dropped = queue.cancel(RequestID("1"))
        #expect(dropped.map(\.mark) == ["delay:1000ms"] && dropped.map(\.bytes) == [answer])
        #expect(queue.size == 1 && queue.next == 5)
    }
}
