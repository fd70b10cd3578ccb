import Telemetry
import Testing

struct TextfileContentTests {
    @Test(arguments: [TextfileContent.Owner.process, .store("0123456789abcdef")])
    func `a file's first line says who may write it`(owner: TextfileContent.Owner) {
        #expect(TextfileContent.Owner(of: (owner.line + "# HELP x y\n").utf8) == owner)
        #expect(owner.line.hasPrefix("# ") && owner.line.hasSuffix("\n"))
    }

    @Test(arguments: [
        "", "# HELP mcptape_build_info x\n# mcptape process\n", "# mcptape \n", "# mcptape store\n",
        "# mcptape process 1\n", "# mcptape something\n", "up 1\n",
    ])
    func `other files do not say it`(text: String) {
        #expect(TextfileContent.Owner(of: text.utf8) == nil)
    }

    @Test func `a series that two files share is found by its name and labels`() {
        let one = "# TYPE a counter\na{x=\"1 2\"} 3\na{x=\"2\"} 3\nb 1\n"
        func shared(_ other: String) -> String? {
            TextfileContent.sharedSeries(Array(one.utf8), Array(other.utf8))
        }
        #expect(shared("# TYPE a counter\nc 1\na{x=\"1 2\"} 99\nb 2\n") == "a{x=\"1 2\"}")
        #expect(shared("b 7") == "b")
        #expect(shared("# TYPE a counter\na{x=\"3\"} 3\na{x=\"1 2\",y=\"z\"} 3\n") == nil)
        #expect(shared("") == nil)
    }
}
