import MCPSemantics
import Recording
import Testing

@testable import Replay

private typealias Say = VerifyStage

/// Every run ends, whatever the server leaves out.
struct VerifyEngineEndingTests {
    private static let list = #"{"tools":[{"name":"a","annotations":{"readOnlyHint":true}}]}"#

    @Test func `a server that does not answer the question for its tools is not waited for for ever`() throws
    {
        // The client called first and asked for the list later, so the list is ours to ask for.
        var stage = try VerifyStage(
            "c \(Say.call(1, "a"))\ns \(Say.result(1))\nc \(Say.request(2, "tools/list"))\ns "
                + Say.result(2, Self.list)
        ) { $0.allowsWrites = false }
        #expect(stage.begins().first?.contains("mcptape-tools-1") == true)
        #expect(stage.waits() == [Say.request(2, "tools/list")])
        _ = stage.hears(Say.result(2, Self.list))
        #expect(stage.engine.isFinished)
        #expect(stage.report().skipped.map(\.reason) == [.notListedNow("a")])
    }

    @Test func `a server that ends while a task is to be asked for again`() throws {
        let get = Say.request(1, "tasks/get", #"{"taskId":"t"}"#)
        var stage = try VerifyStage(
            "c \(get)\ns \(Say.result(1, #"{"taskId":"t","status":"completed"}"#))")
        _ = stage.begins()
        _ = stage.hears(Say.result(1, #"{"taskId":"t","status":"working"}"#))
        _ = stage.hears(.ended(LiveFailure(.exited(3), "the server ended with status 3")))
        #expect(stage.engine.isFinished)
        #expect(stage.found() == ["#1 missing "])
    }

    @Test func `two requests at once that have the same id`() throws {
        // On HTTP each is a stream of its own, and two clients may be one session.
        let (first, second) = (Say.call(1, "a"), Say.call(1, "b"))
        var plan = VerifyPlan(recordingName: "demo.jsonl", session: "s", transport: .http)
        for (place, text) in [first, second].enumerated() {
            plan.requests.append(
                PlannedRequest(
                    id: RequestID("1"), method: "tools/call", name: "a", era: .legacy,
                    text: Array(text.utf8)[...], answer: Array(Say.result(1).utf8)[...]))
            plan.steps.append(.send(ClientSending(parts: [.request(place)])))
        }
        plan.steps += [.answer(request: 0), .answer(request: 1)]
        var stage = VerifyStage(plan)
        let sent = stage.begins()
        #expect(sent.first == first)
        #expect(sent.last == second.replacing(#""id":1"#, with: #""id":"mcptape-request-2""#))
        _ = stage.hears(Say.result(1).replacing(#""id":1"#, with: #""id":"mcptape-request-2""#))
        _ = stage.hears(Say.result(1))
        #expect(stage.engine.isFinished)
        let report = stage.report()
        #expect(report.comparedCount == 2 && report.findings.isEmpty)
    }
}
