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
