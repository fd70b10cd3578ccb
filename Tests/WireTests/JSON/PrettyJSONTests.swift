import Testing
import Wire

struct PrettyJSONTests {
    private func pretty(_ text: String, indent: Int = 2) -> String? {
        PrettyJSON.lines(of: Array(text.utf8)[...], indent: indent)?.joined(separator: "\n")
    }

    @Test func `lays out containers and keeps every token`() {
        #expect(
            pretty(#"{"b":1.0,"a":[1E5,"\u0041",{}],"a":[],"o":{"x":null}}"#) == #"""
                {
                  "b": 1.0,
                  "a": [
                    1E5,
                    "\u0041",
                    {}
                  ],
                  "a": [],
                  "o": {
                    "x": null
                  }
                }
                """#)
    }

    @Test func `a scalar is one line`() {
        #expect(pretty(" -0.0 ") == "-0.0")
        #expect(pretty("[[1]]", indent: 0) == "[\n[\n1\n]\n]")
        #expect(pretty("{]") == nil)
    }

    @Test func `only white space changes`() throws {
        for text in CanonicalJSONTests.classes.joined() {
            let lines = try #require(PrettyJSON.lines(of: Array(text.utf8)[...]))
            let joined = Array(lines.joined(separator: "\n").utf8)
            #expect(CanonicalJSON.bytes(of: joined[...]) == CanonicalJSON.bytes(of: Array(text.utf8)[...]))
        }
    }
}
