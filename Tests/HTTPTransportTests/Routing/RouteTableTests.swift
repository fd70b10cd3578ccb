import Testing

@testable import HTTPTransport

struct RouteTableTests {
    private static func table() throws -> RouteTable {
        try RouteTable([
            try RouteTable.Route("/github=https://api.example.com/mcp"),
            try RouteTable.Route("/git=http://127.0.0.1:1"),
        ])
    }

    @Test(arguments: [
        ("/github/mcp", "github", "/mcp"), ("/github", "github", "/"), ("/github/", "github", "/"),
        ("/github?a=/git", "github", "/?a=/git"), ("/github/mcp?x=1&y", "github", "/mcp?x=1&y"),
        ("/git/mcp", "git", "/mcp"), ("/git/github", "git", "/github"),
        ("/github/../git", "github", "/../git"),
        ("/github//x", "github", "//x"),
        (
            "/.well-known/oauth-protected-resource/github/mcp", "github",
            "/.well-known/oauth-protected-resource/mcp"
        ),
        ("/.well-known/oauth-protected-resource/git", "git", "/.well-known/oauth-protected-resource"),
        (
            "/.well-known/oauth-authorization-server/github?x", "github",
            "/.well-known/oauth-authorization-server?x"
        ),
        (
            "/.well-known/openid-configuration/git/a", "git", "/.well-known/openid-configuration/a"
        ),
        (
            "/github/.well-known/openid-configuration", "github", "/.well-known/openid-configuration"
        ),
    ])
    func `a target finds its route without the prefix`(target: String, name: String, rest: String) throws {
        let table = try Self.table()
        let match = try #require(table.match(Array(target.utf8)[...]))
        #expect(table.routes[match.index].name == name)
        #expect(String(decoding: match.target, as: UTF8.self) == rest)
    }

    @Test(arguments: [
        "/", "/mcp", "/githubx", "/GitHub", "//github", "/%67ithub", "*",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/other/mcp", "/.well-known/other/github",
    ])
    func `a target of no route has none`(target: String) throws {
        #expect(try Self.table().match(Array(target.utf8)[...]) == nil)
    }

    @Test func `one upstream takes every target as it is`() throws {
        let table = RouteTable(upstream: try UpstreamURL("http://a/mcp"))
        for target in ["/", "/mcp", "/.well-known/oauth-protected-resource/mcp", "*", "//x"] {
            let match = try #require(table.match(Array(target.utf8)[...]))
            #expect(String(decoding: match.target, as: UTF8.self) == target)
        }
    }

    @Test(arguments: [
        "github=http://a", "/=http://a", "/a/b=http://a", "/a", "/.x=http://a", "/a b=http://a", "/a=x",
    ])
    func `a malformed route is refused`(text: String) {
        #expect(throws: HTTPFailure.self) { try RouteTable.Route(text) }
    }

    @Test func `two routes of one name, and an upstream beside routes, are refused`() throws {
        let url = try UpstreamURL("http://a")
        let route = try RouteTable.Route("/a=http://a")
        #expect(throws: HTTPFailure.self) { try RouteTable([route, route]) }
        #expect(throws: HTTPFailure.self) { try RouteTable([RouteTable.Route(upstream: url), route]) }
        #expect(throws: HTTPFailure.self) { try RouteTable([]) }
    }

    @Test func `one connection reaches the upstream that each request names`() throws {
        let other = try RawListener()
        let first = try RawListener()
        let table = try RouteTable([
            try RouteTable.Route("/a=http://127.0.0.1:\(first.port)"),
            try RouteTable.Route("/b=http://127.0.0.1:\(other.port)"),
        ])
        let stage = try Stage(routes: table)
        let client = try stage.connect()
        for (name, listener) in [("a", first), ("b", other), ("a", first)] {
            try client.send(Stage.request("GET /\(name)/mcp HTTP/1.1"))
            let upstream = try listener.accept()
            #expect(try upstream.receive(through: "\r\n\r\n").hasPrefix("GET /mcp HTTP/1.1\r\n"))
            try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
            _ = try client.receive(through: "\r\n\r\n")
        }
        try client.send(Stage.request("GET /c HTTP/1.1"))
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 421 "))
    }
}
