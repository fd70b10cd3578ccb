import Testing
import Wire

struct JSONDifferenceTests {
    private func differences(_ a: String, _ b: String, limit: Int = 100) -> [String] {
        JSONDifference.between(Array(a.utf8)[...], Array(b.utf8)[...], limit: limit).map {
            "\($0.pointer): \($0.left ?? "-") | \($0.right ?? "-")"
        }
    }

    @Test func `finds what changed, what is missing and what is new`() {
        let a = #"{"query":"swift","limit":10,"tags":["a","b"],"old":{"x":1},"same":[1,{"k":"v"}]}"#
        let b = #"{"tags":["a","c",3],"query":"Swift","limit":1e1,"new":null,"same":[1.0,{"k":"\u0076"}]}"#
        #expect(
            differences(a, b) == [
                #"/query: "swift" | "Swift""#, #"/tags/1: "b" | "c""#, "/tags/2: - | 3",
                #"/old: {"x":1} | -"#, "/new: - | null",
            ])
    }

    @Test func `equal values have no differences`() {
        #expect(differences(#"{"a":[1,"é"],"a":2}"#, #"{"a": 2.0}"#) == [])
        #expect(differences("[]", "[ ]") == [])
        for texts in CanonicalJSONTests.classes {
            for text in texts { #expect(differences(texts[0], text) == []) }
        }
    }

    @Test func `different values have differences`() {
        let firsts = CanonicalJSONTests.classes.map { $0[0] }
        for (row, first) in firsts.enumerated() {
            for second in firsts[(row + 1)...] { #expect(differences(first, second) != []) }
        }
    }

    @Test func `different kinds differ as a whole`() {
        #expect(differences("{\"a\":[1]}", "{\"a\":{\"0\":1}}") == ["/a: [1] | {\"0\":1}"])
        #expect(differences("true", "false") == [": true | false"])
    }

    @Test func `pointers are escaped`() {
        #expect(differences(#"{"a/b":{"~":1}}"#, #"{"a/b":{"~":2}}"#) == ["/a~1b/~0: 1 | 2"])
    }

    @Test func `the limit holds`() {
        #expect(differences("[1,2,3,4]", "[5,6,7,8]", limit: 2) == ["/0: 1 | 5", "/1: 2 | 6"])
        #expect(differences("1", "2", limit: 0) == [])
    }

    @Test func `what is not JSON differs as a whole`() {
        #expect(differences("{", "{}") == [": { | {}"])
        #expect(differences("x", "x") == [])
    }

    @Test func `long texts are cut`() {
        let long = "\"" + String(repeating: "x", count: JSONDifference.textLimit) + "\""
        let found = JSONDifference.between(Array(long.utf8)[...], Array("1".utf8)[...], limit: 1)
        #expect(found.first?.left?.hasSuffix("x…") == true)
    }
}
