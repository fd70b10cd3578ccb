import Testing

@testable import HTTPTransport

struct MockRoutesTests {
    @Test func `one server has every path`() {
        let routes = MockRoutes(["git hub"])
        #expect(routes.paths == ["/mcp"])
        #expect(["/", "/mcp", "/other/mcp?x"].map(routes.server) == [0, 0, 0])
    }

    @Test func `of several the first part of the path is the server's name`() {
        let routes = MockRoutes(["github", "my server/α", ".."])
        #expect(routes.paths == ["/github/mcp", "/my_server__/mcp", "/__/mcp"])
        #expect(routes.server(of: "/github") == 0)
        #expect(routes.server(of: "/github/mcp/worker-1?x=/my_server__") == 0)
        #expect(routes.server(of: "/my_server__/mcp") == 1)
        #expect(routes.server(of: "/__/mcp") == 2)
        #expect(["/", "/mcp", "/GitHub/mcp", "/git", "/?github"].allSatisfy { routes.server(of: $0) == nil })
    }
}
