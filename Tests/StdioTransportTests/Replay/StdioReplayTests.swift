import CSystemCalls
import Recording
import Replay
import Testing

@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct StdioReplayTests {
    private static let recording = """
        {"mcptape":1,"sessions":[{"id":"7k2fq0m3x9ab","name":"time","command":["time"],"transport":"stdio"}]}
        {"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/list"}}
        {"seq":2,"t":1840,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}}

        """

    private static let answer = #"{"jsonrpc":"2.0","id":7,"result":{"tools":[]}}"# + "\n"
    private static let request = #"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#

    /// Plays to a client that is `client`, which is given its end of input and output.
    private func play(_ client: @escaping (HostEnd, HostEnd) -> Void) throws -> ReplayReport {
        let file = try FileRecording(bytes: Array(Self.recording.utf8))
        let script = try ReplayScript(reading: file, session: SessionID("7k2fq0m3x9ab"), name: "R")
        let input = makePipe()
        let output = makePipe()
        csystem_signals_ignore_pipe()
        let (to, from) = (HostEnd(input.1), HostEnd(output.0))
        var replay = StdioReplay(
            engine: ReplayEngine(script: script),
            host: HostDescriptors(input: input.0, output: output.1, error: 2), receivesSignals: false)
        var report: ReplayReport?
        try inParallel {
            client(to, from)
        } and: {
            report = replay.run()
            close(input.0)
            close(output.1)
        }
        return try #require(report)
    }

    @Test func `a request is answered under its own id`() throws {
        var heard = ""
        let report = try play { input, output in
            input.write(Self.request + "\n")
            heard = output.text(Self.answer.utf8.count)
            input.close()
        }
        #expect(heard == Self.answer)
        #expect(report.isClean)
    }

    @Test func `a line in pieces and one without a line feed at the end are lines`() throws {
        var heard = ""
        let report = try play { input, output in
            for byte in (Self.request + "\r\n").utf8 { input.write([byte]) }
            heard = output.text(Self.answer.utf8.count)
            input.write(Self.request)
            input.close()
            heard += output.text()
        }
        #expect(heard == Self.answer + Self.answer)
        #expect(report.isClean)
    }

    @Test func `a client may ask everything before it reads anything`() throws {
        var heard = 0
        let count = 20_000
        let report = try play { input, output in
            // Far more than two pipes hold.
            input.write(String(repeating: Self.request + "\n", count: count))
            input.close()
            heard = output.read().count
        }
        #expect(heard == count * Self.answer.utf8.count)
        #expect(report.isClean)
    }

    @Test func `a client that goes away ends it`() throws {
        _ = try play { input, output in
            output.close()
            input.write(Self.request + "\n")
            while input.write(Self.request + "\n") {}
            input.close()
        }
    }
}
