import MCPSemantics
import Recording
import Testing

@testable import Replay

private typealias Say = VerifyStage

/// Live secrets in reports and in what `--update` writes.
struct VerifyEngineSecretsTests {
    private static let secret = "hunter2hunter2"

    /// What the report says of a live request for input that has a secret in it.
    private func told() throws -> String {
        func ask(_ value: String) -> String {
            Say.request(9, "elicitation/create", #"{"message":"m","x":{"password":"\#(value)"}}"#)
        }
        var stage = try VerifyStage(
            """
            c \(Say.call(1, "a"))\ns \(ask("[redacted:secret:0123456789ab] and more"))
            c \(Say.result(9))\ns \(Say.result(1, #"{"password":1}"#))
            """)
        _ = stage.begins()
        _ = stage.hears(ask(Self.secret))
        _ = stage.hears(Say.result(1, #"{"password":"\#(Self.secret)"}"#))
        let report = stage.report()
        #expect(report.findings.count == 2)
        return String(decoding: report.output(.json), as: UTF8.self)
    }

    @Test func `a report has no live secret, nor a placeholder that a guess can be checked by`() throws {
        let (one, other) = (try told(), try told())
        #expect(!one.contains(Self.secret))
        // Without the recording's key each run has its own, so the same secret has another placeholder.
        #expect(one != other)
    }

    @Test func `an update keeps the placeholder of a value that did not change`() throws {
        let digits = "0123456789ab"
        let recorded = #"{"v":1,"password":"[redacted:secret:\#(digits)]"}"#
        let session = RecordedSession("c \(Say.call(1, "a"))\ns \(Say.result(1, recorded))")
        var plan = try VerifyPlan(reading: session, session: session.id, name: "demo.jsonl")
        plan.redaction = RedactionRules()
        var stage = VerifyStage(plan)
        _ = stage.begins()
        _ = stage.hears(Say.result(1, #"{"v":2,"password":"\#(Self.secret)"}"#))
        let report = stage.report()
        let found = stage.engine.replacements(for: 2, in: report, redactor: stage.engine.redactor)
        let live = String(decoding: found.first?.live ?? [], as: UTF8.self)
        #expect(live == Say.result(1, recorded.replacing(#""v":1"#, with: #""v":2"#)))
    }
}
