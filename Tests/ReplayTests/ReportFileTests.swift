import Recording
import Testing
import Wire

@testable import Replay

/// Reports as files, read again and merged.
@Suite struct ReportFileTests {
    private static let recording = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}
        s {"jsonrpc":"2.0","id":1,"result":{}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        """

    /// A replay of it under `name` in which the tools `asked` are called.
    private func report(
        _ asked: [String], of name: String = "t.jsonl", closed: Bool = true
    ) throws -> ReplayReport {
        var mock = try Mock(RecordedSession(Self.recording, end: .clientClosed), name: name)
        for tool in asked {
            _ = mock.hears(#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"\#(tool)"}}"#)
        }
        if closed { mock.loses() }
        return mock.report
    }

    private func stored(
        _ report: ReplayReport, _ form: ReportForm = .json, allPlayed: Bool = false, isFinished: Bool = true
    ) throws -> StoredReport {
        let bytes = report.file(form, allPlayed: allPlayed, isFinished: isFinished)
        return try #require(StoredReport(bytes[...]))
    }

    @Test func `both forms hold the whole report`() throws {
        let report = try report(["a", "a", #"c\u0001<&\">]]>--"#])
        let json = try stored(report)
        #expect(json.requests == 3)
        #expect(json.answered == 2)
        #expect(json.missCount == 1)
        #expect(json.misses.first?.line == report.misses.first?.line)
        #expect(json.notes.contains { $0.contains("was asked for once more than recorded") })
        #expect(json.neverAsked.map(\.text) == ["#2 tools/call b"])
        #expect(json.isFinished)
        #expect(try stored(report, .junit) == json)
    }

    @Test func `JUnit's XML has a failed case for each miss`() throws {
        let report = try report(["a", "c"], of: "a<b>.jsonl")
        let text = String(decoding: report.file(.junit, allPlayed: true, isFinished: true), as: UTF8.self)
        #expect(text.contains(#"<testsuite name="a&lt;b&gt;.jsonl" tests="3" failures="2">"#))
        #expect(text.contains(#"name="tools/call c">"#))
        #expect(text.contains(#"<failure type="miss" message="tools/call c was never recorded; "#))
        #expect(text.contains(#"message="never asked for: #2 tools/call b""#))
        let lenient = String(decoding: report.file(.junit, allPlayed: false, isFinished: true), as: UTF8.self)
        #expect(lenient.contains(#"tests="2" failures="1">"#))
        #expect(lenient.contains("<!-- never asked for: #2 tools/call b -->"))
    }

    @Test func `what one replay asked for is asked for`() throws {
        let reports = try [
            stored(report(["a"]), allPlayed: true), stored(report(["b"]), .junit, allPlayed: true),
            stored(report(["c"], of: "other.jsonl")),
        ]
        let merged = MergedReport.merging(reports)
        #expect(merged.map(\.recording) == ["t.jsonl", "other.jsonl"])
        #expect(merged[0].replays == 2)
        #expect(merged[0].neverAsked.isEmpty)
        #expect(merged.map(\.exitStatus) == [0, 3])
        #expect(merged[0].lines == ["t.jsonl: 2 replays, 2 requests, 2 answered from the recording"])
        #expect(
            merged[1].lines.first == "other.jsonl: 1 replay, 1 request, 0 answered from the recording, "
                + "1 not recorded")
        #expect(merged[1].lines[1].hasPrefix("  miss: tools/call c was never recorded; "))
        let alone = MergedReport.merging([reports[0]])
        #expect(alone[0].exitStatus == 4)
        #expect(alone[0].lines.last == "  fail: never asked for: #2 tools/call b")
    }

    @Test func `a replay that was killed says what it missed, not what it left out`() throws {
        let killed = try stored(report(["a", "c"], closed: false), allPlayed: true, isFinished: false)
        let whole = try stored(report(["a"]), allPlayed: true)
        for order in [[killed, whole], [whole, killed]] {
            let merged = MergedReport.merging(order)[0]
            #expect(merged.missCount == 1)
            #expect(merged.neverAsked.map(\.text) == ["#2 tools/call b"])
            #expect(merged.lines.contains { $0.contains("1 replay was killed or still runs") })
        }
        #expect(MergedReport.merging([killed])[0].neverAsked.isEmpty)
    }

    @Test func `annotations are one line each, escaped as GitHub reads them`() throws {
        let merged = try MergedReport.merging([stored(report(["50%\\nc"], of: "a,b:c.jsonl"))])[0]
        #expect(merged.annotations.count == 2)
        #expect(merged.annotations[0].hasPrefix("::error file=a%2Cb%3Ac.jsonl,title=Not recorded::"))
        #expect(merged.annotations[0].contains("50%25 c was never recorded"))
        #expect(merged.annotations[1].hasPrefix("::notice file="))
        #expect(merged.annotations.allSatisfy { !$0.contains("\n") })
    }

    @Test(arguments: ["", "{}", "<testsuites/>", "[1", #"{"mcptapeReport":2,"recording":"x"}"#, "\u{0}"])
    func `what is no report is none`(_ text: String) {
        #expect(StoredReport(Array(text.utf8)[...]) == nil)
    }

    @Test func `a suffix names the form`() {
        #expect(ReportForm(path: "a/b.xml") == .junit)
        #expect(ReportForm(path: "b.json") == .json)
        #expect(ReportForm(path: "b.txt") == nil)
    }
}
