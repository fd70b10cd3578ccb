import Testing

@testable import Recording

struct ClosestWordTests {
    @Test func `the nearest word is found`() {
        let words = ["method", "tool", "session", "server", "status", "size", "since"]
        #expect(ClosestWord.to("metod", among: words) == "method")
        #expect(ClosestWord.to("sesion", among: words) == "session")
        #expect(ClosestWord.to("tools", among: words) == "tool")
        #expect(ClosestWord.to("stauts", among: words) == "status")
        #expect(ClosestWord.to("zebra", among: words) == nil)
    }
}
