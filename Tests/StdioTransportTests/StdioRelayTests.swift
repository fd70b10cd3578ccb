import Recording
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct StdioRelayTests {
    /// Everything that a line reader or a text decoder would trip over.
    static let oddities: [[UInt8]] = [
        Array("{\"id\":1}\r\n".utf8), [0x0a], [0x0a, 0x0a, 0x0d], [0x00], [0xff, 0xfe, 0x80, 0x0a],
        Array("not JSON\n[1,2]\n".utf8), Array("\u{2028}\u{feff}no line feed at the end".utf8),
    ]

    @Test(arguments: [RunningRelay.Joints.pipes, .sockets])
    func `bytes out are bytes in`(_ joints: RunningRelay.Joints) throws {
        let relay = try RunningRelay(["cat"], joints: joints)
        for oddity in Self.oddities {
            relay.input.write(oddity)
            #expect(relay.output.read(oddity.count) == oddity)
        }
        relay.input.close()
        #expect(relay.output.read() == [])
        #expect(try relay.outcome() == RelayOutcome(exit: .code(0), reason: .clientClosed))
    }

    @Test func `one byte at a time arrives`() throws {
        let relay = try RunningRelay(["cat"])
        for value in UInt8.min...UInt8.max {
            relay.input.write([value])
            #expect(relay.output.read(1) == [value])
        }
        relay.input.close()
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `the last bytes arrive though no line feed ends them`() throws {
        let relay = try RunningRelay(["sh", "-c", "printf 'half a li'; printf 'and an error' >&2"])
        #expect(relay.output.text() == "half a li")
        #expect(relay.error.text() == "and an error")
        #expect(try relay.outcome() == RelayOutcome(exit: .code(0), reason: .serverExited))
    }

    @Test(arguments: [(RunningRelay.Joints.pipes, 100_000_000), (.sockets, 10_000_000)])
    func `a hundred megabytes pass unchanged`(_ joints: RunningRelay.Joints, _ total: Int) throws {
        let relay = try RunningRelay(["cat"], joints: joints)
        let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try inParallel {
            var sent = 0
            while sent < total {
                let part = min(block.count, total - sent)
                guard relay.input.write(part == block.count ? block : Array(block.prefix(part))) else {
                    break
                }
                sent += part
            }
            relay.input.close()
        } and: {
            var received = 0
            while received < total {
                let part = min(block.count, total - received)
                let arrived = relay.output.read(part)
                // An element at a time takes seconds without optimisation.
                guard arrived.count == part,
                    arrived.withUnsafeBytes({ arrived in
                        block.withUnsafeBytes { memcmp(arrived.baseAddress!, $0.baseAddress!, part) == 0 }
                    })
                else { break }
                received += part
            }
            #expect(received == total)
            #expect(relay.output.read() == [])
        }
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test(arguments: [RunningRelay.Joints.pipes, .sockets])
    func `both directions full at once keep flowing`(_ joints: RunningRelay.Joints) throws {
        // The server writes before it reads, and so does the host: neither reads until everything is full.
        let script = "head -c 3000000 /dev/zero; head -c 3000000 >/dev/null; printf done"
        let relay = try RunningRelay(["sh", "-c", script], joints: joints)
        try inParallel {
            relay.input.write([UInt8](repeating: 7, count: 3_000_000))
        } and: {
            // Only when the input is full to the brim is the output read: nothing more can be written then.
            #expect(relay.output.waits(for: 1))
            #expect(relay.output.read(3_000_000) == [UInt8](repeating: 0, count: 3_000_000))
        }
        #expect(relay.output.text() == "done")
        #expect(try relay.outcome().reason == .serverExited)
    }

    @Test func `a lane that nobody reads holds up no other`() throws {
        // Standard error is full and stays so, while the other two lanes work.
        let script = "head -c 1000000 /dev/zero >&2 & cat; wait"
        let relay = try RunningRelay(["sh", "-c", script])
        for number in 0..<100 {
            relay.input.write("message \(number)\n")
        }
        let expected = (0..<100).map { "message \($0)\n" }.joined()
        // The background job's input is the null device; `cat` is in front.
        #expect(relay.output.text(expected.utf8.count) == expected)
        relay.input.close()
        #expect(relay.error.read().count == 1_000_000)
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `the host's end of file closes the server's input and nothing else`() throws {
        let relay = try RunningRelay(["sh", "-c", "cat; echo after the end; echo error >&2; exit 3"])
        relay.input.write("before\n")
        #expect(relay.output.text(7) == "before\n")
        relay.input.close()
        #expect(relay.output.text() == "after the end\n")
        #expect(relay.error.text() == "error\n")
        #expect(try relay.outcome() == RelayOutcome(exit: .code(3), reason: .clientClosed))
    }

    @Test func `the relay ends with the server though the host's input is open`() throws {
        let relay = try RunningRelay(["sh", "-c", "echo early; exit 9"])
        #expect(relay.output.text() == "early\n")
        #expect(try relay.outcome() == RelayOutcome(exit: .code(9), reason: .serverExited))
        #expect(!relay.input.write("too late"))
    }

    @Test(arguments: [0, 1, 2, 3, 64, 66, 77, 124, 125, 126, 127, 128, 137, 200, 254, 255])
    func `the exit code is the server's`(_ code: Int32) throws {
        let relay = try RunningRelay(["sh", "-c", "exit \(code)"])
        #expect(try relay.outcome().exit == .code(code))
    }

    @Test(arguments: [1, 2, 3, 6, 9, 11, 13, 14, 15] as [Int32])
    func `the server's end by a signal is told`(_ signal: Int32) throws {
        // The shell must not write a core file where the tests run.
        let relay = try RunningRelay(["sh", "-c", "ulimit -c 0; kill -\(signal) $$"])
        let exit = try relay.outcome().exit
        #expect(exit == .signal(signal))
        #expect(exit.shellStatus == 128 + signal)
    }

    @Test func `what one side closes is closed towards the other, on that lane only`() throws {
        let relay = try RunningRelay([
            "sh", "-c", "exec <&-; echo one; exec >&-; echo two >&2; exec 2>&-; sleep 60",
        ])
        #expect(relay.output.text() == "one\n")
        #expect(relay.error.text() == "two\n")
        // Its reader is gone: the next write fails, as it would without a relay.
        while relay.input.write("x") {}
        relay.error.close()
        kill(relay.processID, 9)
        #expect(try relay.outcome().exit == .signal(9))
    }

    @Test func `a host that no longer reads breaks the server's pipe`() throws {
        let relay = try RunningRelay(["sh", "-c", "read go; while echo more; do :; done 2>/dev/null"])
        relay.output.close()
        relay.input.write("go\n")
        let outcome = try relay.outcome()
        #expect(outcome.reason == .clientClosed)
        #expect(outcome.exit == .signal(13) || outcome.exit != .code(0))
    }

    @Test func `output and error that are one object for us are one for the server`() {
        let pipe = makePipe()
        let other = makePipe()
        #expect(HostDescriptors(input: 0, output: pipe.1, error: pipe.1).sharesOutput)
        #expect(!HostDescriptors(input: 0, output: pipe.1, error: other.1).sharesOutput)
    }
}
