import MCPSemantics
import Testing

@testable import Replay

private typealias Say = VerifyStage

/// What is no difference, and what must not be taken for noise.
struct VerifyEngineNoiseTests {
    @Test func `when a server pings is up to its clock`() throws {
        let ask = Say.request(7, "roots/list")
        let roots = Say.result(7, #"{"roots":[]}"#)
        var stage = try VerifyStage(
            """
            c \(Say.call(1, "a"))\ns \(ask)\nc \(roots)\ns \(Say.result(1))
            s \(Say.request(7, "ping"))\nc \(Say.result(7))\nc \(Say.call(2, "b"))\ns \(Say.result(2))
            """)
        _ = stage.begins()
        #expect(stage.hears(ask) == [roots])
        // Without a ping, and without a wait for one.
        #expect(stage.hears(Say.result(1)) == [Say.call(2, "b")])
        #expect(stage.hears(Say.request(8, "ping")) == [Say.result(8)])
        _ = stage.hears(Say.result(2))
        #expect(stage.engine.isFinished)
        #expect(stage.found() == [])
    }

    /// The places learned of two runs that answer so.
    private func learned(_ first: String, _ second: String) throws -> [String] {
        func run(_ answer: String) throws -> VerifyEngine {
            var stage = try VerifyStage("c \(Say.call(1, "a"))\ns \(Say.result(1, #"{"v":0}"#))")
            _ = stage.begins()
            _ = stage.hears(answer)
            _ = stage.report()
            return stage.engine
        }
        return VerifyEngine.noise(between: try run(first), and: try run(second))
    }

    @Test func `a server that fails now and then makes no noise`() throws {
        let good = Say.result(1, #"{"v":1}"#)
        #expect(try learned(good, Say.result(1, #"{"v":2}"#)) == ["tool:a:/result/v"])
        #expect(try learned(good, Say.error(1, -1)) == [])
        #expect(try learned(good, Say.result(1, #"{"isError":true,"content":[]}"#)) == [])
        #expect(try learned(Say.error(1, -1), Say.error(1, -2)) == [])
        #expect(try learned(good, Say.result(1, "[]")) == [])
    }

    @Test func `lines that are no messages, and second answers`() throws {
        var stage = try VerifyStage(
            "c \(Say.call(1, "a"))\ns \(Say.result(1))\nc \(Say.call(2, "b"))\ns \(Say.result(2))")
        _ = stage.begins()
        _ = stage.hears("DEBUG: starting")
        _ = stage.hears("")
        _ = stage.hears(Say.result(1))
        _ = stage.hears(Say.result(1))
        _ = stage.hears(Say.result(2))
        #expect(stage.found() == ["#1 extra ", "extra "])
        // As recorded.
        stage = try VerifyStage("s DEBUG\nc \(Say.call(1, "a"))\ns \(Say.result(1))")
        _ = stage.begins()
        _ = stage.hears("DEBUG: starting")
        _ = stage.hears(Say.result(1))
        #expect(stage.found() == [])
    }
}
