import MCPSemantics
import Testing
import Wire

struct ExchangeTrackerStreamsTests {
    private func withRequests(_ texts: [(text: String, stream: UInt32)]) -> ExchangeTracker {
        var tracker = ExchangeTracker()
        for (index, entry) in texts.enumerated() {
            let digest = MessageReader.digest(of: Array(entry.text.utf8)[...], direction: .clientToServer)
            _ = tracker.observe(
                digest, direction: .clientToServer, sequence: Int64(index + 1),
                time: Timestamp(nanoseconds: 1), size: 1, stream: entry.stream)
        }
        return tracker
    }

    private let modernCall = Text.call("1", more: Text.modern)

    @Test func `a server's request belongs to the request in whose stream it came`() {
        var tracker = withRequests([(Text.call("1"), 1), (Text.call("2"), 2)])
        let asked = MessageReader.digest(
            of: Array(Text.request("1", "sampling/createMessage").utf8)[...], direction: .serverToClient)
        func parent(on stream: UInt32) -> Int? {
            tracker.observe(
                asked, direction: .serverToClient, sequence: 9, time: .zero, size: 1, stream: stream
            ).changed.last?.parent
        }
        #expect(parent(on: 2) == 2)
        #expect(parent(on: 1) == 1)
        #expect(parent(on: 3) == nil)
    }

    @Test func `closing the stream cancels a modern request and leaves an older one waiting`() {
        for (text, outcome) in [(modernCall, Exchange.Outcome.cancelled), (Text.call("1"), .pending)] {
            var tracker = withRequests([(text, 7)])
            var told: [Exchange] = []
            tracker.abandoned(7) { told.append($0) }
            #expect(told.map(\.outcome) == (outcome == .pending ? [] : [outcome]))
            #expect(tracker.counts.pending == (outcome == .pending ? 1 : 0))
            tracker.abandoned(8) { _ in Issue.record("another stream") }
        }
    }

    @Test func `a request without an answer of its own gets that of its stream, with the status`() throws {
        var tracker = withRequests([(Text.call("1"), 4), (Text.call("2"), 5)])
        var told: [Exchange] = []
        tracker.answered(on: 4, status: 502) { told.append($0) }
        let number = tracker.failed(
            on: 4, with: ResponseError(code: "\"HTTP 502\"", message: "refused"), sequence: 3,
            time: Timestamp(nanoseconds: 5), size: 12
        ) { told.append($0) }
        #expect(number == 1)
        let last = try #require(told.last)
        #expect(last.outcome == .error && last.httpStatus == 502 && last.responseSequence == 3)
        #expect(last.error?.message == "refused" && last.responseSize == 12)
        #expect(tracker.counts.errors == 1 && tracker.counts.pending == 1 && tracker.open == 1)
        var writer = StateWriter()
        tracker.save(to: &writer)
        var reader = StateReader(writer.bytes)
        var restored = try ExchangeTracker(from: &reader)
        #expect(
            restored.failed(
                on: 5, with: ResponseError(code: "1", message: ""), sequence: 4, time: .zero, size: 0
            ) { _ in } == 2)
    }

    private func observe(
        _ text: String, on stream: UInt32, in tracker: inout ExchangeTracker
    ) -> ExchangeTracker.Observation {
        let digest = MessageReader.digest(of: Array(text.utf8)[...], direction: .serverToClient)
        return tracker.observe(
            digest, direction: .serverToClient, sequence: 9, time: Timestamp(nanoseconds: 9), size: 1,
            stream: stream)
    }

    @Test func `two clients of one identity may use one id at a time`() {
        let token = #","_meta":{"progressToken":3}"#
        var tracker = withRequests([(Text.call("3", more: token), 1), (Text.call("3", more: token), 2)])
        let progress = Text.progress("3")
        #expect(observe(progress, on: 1, in: &tracker).exchange == 1)
        #expect(observe(progress, on: 2, in: &tracker).exchange == 2)
        let answer = Text.result("3")
        let first = observe(answer, on: 1, in: &tracker)
        #expect(first.exchange == 1 && first.changed.last?.outcome == .ok)
        #expect(tracker.counts.pending == 1)
        // And one that has no stream of its own is the newest one's.
        #expect(observe(answer, on: 5, in: &tracker).exchange == 2)
        #expect(tracker.counts.pending == 0 && tracker.open == 0)
    }

    @Test func `a displaced request is cancelled with its stream and leaves the newer one its id`() {
        var tracker = withRequests([
            (Text.call("3", more: Text.modern), 1), (Text.call("3", more: Text.modern), 2),
        ])
        var told: [Exchange] = []
        tracker.abandoned(1) { told.append($0) }
        #expect(told.map(\.number) == [1] && told.map(\.outcome) == [.cancelled])
        let late = observe(Text.result("3"), on: 1, in: &tracker)
        #expect(late.exchange == 1 && late.changed.last?.outcome == .late)
        #expect(observe(Text.result("3"), on: 9, in: &tracker).exchange == 2)
        #expect(tracker.counts.pending == 0)
    }

    @Test func `what comes in a response is about its request, unless it names another`() {
        let log = Text.notification("message", #"{"level":"info","data":1}"#)
        var tracker = withRequests([(Text.call("1"), 1), (Text.call("2"), 2)])
        let first = observe(log, on: 2, in: &tracker)
        #expect(first.exchange == 2 && first.changed.first?.firstEventTime == Timestamp(nanoseconds: 9))
        #expect(observe(log, on: 3, in: &tracker).exchange == nil)
        #expect(observe(Text.progress("7"), on: 2, in: &tracker).exchange == nil)
        _ = observe(Text.result("2"), on: 2, in: &tracker)
        #expect(observe(log, on: 2, in: &tracker).exchange == nil)
        // A batch of two requests in one POST: which of them it is about is not said.
        var batch = withRequests([(Text.call("1"), 1), (Text.call("2"), 1)])
        #expect(observe(log, on: 1, in: &batch).exchange == nil)
    }
}
