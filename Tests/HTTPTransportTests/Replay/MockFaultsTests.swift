import Replay
import Testing

@testable import HTTPTransport

/// Effects in, steps out, without a socket.
struct MockFaultsTests {
    private static let answer = #"{"jsonrpc":"2.0","id":1,"result":{}}"#

    /// Faults of a client that asked for 1 on stream 7.
    private static func faults(_ rule: String) throws -> MockFaults {
        var faults = MockFaults(FaultPlan([try FaultRule(rule)], server: ""))
        faults.received(bytes(#"{"jsonrpc":"2.0","id":1,"method":"m"}"#), on: 7)
        return faults
    }

    private static func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    private static let body = MockEffect.answer(7, status: 200, body: bytes(answer))
    private static let event = MockEffect.text(7, MockSession.event(bytes(answer), id: "1-2"))

    @Test func `another stream's effects are as they are`() throws {
        var faults = try Self.faults("drop")
        #expect(faults.steps(for: .answer(8, status: 200, body: Self.bytes(Self.answer))) == nil)
        #expect(faults.steps(for: .missed) == nil)
        #expect(faults.steps(for: Self.body) == [])
    }

    @Test func `a body is delayed, or comes byte by byte, with the head at once`() throws {
        var delayed = try Self.faults("delay:5ms")
        #expect(delayed.steps(for: Self.body) == [.wait(5_000_000), .effect(Self.body)])
        var slow = try Self.faults("trickle:2ms")
        let steps = slow.steps(for: Self.body) ?? []
        let count = Self.answer.utf8.count
        #expect(steps.first == .head(7, status: 200, fields: [], length: count))
        #expect(steps[1...3] == [.raw(7, Self.bytes("{")), .wait(2_000_000), .raw(7, Self.bytes("\""))])
        #expect(steps.count == 2 * count + 2)
        #expect(steps.last == .finish(7))
    }

    @Test func `a cut body has a whole head`() throws {
        var faults = try Self.faults("disconnect")
        let half = String(Self.answer.prefix(Self.answer.count / 2))
        #expect(
            faults.steps(for: Self.body) == [
                .head(7, status: 200, fields: [], length: Self.answer.utf8.count), .raw(7, Self.bytes(half)),
                .reset(7),
            ])
    }

    @Test func `a status stands for a body and for a stream`() throws {
        for opening in [Self.body, MockEffect.open(7, fields: [])] {
            var faults = try Self.faults("http:429 retry_after:2s")
            let steps = faults.steps(for: opening) ?? []
            guard case .effect(.answer(7, status: 429, let fields, _)) = steps.first else {
                Issue.record("no status")
                continue
            }
            #expect(fields.contains(MockField(name: "Retry-After", value: "2")))
        }
        var faults = try Self.faults("http:401")
        _ = faults.steps(for: .open(7, fields: []))
        #expect(faults.steps(for: Self.event) == [])
        #expect(faults.steps(for: .end(7)) == [])
    }

    @Test func `an event is changed within its stream, under its own event id`() throws {
        var faults = try Self.faults("error:-1:x delay:1ms")
        #expect(faults.steps(for: .open(7, fields: [])) == nil)
        let other = MockEffect.text(7, MockSession.event(Self.bytes("{}"), id: "1-1"))
        #expect(faults.steps(for: other) == nil)
        let error = Self.bytes(#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"x"}}"#)
        #expect(
            faults.steps(for: Self.event) == [
                .wait(1_000_000), .effect(.text(7, MockSession.event(error, id: "1-2"))),
            ])
        // What follows waits behind it.
        #expect(faults.steps(for: .end(7)) == [.effect(.end(7))])
    }

    @Test func `an event is cut in its middle, and a dropped one leaves the stream open`() throws {
        var cut = try Self.faults("disconnect")
        let event = MockSession.event(Self.bytes(Self.answer), id: "1-2")
        #expect(
            cut.steps(for: Self.event) == [
                .effect(.text(7, Array(event.prefix(event.count / 2)))), .reset(7),
            ])
        #expect(cut.steps(for: .end(7)) == [])
        var dropped = try Self.faults("drop")
        #expect(dropped.steps(for: Self.event) == [])
        #expect(dropped.steps(for: .end(7)) == [])
    }
}
