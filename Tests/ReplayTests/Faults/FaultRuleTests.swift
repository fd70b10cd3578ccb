import Testing

@testable import Replay

struct FaultRuleTests {
    private func actions(_ text: String) throws -> [FaultAction] { try FaultRule(text).actions }

    @Test func `every action is read`() throws {
        #expect(try actions("delay:500ms") == [.delay(.fixed(500_000_000))])
        #expect(try actions("delay:100ms..2s") == [.delay(.uniform(100_000_000, 2_000_000_000))])
        #expect(
            try actions("delay:lognormal(200ms,0.5)") == [.delay(.logNormal(median: 200_000_000, sigma: 0.5))]
        )
        #expect(try actions("error:-32603") == [.error(code: -32603, message: "injected by mcptape")])
        #expect(try actions("error:-32603:'at 10:30: no'") == [.error(code: -32603, message: "at 10:30: no")])
        #expect(try actions(#"tool_error:"a \"b\"""#) == [.toolError(#"a "b""#)])
        #expect(try actions("http:401") == [.http(status: 401, retryAfter: nil)])
        #expect(try actions("retry_after:1500ms http:429") == [.http(status: 429, retryAfter: 2)])
        #expect(try actions("trickle") == [.trickle(pause: 1_000_000)])
        #expect(try actions("trickle:5ms") == [.trickle(pause: 5_000_000)])
        #expect(try actions("junk:Listening") == [.junk("Listening")])
        #expect(
            try actions("drop disconnect malformed duplicate wrong_id kill") == [
                .drop, .disconnect, .malformed, .duplicate, .wrongID, .kill,
            ])
    }

    @Test func `turns are one, a range, or every so many`() throws {
        #expect(try FaultRule("drop").turns == .all)
        #expect(try FaultRule("nth:2 drop").turns == .range(2...2))
        #expect(try FaultRule("nth:2..4 drop").turns == .range(2...4))
        #expect(try FaultRule("nth:..4 drop").turns == .range(1...4))
        #expect(try FaultRule("nth:3.. drop").turns == .range(3...Int.max))
        #expect(try FaultRule("every:3 drop").turns == .every(3))
    }

    /// What a person reads when a rule is wrong.
    @Test(arguments: [
        (
            "tols:a drop",
            "column 1: unknown word 'tols'; did you mean tool?"
        ),
        (
            "tool:a  later:5s",
            "column 9: unknown word 'later'; the words are method tool id server nth every p delay error "
                + "tool_error http retry_after drop disconnect trickle malformed junk duplicate wrong_id kill"
        ),
        (
            "tool:a",
            "column 6: the rule does not say what goes wrong; add one of delay, error, tool_error, http, "
                + "drop, disconnect, trickle, malformed, junk, duplicate, wrong_id, kill"
        ),
        (
            "",
            "column 1: the rule does not say what goes wrong; add one of delay, error, tool_error, http, "
                + "drop, disconnect, trickle, malformed, junk, duplicate, wrong_id, kill"
        ),
        ("drop drop", "column 6: drop stands there twice; write two rules"),
        ("tool: drop", "column 1: tool needs a value; tool:search, tool:get_* or tool:a,b"),
        ("tool:a,,b drop", "column 1: tool: has an empty value in its list"),
        ("delay:500", "column 1: cannot read '500' as a duration; write a number with a unit, as in 500ms"),
        ("delay:2s..1s", "column 1: 2s..1s ends before it begins"),
        ("delay:48h", "column 1: 48h is longer than a day"),
        (
            "delay:lognormal(200ms)",
            "column 1: cannot read delay:lognormal(200ms); write delay:lognormal(200ms,0.5): the median, and "
                + "a sigma from 0 to 5"
        ),
        ("error:oops", "column 1: cannot read error:oops; write error:-32603:text"),
        ("http:200", "column 1: http: takes a status from 400 to 599; http:429 retry_after:2s"),
        ("drop retry_after:2s", "column 6: retry_after goes with http:; http:429 retry_after:2s"),
        ("drop:yes", "column 1: drop takes no value, but there is 'yes'"),
        ("nth:0 drop", "column 1: cannot read nth:0; write nth:2 or nth:2..4"),
        ("nth:4..2 drop", "column 1: cannot read nth:4..2; write nth:2 or nth:2..4"),
        ("nth:.. drop", "column 1: cannot read nth:..; write nth:2 or nth:2..4"),
        ("nth:2 every:3 drop", "column 7: nth and every exclude each other"),
        ("p:1.5 drop", "column 1: cannot read p:1.5; write p:0.1"),
        ("junk:'a", "column 6: the quote ' is not closed"),
    ])
    func `an error says where, what and what instead`(text: String, line: String) {
        let error = #expect(throws: FaultRuleError.self) { try FaultRule(text) }
        #expect(error?.line == line)
    }

    @Test func `words that did not stand in one line make a rule, and say which is wrong`() throws {
        let rule = try FaultRule(words: [FaultWord("tool", "a b,c"), FaultWord("drop", nil)])
        #expect(rule.text == #"tool:"a b,c" drop"#)
        let error = #expect(throws: FaultRuleError.self) {
            try FaultRule(words: [FaultWord("drop", nil), FaultWord("nth", "x")])
        }
        #expect(error?.word == 1)
    }

    @Test func `a rule is bounded`() {
        let error = #expect(throws: FaultRuleError.self) {
            try FaultRule("drop" + String(repeating: " ", count: 5000))
        }
        #expect(error?.column == 4097)
    }
}
