import Testing
import Wire

struct JSONWriterTests {
    @Test func `commas come by themselves`() {
        var json = JSONWriter()
        json.object {
            $0.member("a", "x")
            $0.member("n", 3)
            $0.member("ok", true)
            $0.member("none", ifPresent: nil as String?)
            $0.member("ratio", 0.5)
            $0.member("list") { $0.array { for number in [1, -2] { $0.int(number) } } }
            $0.member("empty") { $0.object { _ in } }
            $0.member("raw", raw: "[1.0]".utf8)
            $0.member("names") { $0.strings(["p", "q"]) }
            $0.member("last") { $0.null() }
        }
        let start = #"{"a":"x","n":3,"ok":true,"ratio":0.5,"list":[1,-2],"empty":{},"#
        #expect(json.text == start + #""raw":[1.0],"names":["p","q"],"last":null}"#)
    }

    @Test func `what a terminal acts upon is escaped, and the value stays`() {
        let odd =
            "\u{7F}\u{80}\u{9B}31m\u{9F}\u{A0}é\u{61C}\u{200B}\u{200F}\u{2010}\u{2028}\u{2029}\u{202A}"
            + "\u{202E}\u{202F}\u{2060}\u{2066}\u{2069}\u{206A}\u{FEFF}\u{FEFE}€😀\u{1B}"
        var json = JSONWriter(escapesInvisible: true)
        json.object {
            $0.member(odd, odd)
            $0.member("bytes") { $0.string(utf8: Array(odd.utf8)[...]) }
            $0.member("id") { $0.token("\"\u{202E}\"".utf8) }
            $0.member("msg", raw: "\"\u{85}\"".utf8)
        }
        let escaped =
            #""\u007f\u0080\u009b31m\u009f"# + "\u{A0}é" + #"\u061c\u200b\u200f"# + "\u{2010}"
            + #"\u2028\u2029\u202a\u202e"# + "\u{202F}" + #"\u2060\u2066\u2069"# + "\u{206A}"
            + #"\ufeff"# + "\u{FEFE}€😀" + #"\u001b""#
        #expect(
            json.text == "{\(escaped):\(escaped),\"bytes\":\(escaped),\"id\":\"\\u202e\",\"msg\":\"\u{85}\"}")
        var plain = JSONWriter()
        plain.string("\u{202E}")
        #expect(plain.text == "\"\u{202E}\"")
    }

    @Test func `lines are values of their own`() {
        var json = JSONWriter()
        json.int(1)
        json.endLine()
        json.array { _ in }
        json.endLine()
        #expect(json.text == "1\n[]\n")
        json.removeAll()
        json.double(.infinity)
        #expect(json.text == "null")
    }
}
