import Recording
import Testing
import Wire

@testable import Replay

struct AnswerComparisonTests {
    private func differences(
        _ recorded: String, _ live: String, ignoring places: [String] = [],
        reduced: [Redaction] = [], values: LiveValues = LiveValues()
    ) throws -> [String] {
        var comparison = AnswerComparison(
            ignoring: places.compactMap { IgnoredPlace($0)?.steps[...] }, reduced: ReducedContent(reduced),
            values: values, placeholders: PlaceholderMatch())
        comparison.compare(
            try #require(JSONTree(Array(recorded.utf8)[...])).root,
            try #require(JSONTree(Array(live.utf8)[...])).root)
        return comparison.differences.map { "\($0.kind.rawValue) \($0.pointer)" }
    }

    private func result(_ text: String) -> String { #"{"jsonrpc":"2.0","id":1,"result":\#(text)}"# }

    @Test(arguments: [
        (#"{"a":1.0,"b":"\u0041"}"#, #"{"b":"A","a":1}"#, []),
        (#"{"a":1}"#, #"{"a":2}"#, ["value /result/a"]),
        (#"{"a":true}"#, #"{"a":false}"#, ["value /result/a"]),
        (#"{"a":1}"#, #"{"a":"1"}"#, ["shape /result/a"]),
        (#"{"a":null}"#, #"{"a":{}}"#, ["shape /result/a"]),
        (#"{"a":1}"#, "{}", ["missing /result/a"]),
        ("{}", #"{"a/b":1}"#, ["extra /result/a~1b"]),
        ("[1,2]", "[1]", ["missing /result/1"]),
        ("[1]", "[2,3]", ["value /result/0", "extra /result/1"]),
        (#"{"text":"{\"a\":1}"}"#, #"{"text":"{ \"a\": 1 }"}"#, []),
        (#"{"text":"{\"a\":1}"}"#, #"{"text":"{\"a\":2}"}"#, ["value /result/text/a"]),
        (#"{"text":"{}"}"#, #"{"text":"none"}"#, ["value /result/text"]),
    ]) func `each kind of difference and its place`(_ recorded: String, _ live: String, _ found: [String])
        throws
    {
        #expect(try differences(result(recorded), result(live)) == found)
    }

    @Test func `lists are compared by name`() throws {
        let (a, b, c) = (#"{"name":"a","n":1}"#, #"{"name":"b"}"#, #"{"name":"c"}"#)
        func list(_ tools: String...) -> String { result(#"{"tools":[\#(tools.joined(separator: ","))]}"#) }
        #expect(try differences(list(a, b), list(b, a)) == ["order /result/tools"])
        #expect(
            try differences(list(a, b), list(c, b)) == ["missing /result/tools/a", "extra /result/tools/c"])
        #expect(
            try differences(list(a, b), list(b, #"{"name":"a","n":2}"#)) == [
                "value /result/tools/a/n", "order /result/tools",
            ])
        // Two of one name are told apart by their places.
        #expect(
            try differences(list(a, a), list(a, b)) == [
                "value /result/tools/1/name", "missing /result/tools/1/n",
            ])
    }

    @Test func `what a server makes up must only be there`() throws {
        #expect(try differences(result(#"{"nextCursor":"a"}"#), result(#"{"nextCursor":"b"}"#)) == [])
        #expect(
            try differences(result(#"{"nextCursor":"a"}"#), result("{}")) == ["missing /result/nextCursor"])
        #expect(
            try differences(result(#"{"requestState":"a"}"#), result(#"{"requestState":1}"#)) == [
                "shape /result/requestState"
            ])
        #expect(
            try differences(
                result(#"{"task":{"taskId":"a","createdAt":1}}"#), result(#"{"task":{"taskId":"b"}}"#)) == [])
    }

    @Test func `places that are ignored, whatever is there`() throws {
        let (old, new) = (result(#"{"a":[{"t":1},{"t":2}],"b":1}"#), result(#"{"a":[{"t":3},{}],"c":1}"#))
        #expect(
            try differences(old, new) == [
                "value /result/a/0/t", "missing /result/a/1/t", "missing /result/b", "extra /result/c",
            ])
        #expect(try differences(old, new, ignoring: ["/result/a/*/t", "/result/b", "/result/c"]) == [])
        #expect(try differences(old, new, ignoring: ["/result"]) == [])
        #expect(
            try differences(
                result(#"{"t":"{\"x\":1}"}"#), result(#"{"t":"{\"x\":2}"}"#), ignoring: ["/result/t/x"]) == []
        )
    }

    @Test func `a placeholder is any value, and one value throughout`() throws {
        let digits = "0123456789ab"
        let hidden = "[redacted:secret:\(digits)]"
        let old = result(#"{"a":"\#(hidden)","b":"x \#(hidden)"}"#)
        #expect(try differences(old, result(#"{"a":"s3","b":"x s3"}"#)) == [])
        #expect(try differences(old, result(#"{"a":"s3","b":"x s4"}"#)) == ["value /result/b"])
        #expect(try differences(old, result(#"{"a":1,"b":"x s3"}"#)) == ["shape /result/a"])
    }

    @Test func `a live value that stands for a recorded one is equal to it`() throws {
        var values = LiveValues()
        let (old, new) = (result(#"{"id":"thing-0001","n":7}"#), result(#"{"id":"thing-9999","n":8}"#))
        values.learn(
            recorded: try #require(JSONTree(Array(old.utf8)[...])).root,
            live: try #require(JSONTree(Array(new.utf8)[...])).root,
            binding: [["result", "id"], ["result", "n"]])
        #expect(
            try differences(
                result(#"{"u":"x://thing-0001/1","n":7,"s":"7"}"#),
                result(#"{"u":"x://thing-9999/1","n":8,"s":"8"}"#), values: values) == [])
        let request = #"{"params":{"name":"7x","arguments":{"u":"x://thing-0001/1","n":7},"_meta":{"n":7}}}"#
        let (sent, isMissing) = values.prepared(Array(request.utf8)[...], hasProducers: false)
        #expect(!isMissing)
        #expect(
            String(decoding: sent, as: UTF8.self)
                == #"{"params":{"name":"7x","arguments":{"u":"x://thing-9999/1","n":8},"_meta":{"n":7}}}"#)
    }

    @Test func `a cursor without a live one is missed`() {
        let request = Array(#"{"params":{"cursor":"a"}}"#.utf8)[...]
        #expect(LiveValues().prepared(request, hasProducers: true).missing)
        #expect(!LiveValues().prepared(request, hasProducers: false).missing)
    }

    @Test func `noise is generalised where several elements have it`() {
        #expect(
            NoisePlaces.generalised(["/result/a/0/t", "/result/a/1/t", "/result/b/0/t", "/result/c"]) == [
                "/result/a/*/t", "/result/b/0/t", "/result/c",
            ])
    }
}
