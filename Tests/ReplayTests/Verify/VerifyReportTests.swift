import MCPSemantics
import Testing
import Wire

@testable import Replay

private typealias Say = VerifyStage

/// What other programs read of a report.
struct VerifyReportTests {
    private static let name = #"a\u001b[31m\n::error::<b>]]>"#

    private func report() throws -> VerifyReport {
        var stage = try VerifyStage(
            """
            c \(Say.call(1, "a"))\ns \(Say.result(1, #"{"v":1}"#))
            c \(Say.call(2, Self.name))\ns \(Say.result(2))
            """
        ) {
            $0.allowsWrites = false; $0.allowedTools = ["a"]
        }
        _ = stage.begins()
        _ = stage.hears(Say.result(1, #"{"v":"\#(Self.name)"}"#))
        return stage.report()
    }

    @Test func `SARIF has what GitHub wants of a rule and of a place`() throws {
        var report = try report()
        report.recording = "./tests/my tape#1.jsonl"
        let run = try #require(
            JSONTree(report.output(.sarif)[...])?.root["runs"]?.children.first { _ in true })
        let rules = try #require(run["tool"]?["driver"]?["rules"])
        for rule in rules.children {
            for member in ["shortDescription", "fullDescription", "help"] {
                #expect(rule[member]?["text"]?.stringValue?.isEmpty == false)
            }
        }
        let ids = rules.children.map { $0["id"]?.stringValue }
        let results = try #require(run["results"])
        for result in results.children {
            #expect(ids.contains(result["ruleId"]?.stringValue))
            let place = result["locations"]?.children.first { _ in true }?["physicalLocation"]
            #expect(place?["artifactLocation"]?["uri"]?.stringValue == "tests/my%20tape%231.jsonl")
            #expect(place?["region"]?["startLine"]?.intValue == 1)
        }
        #expect(results.children.reduce(0) { count, _ in count + 1 } == 2)
        #expect(VerifyReport.uri("/a/ü") == "file:///a/%C3%BC")
    }

    @Test func `annotations are one line each, without control characters`() throws {
        let lines = try report().annotations
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 } })
    }
}
