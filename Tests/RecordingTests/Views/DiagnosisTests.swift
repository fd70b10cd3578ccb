import MCPSemantics
import Testing
import Wire

@testable import Recording

struct DiagnosisTests {
    private func summary(_ change: (inout SessionState) -> Void) -> SessionSummary {
        var summary = SampleSessions.session("a", "x", start: 0)
        change(&summary.state)
        return summary
    }

    private func failed(_ errno: Int32, path: String?, command: String) -> String? {
        Diagnosis.of(
            summary {
                $0.startFailure = StartFailure(
                    errno: errno, command: command, searchedPath: path, workingDirectory: "/work")
            }, lastErrorLines: [])
    }

    @Test func `a program that is not there is looked for in the PATH that was searched`() {
        #expect(
            failed(2, path: "/usr/bin:/bin", command: "npx")
                == "server did not start: npx: not found in PATH=/usr/bin:/bin; give the absolute path: "
                + "in a terminal where it works, 'command -v npx' prints it")
        #expect(failed(2, path: nil, command: "./x")?.contains("no such file in /work") == true)
        #expect(failed(13, path: nil, command: "/x")?.contains("chmod +x") == true)
        #expect(failed(999, path: nil, command: "/x\u{1B}[31m")?.contains("\u{1B}") == false)
    }

    @Test func `a server that ends before it speaks is quoted`() {
        let dead = summary {
            $0.exchanges = 1
            $0.end = SessionEnd(reason: .serverExited, exit: .code(1), time: .zero)
        }
        #expect(
            Diagnosis.of(dead, lastErrorLines: ["", "Traceback", "ImportError: no module"])
                == "the server exited with status 1 before it said anything; its last words: "
                + "Traceback ⏎ ImportError: no module")
        #expect(Diagnosis.mark(of: dead) == "exit 1")
    }

    @Test func `a silent server and one that prints other things are told apart`() {
        let silent = summary { $0.exchanges = 2 }
        #expect(
            Diagnosis.of(silent, lastErrorLines: [])
                == "the server is silent: 2 requests in 1.00 s, and no message from it")
        #expect(Diagnosis.mark(of: silent) == "silent")
        let noisy = summary {
            $0.messages.serverToClient = 3
            $0.foreignLines.serverToClient = 3
        }
        #expect(Diagnosis.of(noisy, lastErrorLines: [])?.contains("prints only what is not JSON-RPC") == true)
        #expect(Diagnosis.mark(of: noisy) == "not JSON")
    }

    @Test func `several findings are listed by weight`() {
        let many = summary {
            $0.messages.serverToClient = 3
            $0.end = SessionEnd(reason: .interrupted, time: .zero)
            $0.gaps = 2
            $0.gapBytes = 2048
        }
        #expect(
            Diagnosis.lines(of: many, lastErrorLines: []) == [
                "the recording was interrupted: mcptape was killed; what had passed until then is recorded",
                "the recording lacks 2.0 KiB in 2 gaps; traffic was not affected",
            ])
    }

    @Test func `an ordinary session has no diagnosis`() {
        let fine = summary {
            $0.messages.serverToClient = 3
            $0.end = SessionEnd(reason: .clientClosed, exit: .signal(15), time: .zero)
        }
        #expect(Diagnosis.of(fine, lastErrorLines: ["a log line"]) == nil)
        #expect(Diagnosis.mark(of: fine) == nil)
        #expect(Diagnosis.of(summary { _ in }, lastErrorLines: []) == nil)
    }
}
