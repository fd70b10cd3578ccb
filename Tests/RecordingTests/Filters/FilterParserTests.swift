import MCPSemantics
import Testing
import Wire

@testable import Recording

struct FilterParserTests {
    private func parse(_ text: String) throws -> Filter.Expression { try Filter(parsing: text).expression }

    private func failure(_ text: String) -> String {
        do {
            let expression = try Filter(parsing: text).expression
            return "no error: \(expression)"
        } catch {
            return error.line
        }
    }

    private func tool(_ names: String...) -> Filter.Expression { .term(.tool(names.map { TextPattern($0) })) }

    @Test func `an empty filter is everything`() throws {
        #expect(try Filter(parsing: "") == .everything)
        #expect(try Filter(parsing: " \t ").isEmpty)
        #expect(try Filter(parsing: [String]()).isEmpty)
    }

    @Test func `a space is AND and binds closer than OR`() throws {
        #expect(
            try parse("tool:a status:error OR tool:b")
                == .any([.all([tool("a"), .term(.status([.error]))]), tool("b")]))
        #expect(try parse("tool:a AND tool:b") == .all([tool("a"), tool("b")]))
    }

    @Test(arguments: [
        ("-tool:a", "NOT tool:a"), ("tool:a | tool:b", "tool:a OR tool:b"),
        ("tool:a|tool:b", "tool:a OR tool:b"),
        ("tool:a || tool:b", "tool:a OR tool:b"), ("tool:a|b", "tool:a,b"), (">250ms", "duration:250ms.."),
        ("> 250ms", "duration:250ms.."), (">=250ms", "duration:250ms.."), ("<1s", "duration:..1s"),
        (">1MB", "size:1MB.."), ("duration:>250ms", "duration:250ms.."),
        ("-(tool:a tool:b)", "NOT (tool:a tool:b)"),
        ("NOT NOT tool:a", "--tool:a"), ("(tool:a)", "tool:a"),
        ("method:tools/call,ping", "method:tools/call|ping"),
        ("tool:a|-tool:b", "tool:a OR NOT tool:b"), ("status:error|>1s", "status:error OR >1s"),
    ])
    func `two ways to write one filter`(one: String, other: String) throws {
        #expect(try parse(one) == parse(other))
    }

    @Test func `quotes make stars, words and parentheses literal`() throws {
        #expect(try parse(#"tool:"get *""#) == .term(.tool([TextPattern(literally: "get *")])))
        #expect(try parse(#""OR" 'NOT'"#) == .all([.term(.text("OR")), .term(.text("NOT"))]))
        #expect(try parse(#""say \"hi\" \\ (now)""#) == .term(.text(#"say "hi" \ (now)"#)))
    }

    @Test(arguments: ["http://127.0.0.1:80/x", "don't", "ORDER", "NOTE", "12:30", "{\"a\":1}", "a-b"])
    func `text that only looks like a word is text`(text: String) throws {
        #expect(try parse(text) == .term(.text(text)))
    }

    @Test func `free text is listed once, in order`() throws {
        #expect(try Filter(parsing: "b tool:x (a OR -b)").freeText == ["b", "a"])
    }

    @Test func `durations and sizes have units`() throws {
        #expect(
            try parse("duration:10ms..1.5s")
                == .term(.duration(QuantityRange(least: 10_000_000, most: 1_500_000_000))))
        #expect(try parse("duration:13µs..") == .term(.duration(QuantityRange(least: 13_000))))
        #expect(try parse("size:64KiB..1MB") == .term(.size(QuantityRange(least: 65_536, most: 1_000_000))))
        #expect(try parse("size:512..") == .term(.size(QuantityRange(least: 512))))
    }

    @Test func `since is an age or a date`() throws {
        #expect(try parse("since:2h") == .term(.sinceAge(7_200_000_000_000)))
        #expect(try parse("since:2026-11-23T14:05Z") == .term(.sinceInstant(1_795_442_700_000_000_000)))
    }

    @Test func `since has an end too, which is not part of it`() throws {
        let day: Int64 = 86_400_000_000_000
        #expect(try parse("since:2d..1d") == .all([.term(.sinceAge(2 * day)), .not(.term(.sinceAge(day)))]))
        #expect(try parse("since:..1d") == .not(.term(.sinceAge(day))))
        #expect(try parse("since:1d..") == .term(.sinceAge(day)))
        for text in ["since:..", "since:x..1d", "since:1d..x"] {
            #expect(throws: FilterError.self, "\(text)") { try parse(text) }
        }
    }

    @Test(arguments: [
        ("metod:x", "filter, column 1: unknown filter word 'metod:'; did you mean method:?"),
        ("tool:a statsu:ok", "filter, column 8: unknown filter word 'statsu:'; did you mean status:?"),
        (
            "duration:",
            "filter, column 1: duration: has no value; if it was '>250ms', the shell took it: "
                + "quote it: '>250ms' or duration:250ms.."
        ),
        (
            "status:eror",
            "filter, column 8: status: has no value 'eror'; did you mean error? "
                + "one of pending, ok, error, tool_error, cancelled, late"
        ),
        (
            "duration:250ms",
            "filter, column 10: duration: takes a range; "
                + "write duration:250ms.. for at least, duration:..250ms for at most"
        ),
        ("(tool:a", "filter, column 1: '(' is not closed"),
        ("tool:a)", "filter, column 7: ')' without '('; to search for a parenthesis, quote it: ')'"),
        ("\"abc", "filter, column 1: the quote \" is not closed"),
        ("tool:", "filter, column 1: tool: has no value; write tool:search or tool:get_*"),
        ("tool:a OR", "filter, column 10: a filter word or a text is missing before the end"),
        ("OR tool:a", "filter, column 1: a filter word or a text is missing before OR"),
        ("NOT", "filter, column 1: nothing to negate"),
        ("tool:a,,b", "filter, column 8: tool: has an empty value in its list"),
        ("duration:1s..1ms", "filter, column 10: duration: 1s..1ms is empty; the smaller end comes first"),
    ])
    func `an error says where, what and what to type`(text: String, line: String) {
        #expect(failure(text) == line)
    }

    @Test func `deep or long filters are refused`() {
        #expect(failure(String(repeating: "(", count: 1000)).contains("more than 64 levels"))
        #expect(failure(String(repeating: "-", count: 1000) + "a").contains("more than 64 levels"))
        #expect(failure(String(repeating: "a", count: 5000)).contains("longer than 4096"))
    }

    @Test func `no text traps the parser`() {
        var random = SeededRandom(seed: 20_261_123)
        let pieces = [
            "tool:", "a", " ", "(", ")", "|", "-", "NOT ", "OR ", "\"", "'", "\\", ">", "<=", "250ms", "1MB",
            ",",
            "*", "duration:", "size:", "since:", "..", "99999999999999999999", "é", "\u{0}", "AND ",
            "status:ok",
        ]
        for _ in 0..<20_000 {
            let text = (0..<random.below(12)).map { _ in pieces[random.below(pieces.count)] }.joined()
            _ = try? Filter(parsing: text)
        }
    }
}
