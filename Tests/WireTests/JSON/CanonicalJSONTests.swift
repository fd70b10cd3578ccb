import Testing
import Wire

struct CanonicalJSONTests {
    private func form(_ text: String) -> String? {
        CanonicalJSON.bytes(of: Array(text.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Each row holds texts of one value; texts of different rows are different values.
    static let classes: [[String]] = [
        ["1", "1.0", "1e0", "10e-1", " 1 ", "0.1E+1"], ["-1", "-1.0"], ["0", "-0", "0.0", "-0e5"],
        ["1E400", "1e400", "10e399"], ["1e-400"], ["18446744073709551616", "18446744073709551616.0"],
        ["18446744073709551617"], ["0.1"], ["0.10000000000000000001"],
        ["\"1\"", "\"\\u0031\""], ["\"A\"", "\"\\u0041\""], ["\"a\""], ["\"\""],
        ["\"/\"", "\"\\/\"", "\"\\u002f\"", "\"\\u002F\""], ["\"\\n\"", "\"\\u000a\""], ["\"n\""],
        ["\"😀\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\""], ["\"\\ud83d\"", "\"\\uD83D\""],
        ["\"\\ude00\""],
        ["\"\\ude00\\ud83d\""], ["\"\u{FFFD}\"", "\"\\ufffd\""], ["\"é\"", "\"\\u00e9\""], ["\"e\u{301}\""],
        ["true"], ["false"], ["null"], ["[]", "[ ]"], ["{}", "{ }"], ["[null]"], ["[[]]"],
        ["[1,2]", "[1.0, 2.0]"],
        ["[2,1]"], [#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, #"{"\u0062":2.0,"a":1}"#, #"{"a":3,"b":2,"a":1}"#],
        [#"{"a":2,"b":1}"#], [#"{"a":1}"#], [#"{"a":1,"b":null}"#],
        [
            #"{"a":{"x":[1,{"z":1,"y":2}]}}"#,
            #"{"a":{"x":[1e0,{"y":2,"z":1}]}}"#,
        ], [#"{"a":{"x":[1,{"z":2,"y":1}]}}"#], [#"{"":1}"#],
    ]

    @Test func `equal values share a form and different values do not`() throws {
        let all = CanonicalJSONTests.classes
        for (row, texts) in all.enumerated() {
            // Bytes, not texts: `String ==` takes canonically equivalent texts for equal.
            let forms = try texts.map { try #require(CanonicalJSON.bytes(of: Array($0.utf8)[...])) }
            #expect(Set(forms).count == 1, "\(texts)")
            for other in all[(row + 1)...] {
                #expect(CanonicalJSON.bytes(of: Array(other[0].utf8)[...]) != forms[0], "\(texts), \(other)")
            }
        }
    }

    @Test func `the form is JSON and its own form`() throws {
        for text in CanonicalJSONTests.classes.joined() {
            let once = try #require(form(text))
            #expect(form(once) == once)
        }
        #expect(
            form(#" {"b" : [1.50, "\/\u0001\ud800"], "a":null} "#) == #"{"a":null,"b":[1.5,"/\u0001\ud800"]}"#
        )
    }

    @Test func `keys are sorted by their bytes`() {
        #expect(
            form(#"{"é":1,"z":2,"":3,"a\u0000":4,"a":5,"😀":6}"#)
                == #"{"":3,"a":5,"a\u0000":4,"z":2,"é":1,"😀":6}"#)
    }

    @Test func `what is not JSON has no form`() {
        #expect(form("{") == nil)
        #expect(form("") == nil)
    }

    @Test func `goes as deep as a tree goes`() {
        let deep = String(repeating: "[{\"a\":", count: 256) + "1.0" + String(repeating: "}]", count: 256)
        #expect(form(deep)?.utf8.count == deep.utf8.count - 2)
    }
}
