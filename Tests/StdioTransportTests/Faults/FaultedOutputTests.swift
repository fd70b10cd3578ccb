import Replay
import Testing

@testable import StdioTransport

/// Lines in, steps out, on a clock of the test's own.
struct FaultedOutputTests {
    private static let first = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
    private static let second = #"{"jsonrpc":"2.0","id":2,"result":{}}"#

    /// An output to a client that has asked for 1 and 2.
    private static func output(_ rule: String) throws -> FaultedOutput {
        var plan = FaultPlan([try FaultRule(rule)], server: "")
        for id in 1...2 {
            plan.received(Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#.utf8)[...])
        }
        return FaultedOutput(plan)
    }

    private static func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    /// The steps until nothing is due any more, each with the time at which it came.
    private static func steps(_ output: inout FaultedOutput, to limit: Int64 = .max) -> [String] {
        var steps: [String] = []
        var time: Int64 = 0
        while let next = output.next, next <= limit {
            time = max(time, next)
            guard let step = output.step(at: time) else { continue }
            switch step {
            case .begin: break
            case .bytes(let bytes): steps.append("\(time) \(String(decoding: bytes, as: UTF8.self))")
            case .end(let ending): steps.append("\(time) \(ending)")
            }
        }
        return steps
    }

    @Test func `a delayed line delays no other`() throws {
        var output = try Self.output("id:1 delay:5ms")
        output.take(Self.bytes(Self.first), at: 0)
        output.take(Self.bytes(Self.second), at: 1)
        #expect(output.size == Self.first.utf8.count + Self.second.utf8.count + 2)
        #expect(Self.steps(&output) == ["1 \(Self.second)\n", "5000000 \(Self.first)\n"])
        #expect(output.size == 0)
        #expect(!output.isWaiting)
    }

    @Test func `nothing comes between the bytes of a line`() throws {
        var output = try Self.output("id:1 trickle:2ms")
        output.take(Self.bytes(Self.first), at: 0)
        let line = Self.bytes(Self.first + "\n")
        #expect(output.step(at: 0) == .begin(line, mark: "trickle", isReplacement: false))
        #expect(output.step(at: 0) == .bytes(Self.bytes("{")))
        #expect(output.step(at: 1) == nil)
        output.take(Self.bytes(Self.second), at: 1)
        let steps = Self.steps(&output)
        #expect(steps.count == Self.first.utf8.count + 1)
        #expect(steps.first == "2000000 \"")
        #expect(steps.last == "72000000 \(Self.second)\n")
    }

    @Test func `nothing comes after the end`() throws {
        var output = try Self.output("id:1 disconnect")
        output.take(Self.bytes(Self.first), at: 0)
        output.take(Self.bytes(Self.second), at: 0)
        #expect(Self.steps(&output) == ["0 {\"jsonrpc\":\"2.0\",\"", "0 disconnect"])
        output.take(Self.bytes(Self.second), at: 0)
        #expect(!output.isWaiting)
        var killed = try Self.output("id:2 kill delay:1ms")
        killed.take(Self.bytes(Self.second), at: 0)
        killed.take(Self.bytes(Self.first), at: 1)
        #expect(Self.steps(&killed) == ["1 \(Self.first)\n", "1000000 kill"])
    }

    @Test func `a line in parts is not interrupted, whatever is due`() throws {
        var output = try Self.output("id:1 delay:1ms")
        output.take(Self.bytes(Self.first), at: 0)
        output.take(part: Self.bytes("AB"), isFirst: true, isLast: false, at: 0)
        #expect(Self.steps(&output) == ["0 AB"])
        #expect(output.isWaiting)
        #expect(output.step(at: 5_000_000) == nil)
        output.take(part: Self.bytes("CD"), isFirst: false, isLast: false, at: 5_000_000)
        output.take(part: Self.bytes("E\n"), isFirst: false, isLast: true, at: 5_000_001)
        #expect(Self.steps(&output) == ["5000000 CD", "5000001 E\n", "5000001 \(Self.first)\n"])
    }

    @Test func `each line says what was done to it`() throws {
        var output = try Self.output("id:1 junk:hi")
        output.take(Self.bytes(Self.first), at: 0)
        output.take(Self.bytes(Self.second), at: 0)
        var marks: [String?] = []
        while let step = output.step(at: 0) {
            if case .begin(_, let mark, let isReplacement) = step {
                marks.append(mark)
                #expect(isReplacement == (mark != nil))
            }
        }
        #expect(marks == ["junk:hi", "junk:hi", nil])
    }

    @Test func `a dropped line leaves nothing to wait for`() throws {
        var output = try Self.output("drop")
        output.take(Self.bytes(Self.first), at: 0)
        #expect(!output.isWaiting)
        #expect(output.next == nil)
    }
}
