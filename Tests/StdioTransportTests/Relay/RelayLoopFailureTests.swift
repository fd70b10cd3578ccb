import Platform
import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The N-th call fails, for N = 1, 2, …; and every other one.
struct RelayLoopFailureTests {
    /// A conversation of 40 chunks or so in both directions: everything must arrive.
    private func converse(_ system: SystemCalls) throws {
        let relay = try RunningRelay(["cat"], system: system)
        var expected: [UInt8] = []
        for number in 0..<5 {
            let message = Array("message \(number)\n".utf8)
            relay.input.write(message)
            #expect(relay.output.read(message.count) == message)
            expected += message
        }
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try inParallel {
            relay.input.write(large)
            relay.input.close()
        } and: {
            #expect(relay.output.read() == large)
        }
        #expect(try relay.outcome() == RelayOutcome(exit: .code(0), reason: .clientClosed))
    }

    @Test(arguments: [EINTR, EAGAIN])
    func `a read that fails for now loses nothing`(_ error: Int32) throws {
        for number in 1...12 { try converse(.failingReads(.once(number, error))) }
        try converse(.failingReads(.everyOther(error)))
    }

    @Test(arguments: [EINTR, EAGAIN])
    func `a write that fails for now loses nothing`(_ error: Int32) throws {
        for number in 1...12 { try converse(.failingWrites(.once(number, error))) }
        try converse(.failingWrites(.everyOther(error)))
    }

    @Test(arguments: [EINTR, ENOMEM])
    func `a poll that fails loses nothing`(_ error: Int32) throws {
        for number in 1...12 { try converse(.failingPoll(.once(number, error))) }
        try converse(.failingPoll(.everyOther(error)))
    }

    @Test func `writes that take little lose nothing`() throws {
        try converse(.failingWrites(most: 1000))
        try converse(.failingWrites(.everyOther(EAGAIN), most: 4096))
    }

    @Test func `a kernel without RWF_NOWAIT loses nothing`() throws {
        try converse(.olderKernel())
    }

    @Test func `an input that fails is an input that ends`() throws {
        for number in 1...4 {
            let relay = try RunningRelay(["cat"], system: .failingReads(.once(number, EIO), kind: .pipe))
            for _ in 1..<number {
                relay.input.write("x")
                #expect(relay.output.read(1) == [UInt8(ascii: "x")])
            }
            relay.input.write("lost")
            #expect(relay.output.read() == [])
            #expect(try relay.outcome() == RelayOutcome(exit: .code(0), reason: .clientClosed))
        }
    }

    @Test func `an output that fails breaks the server's pipe`() throws {
        for number in 1...4 {
            let relay = try RunningRelay(
                ["sh", "-c", "while read line; do echo $line || exit 3; done"],
                system: .failingWrites(.once(number, EIO), kind: .pipe))
            for _ in 1..<number {
                relay.input.write("x\n")
                #expect(relay.output.text(2) == "x\n")
            }
            relay.input.write("lost\n")
            #expect(relay.output.read() == [])
            relay.input.write("the next one fails in the server\n")
            relay.input.close()
            #expect(try relay.outcome().reason == .clientClosed)
        }
    }

    @Test func `a server's output that fails is one that ends`() throws {
        for number in 1...3 {
            let relay = try RunningRelay(
                ["sh", "-c", "echo one; echo two >&2; exit 0"],
                system: .failingReads(.once(number, EIO), kind: .own))
            _ = relay.output.read()
            _ = relay.error.read()
            #expect(try relay.outcome().exit != .code(77))
        }
    }
}
