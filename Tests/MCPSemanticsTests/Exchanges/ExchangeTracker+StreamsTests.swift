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
}
