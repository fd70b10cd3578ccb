import Testing

@testable import Replay

/// What `--match`, `--ignore`, `--repeats` and `--order` change.
@Suite struct MatchRulesTests {
    /// Exchanges: 1 tools/list, 2 and 3 clock with the same arguments, 4 search, 5 fetch.
    private static let recording = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/list"}
        s {"jsonrpc":"2.0","id":1,"result":{"tools":[]}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"clock","arguments":{"zone":"UTC"}}}
        s {"jsonrpc":"2.0","id":2,"result":{"n":1}}
        c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"clock","arguments":{"zone":"UTC"}}}
        s {"jsonrpc":"2.0","id":3,"result":{"n":2}}
        c {"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"search","arguments":{"query":"q",\
        "time":17,"hits":[{"id":1,"n":"a"},{"id":2,"n":"b"}],"spec":"{\\"depth\\": 1, \\"all\\": true}"}}}
        s {"jsonrpc":"2.0","id":4,"result":{"n":4}}
        c {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"fetch","arguments":{"time":1}}}
        s {"jsonrpc":"2.0","id":5,"result":{"n":5}}
        """

    private static func rules(_ change: (inout MatchRules) throws -> Void) rethrows -> MatchRules {
        var rules = MatchRules()
        try change(&rules)
        return rules
    }

    private static func call(_ name: String, _ arguments: String) -> String {
        #"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"\#(name)","arguments":\#(arguments)}}"#
    }

    private static let answer4 = #"{"jsonrpc":"2.0","id":9,"result":{"n":4}}"#

    private static func search(
        query: String = "q", time: String = "17", ids: (Int, Int) = (1, 2),
        spec: String = #"{\"depth\": 1, \"all\": true}"#
    ) -> String {
        call(
            "search",
            #"{"query":"\#(query)","time":\#(time),"hits":[{"id":\#(ids.0),"n":"a"},{"id":\#(ids.1),"n":"b"}],"#
                + #""spec":"\#(spec)"}"#)
    }

    // MARK: Places that are not compared

    @Test(arguments: [
        "/arguments/time", "tools/call:/arguments/time", "tool:search:/arguments/time", "/*/time",
    ])
    func `a place that is ignored may hold anything or nothing`(_ place: String) throws {
        let rules = try Self.rules { $0.ignored = [try #require(IgnoredPlace(place))] }
        var mock = try Mock(Self.recording, rules: rules)
        #expect(mock.hears(Self.search(time: "99")) == [Self.answer4])
        #expect(mock.hears(Self.search(time: #"{"deep":[1]}"#)) == [Self.answer4])
        let withoutTime = Self.search().replacing(#""time":17,"#, with: "")
        #expect(mock.hears(withoutTime) == [Self.answer4])
        #expect(mock.misses.isEmpty)
        _ = mock.hears(Self.search(query: "other", time: "99"))
        // What is ignored is no difference either.
        #expect(mock.misses.first?.differences.map(\.pointer) == ["/arguments/query"])
    }

    @Test func `a place of another method or tool is compared`() throws {
        for place in ["resources/read:/arguments/time", "tool:fetch:/arguments/time", "/arguments/hits"] {
            let rules = try Self.rules { $0.ignored = [try #require(IgnoredPlace(place))] }
            var mock = try Mock(Self.recording, rules: rules)
            _ = mock.hears(Self.search(time: "99"))
            #expect(mock.misses.count == 1, "\(place)")
        }
    }

    @Test func `elements of arrays keep their places`() throws {
        let rules = try Self.rules { $0.ignored = [try #require(IgnoredPlace("/arguments/hits/*/id"))] }
        var mock = try Mock(Self.recording, rules: rules)
        #expect(mock.hears(Self.search(ids: (7, 8))) == [Self.answer4])
        let first = try Self.rules { $0.ignored = [try #require(IgnoredPlace("/arguments/hits/0"))] }
        mock = try Mock(Self.recording, rules: first)
        #expect(mock.hears(Self.search(ids: (7, 2))) == [Self.answer4])
        _ = mock.hears(Self.search(ids: (1, 8)))
        #expect(mock.misses.first?.differences.map(\.pointer) == ["/arguments/hits/1/id"])
    }

    @Test(arguments: ["", "arguments/time", ":/arguments", "tool::/arguments", "/", "tools/call:", "x"])
    func `what names no place is refused`(_ text: String) {
        #expect(IgnoredPlace(text) == nil)
    }

    @Test func `text that holds JSON is compared as JSON on request`() throws {
        let other = #"{ \"all\":true,\"depth\":1.0 }"#
        var mock = try Mock(Self.recording)
        _ = mock.hears(Self.search(spec: other))
        #expect(mock.misses.count == 1)
        mock = try Mock(Self.recording, rules: Self.rules { $0.readsJSONText = true })
        #expect(mock.hears(Self.search(spec: other)) == [Self.answer4])
        _ = mock.hears(Self.search(spec: #"{\"all\":false,\"depth\":1}"#))
        #expect(mock.misses.first?.differences.map(\.pointer) == ["/arguments/spec/all"])
    }

    // MARK: Facets

    @Test func `only the chosen facets are compared`() throws {
        var mock = try Mock(Self.recording, rules: Self.rules { $0.facets = ["method", "name"] })
        #expect(mock.hears(Self.call("search", #"{"anything":1}"#)) == [Self.answer4])
        _ = mock.hears(Self.call("delete", "{}"))
        #expect(mock.misses.first?.reason == .nameNeverRecorded)
        mock = try Mock(Self.recording, rules: Self.rules { $0.facets = ["arguments"] })
        #expect(
            mock.hears(Self.call("find", #"{"time":1}"#)) == [#"{"jsonrpc":"2.0","id":9,"result":{"n":5}}"#])
        #expect(mock.misses.isEmpty)
    }

    @Test func `facet names are those that misses tell`() {
        for name in ["name", "uri", "arguments", "cursor", "inputResponses", "requestState", "params"] {
            #expect(MatchRules.facetNames.contains(name))
        }
    }

    // MARK: Repeats

    private static let clock = call("clock", #"{"zone":"UTC"}"#)

    private func clocks(_ repeats: MatchRules.Repeats) throws -> (answers: [String], mock: Mock) {
        var mock = try Mock(Self.recording, rules: Self.rules { $0.repeats = repeats })
        let answers = (0..<5).flatMap { _ in mock.hears(Self.clock) }
        return (answers, mock)
    }

    private static func clock(_ number: Int) -> String {
        #"{"jsonrpc":"2.0","id":9,"result":{"n":\#(number)}}"#
    }

    @Test func `the last answer is given again, and counted`() throws {
        let (answers, mock) = try clocks(.last)
        #expect(answers == [1, 2, 2, 2, 2].map(Self.clock))
        #expect(mock.report.repeats.map(\.count) == [3])
        #expect(mock.report.exitStatus() == 0)
    }

    @Test func `a loop begins again with the first`() throws {
        let (answers, mock) = try clocks(.loop)
        #expect(answers == [1, 2, 1, 2, 1].map(Self.clock))
        #expect(mock.report.lines.contains { $0.contains("its answers were given again from the first") })
        #expect(mock.report.exitStatus() == 0)
    }

    @Test func `once is a miss afterwards`() throws {
        let (answers, mock) = try clocks(.once)
        #expect(answers.prefix(2) == [Self.clock(1), Self.clock(2)])
        #expect(answers.count == 5)
        #expect(
            mock.misses.first?.line
                == "tools/call clock is #3 of the recording, was recorded twice, and is made once more (demo.jsonl)"
        )
        #expect(mock.report.missCount == 3)
        #expect(mock.report.exitStatus() == 3)
    }

    @Test func `an error is no miss`() throws {
        let (answers, mock) = try clocks(.error)
        #expect(answers[2].contains(#""error":{"code":1001,"#))
        #expect(answers[2].contains("is made once more"))
        #expect(mock.misses.isEmpty)
        #expect(mock.report.repeats.map(\.count) == [3])
        #expect(mock.report.lines.contains { $0.contains("it got an error") })
        #expect(mock.report.exitStatus() == 0)
    }

    @Test(arguments: MatchRules.Repeats.allCases)
    func `lists are given again under every rule`(_ repeats: MatchRules.Repeats) throws {
        var mock = try Mock(Self.recording, rules: Self.rules { $0.repeats = repeats })
        for id in 1...3 {
            #expect(
                mock.hears(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list"}"#)
                    == [#"{"jsonrpc":"2.0","id":\#(id),"result":{"tools":[]}}"#])
        }
        #expect(mock.misses.isEmpty)
    }

    // MARK: Order

    @Test func `the recorded order is kept where it is asked for`() throws {
        var mock = try Mock(Self.recording, rules: Self.rules { $0.order = .recorded })
        let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
        #expect(mock.hears(Self.clock) == [Self.clock(1)])
        _ = mock.hears(Self.search())
        #expect(
            mock.misses.map(\.line) == [
                "tools/call search is #4 of the recording, but #3 tools/call clock is next there (demo.jsonl)"
            ])
        #expect(mock.misses.first?.expected?.exchange == 3)
        #expect(mock.hears(Self.clock) == [Self.clock(2)])
        #expect(mock.hears(list).count == 1)
        #expect(mock.hears(Self.search()) == [Self.answer4])
        #expect(mock.hears(Self.call("fetch", #"{"time":1}"#)).count == 1)
        _ = mock.hears(Self.clock)
        #expect(
            mock.misses.last?.line
                == "tools/call clock is #3 of the recording, which has no request left (demo.jsonl)")
        #expect(mock.report.missCount == 2)
    }
}
