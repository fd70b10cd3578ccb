import Testing
import Wire

struct JSONPointerTests {
    @Test func `steps are escaped and come back`() {
        var pointer = ""
        let steps = ["params", "a/b", "~", "~1", "", "0", "é"]
        for step in steps { pointer = JSONPointer.appending(step, to: pointer) }
        #expect(pointer == "/params/a~1b/~0/~01//0/é")
        #expect(JSONPointer.steps(of: pointer) == steps)
    }

    @Test func `a pointer is empty or begins with a slash`() {
        #expect(JSONPointer.steps(of: "") == [])
        #expect(JSONPointer.steps(of: "a") == nil)
        #expect(JSONPointer.steps(of: "/a~") == ["a~"])
    }
}
