import Testing
import Wire

struct FieldPathsTests {
    @Test func `keeps the paths in their order`() {
        let paths = [["params", "name"], ["params"], ["result", "a", "b", "c"]]
        #expect(FieldPaths(paths).paths == paths)
        #expect(FieldPaths.none.paths.isEmpty)
    }
}
