import MCPSemantics
import Recording
import Testing

@testable import Replay

struct ReplayTimingTests {
    private static func call(_ id: String, _ name: String, token: String? = nil) -> String {
        let meta = token.map { #","_meta":{"progressToken":\#($0)}"# } ?? ""
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(name)"\#(meta)}}"#
    }
    private static func progress(_ token: String, _ number: Int) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(token),"progress":"#
            + #"\#(number)}}"#
    }
    private static func result(_ id: String, _ number: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"n":\#(number)}}"#
    }
    private static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
    }
    private static let changed = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
    private static let ping = #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#

    /// A slow call with progress, and a fast one that overtakes it.
    private static let two = """
        1000 c \(call("1", "slow", token: "1"))
        1100 c \(call("2", "fast"))
        1150 s \(result("2", 2))
        1400 s \(progress("1", 1))
        3000 s \(result("1", 1))
        """

    @Test func `messages come with the recorded gaps, and no exchange waits for another`() throws {
        var mock = try TimedMock(Self.two)
        mock.says(Self.call("7", "slow", token: "9"), at: 10)
        mock.says(Self.call("8", "fast"), at: 20)
        mock.waits()
        #expect(
            mock.heard == [
                "70 \(Self.result("8", 2))", "410 \(Self.progress("9", 1))", "2010 \(Self.result("7", 1))",
            ])
        mock.goes(at: 3000)
        #expect(mock.engine.report.isClean)
        #expect(mock.engine.report.answered == 2)
    }

    @Test(
        arguments: [
            (2.0, nil, [205, 1005]), (0.5, nil, [805, 4005]), (1.0, 500, [405, 905]), (4.0, 500, [105, 505]),
            (1e300, nil, [5, 5]),
        ] as [(Double, Int64?, [Int])])
    func `a speed divides gaps and a longest gap bounds them`(
        speed: Double, gap: Int64?, times: [Int]
    ) throws {
        let timing = ReplayTiming(speed: speed, longestGap: gap.map { $0 * 1_000_000 })
        var mock = try TimedMock(Self.two, timing)
        mock.says(Self.call("7", "slow", token: "9"), at: 5)
        mock.waits()
        #expect(
            mock.heard == ["\(times[0]) \(Self.progress("9", 1))", "\(times[1]) \(Self.result("7", 1))"])
    }

    @Test func `without a speed everything comes at once`() throws {
        var mock = try TimedMock(Self.two, .none)
        mock.says(Self.call("7", "slow", token: "9"), at: 5)
        #expect(mock.heard == ["5 \(Self.progress("9", 1))", "5 \(Self.result("7", 1))"])
        #expect(mock.engine.nextDue == nil)
    }

    private static let sampling = #"{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{}}"#
    private static let sampled = #"{"jsonrpc":"2.0","id":"s","result":{"model":"m"}}"#
    /// The server asks after 200 ms; the client took a minute; 300 ms later came the answer.
    private static let asking = """
        1000 c \(call("1", "ask"))
        1200 s \(sampling)
        61200 c \(sampled)
        61500 s \(result("1", 1))
        """

    @Test func `the time that the recorded client took for an answer is not added`() throws {
        var mock = try TimedMock(Self.asking)
        mock.says(Self.call("7", "ask"), at: 0)
        mock.says(Self.sampled, at: 250)
        mock.waits()
        #expect(mock.heard == ["200 \(Self.sampling)", "550 \(Self.result("7", 1))"])
        // Nor when the question is not asked again: 200 ms before it and 300 after.
        mock.says(Self.call("8", "ask"), at: 1000)
        mock.says(Self.sampled, at: 1200)
        mock.waits()
        #expect(mock.heard.dropFirst(2) == ["1200 \(Self.sampling)", "1500 \(Self.result("8", 1))"])
    }

    @Test func `an answer to the server that comes before the next recorded message holds nothing up`() throws
    {
        var mock = try TimedMock(
            """
            0 c \(Self.call("1", "ask", token: "1"))
            100 s \(Self.sampling)
            300 s \(Self.progress("1", 1))
            400 c \(Self.sampled)
            450 s \(Self.result("1", 1))
            """)
        mock.says(Self.call("7", "ask", token: "7"), at: 0)
        mock.says(Self.sampled, at: 150)
        mock.waits()
        #expect(
            mock.heard == [
                "100 \(Self.sampling)", "300 \(Self.progress("7", 1))", "350 \(Self.result("7", 1))",
            ])
    }

    @Test func `a cancelled request's messages stop`() throws {
        var mock = try TimedMock(Self.two)
        mock.says(Self.call("7", "slow", token: "9"), at: 0)
        mock.says(Self.cancel("7"), at: 1000)
        mock.waits()
        #expect(mock.heard == ["400 \(Self.progress("9", 1))"])
        mock.goes(at: 5000)
        #expect(mock.engine.report.unanswered.map(\.reason) == [.cancelled])
        #expect(mock.engine.report.answered == 0)
        #expect(mock.engine.report.divergences.map(\.kind) == [.cancelledBeforeAnswer])
    }

    @Test func `what was recorded after a cancellation follows the live one at its distance`() throws {
        var mock = try TimedMock(
            """
            0 c \(Self.call("1", "slow", token: "1"))
            500 s \(Self.progress("1", 1))
            900 s \(Self.progress("1", 2))
            1000 c \(Self.cancel("1"))
            1070 s \(Self.result("1", 1))
            """)
        mock.says(Self.call("7", "slow", token: "7"), at: 0)
        mock.says(Self.cancel("7"), at: 600)
        mock.waits()
        #expect(mock.heard == ["500 \(Self.progress("7", 1))", "670 \(Self.result("7", 1))"])
    }

    @Test func `the answers to a live batch are one array, when the last is due`() throws {
        var mock = try TimedMock(Self.two)
        mock.says("[\(Self.call("7", "slow", token: "9")),\(Self.call("8", "fast"))]", at: 0)
        mock.says(Self.ping, at: 100)
        mock.waits()
        let pong = #"{"jsonrpc":"2.0","id":"p","result":{}}"#
        #expect(
            mock.heard == [
                "100 \(pong)", "400 \(Self.progress("9", 1))",
                "2000 [\(Self.result("8", 2)),\(Self.result("7", 1))]",
            ])
    }

    @Test func `after the end of input answers still come and what nobody waits for does not`() throws {
        let transcript = """
            0 c \(Self.call("1", "slow"))
            200 s \(Self.result("1", 1))
            90000 s \(Self.changed)
            """
        var mock = try TimedMock(transcript)
        mock.says(Self.call("7", "slow"), at: 0)
        mock.endsInput()
        mock.waits()
        #expect(mock.heard == ["200 \(Self.result("7", 1))"])
        #expect(mock.engine.nextDue == nil)
        // A client that stays gets it.
        var other = try TimedMock(transcript)
        other.says(Self.call("7", "slow"), at: 0)
        other.waits()
        #expect(other.heard.last == "90000 \(Self.changed)")
    }

    @Test func `an answer that was not due when the client went is told`() throws {
        var mock = try TimedMock(Self.two)
        mock.says(Self.call("7", "slow", token: "9"), at: 0)
        mock.goes(at: 1000)
        #expect(
            mock.engine.report.notes.contains(
                "#1 tools/call slow was to be answered later than the client stayed"))
    }

    @Test func `a file that goes back in time and one that goes far ahead are played`() throws {
        var mock = try TimedMock(
            """
            5000 c \(Self.call("1", "back"))
            10 s \(Self.result("1", 1))
            20 c \(Self.call("2", "ahead"))
            9000000000000000 s \(Self.result("2", 2))
            """, ReplayTiming(speed: 0.001, longestGap: 1_000_000_000))
        mock.says(Self.call("7", "back"), at: 3)
        mock.says(Self.call("8", "ahead"), at: 3)
        mock.waits(until: 2000)
        #expect(mock.heard == ["3 \(Self.result("7", 1))", "1003 \(Self.result("8", 2))"])
    }

    @Test func `an estimate is the time until the answers`() throws {
        let script = try TimedMock.script(
            Self.two + "\n" + Self.asking.replacing(#""id":1"#, with: #""id":3"#))
        let estimate = script.estimate(ReplayTiming(speed: 1))
        #expect(estimate.messages == 5)
        #expect(estimate.total == (2000 + 50 + 500) * 1_000_000)
        #expect(estimate.longest == 2_000_000_000)
        #expect(estimate.longestRequest?.label == "#1 tools/call slow")
        #expect(script.estimate(.none).total == 0)
        #expect(script.estimate(ReplayTiming(speed: 2, longestGap: 100_000_000)).total == 425_000_000)
    }
}

struct SleepingRunsTests {
    private static func run(_ serial: Int) -> Replay.Run {
        var run = Replay.Run(serial: serial, cue: 0, isRepeat: false)
        run.next = serial
        return run
    }

    @Test func `the earliest wakes first, of one time the oldest, and what was taken out never`() {
        var random = SplitMix(state: 42)
        var runs = SleepingRuns()
        var expected: [(due: Int64, serial: Int)] = []
        for serial in 0..<500 {
            let due = Int64(random.next() % 50)
            runs.insert(Self.run(serial), due: Timestamp(nanoseconds: due))
            if random.next() % 5 == 0 {
                let removed = runs.remove(serial)
                #expect(removed?.serial == serial)
            } else {
                expected.append((due, serial))
            }
        }
        expected.sort { ($0.due, $0.serial) < ($1.due, $1.serial) }
        var woken: [Int] = []
        while let next = runs.next {
            let early = runs.take(at: Timestamp(nanoseconds: next.nanoseconds - 1))
            #expect(early == nil)
            guard let (due, run) = runs.take(at: next) else { break }
            #expect(due == next)
            woken.append(run.serial)
        }
        #expect(woken == expected.map(\.serial))
        #expect(runs.isEmpty)
    }

    private struct SplitMix {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}

struct DelayedMessagesTests {
    private static func message(_ text: String, _ delay: Int64, _ id: String? = nil) -> ReplayMessage {
        var message = ReplayMessage(bytes: Array(text.utf8)[...], delay: delay)
        if let id { message.route = .request(RequestID(id)) }
        return message
    }

    @Test func `one request's messages stay in order and another's do not wait`() {
        var delayed = DelayedMessages()
        let now = Timestamp(nanoseconds: 100)
        let kept = [
            delayed.keep(Self.message("a", 50, "1"), at: now),
            delayed.keep(Self.message("b", 0, "1"), at: now),
            delayed.keep(Self.message("c", 0, "2"), at: now), delayed.keep(Self.message("d", 20), at: now),
        ]
        #expect(kept == [true, true, false, true])
        #expect(delayed.holds(RequestID("1")))
        #expect(!delayed.holds(RequestID("2")))
        #expect(delayed.next == Timestamp(nanoseconds: 120))
        let taken = [119, 120, 150].map { time in
            delayed.take(at: Timestamp(nanoseconds: time)).map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(taken == [[], ["d"], ["a", "b"]])
        #expect(delayed.isEmpty)
    }
}
