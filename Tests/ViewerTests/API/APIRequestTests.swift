import Testing

@testable import Viewer

struct APIRequestTests {
    private func reading(_ target: String) -> APIRequest? { APIRequest(PageRequest(target: target)) }

    @Test func `words of the path and the last value of each name`() throws {
        let request = try #require(
            reading("/api/sessions/a%2Fb//exchanges?from=7&filter=tool%3Aget_*+x&from=9&flag"))
        #expect(request.path == ["sessions", "a/b", "exchanges"])
        #expect(request.query == ["from": "9", "filter": "tool:get_* x", "flag": ""])
    }

    @Test(
        arguments: [
            "/", "/api", "/apis/sessions", "/api/%", "/api/%4", "/api/%zz", "/api/x?a=%ff", "/api/%C3",
        ])
    func `what is not the API's, or holds a broken escape, is no request`(target: String) {
        #expect(reading(target) == nil)
    }

    @Test func `a plus is a blank in the query only`() throws {
        let request = try #require(reading("/api/a+b?c+d=e+f%2B"))
        #expect(request.path == ["a+b"] && request.query == ["c d": "e f+"])
    }
}

extension PageRequest {
    /// As a listener splits it.
    init(target: String) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(path: String(halves[0]), query: halves.count == 2 ? String(halves[1]) : "")
    }
}
