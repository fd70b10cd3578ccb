import Recording
import Testing

@testable import HTTPTransport

/// A head that comes once more is recognised by its bytes; nobody can tell.
struct RecentHeadsTests {
    private let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nzz"

    /// Sends `requests` one after the other on one connection and answers each; what the upstream received.
    private func exchange(_ requests: [String], over stage: Stage) throws -> [String] {
        let client = try stage.connect()
        var upstream: RawSocket?
        var heads: [String] = []
        for request in requests {
            try client.send(request)
            let link = try upstream ?? stage.upstream.accept()
            upstream = link
            heads.append(try link.receive(through: "\r\n\r\n"))
            try link.send(answer)
            #expect(try client.receive(through: "zz") == answer)
        }
        return heads
    }

    private func requests(of stage: Stage) -> [HTTPRequestHead] {
        stage.tap.events.compactMap { if case .request(let head, _) = $0 { head } else { nil } }
    }

    @Test func `the same head is forwarded and told the same each time`() throws {
        let stage = try Stage()
        let request = Stage.request("GET /mcp?key=secret HTTP/1.1", "Cookie: c\r\nX-One: 1\r\n")
        let heads = try exchange([request, request, request], over: stage)
        #expect(Set(heads).count == 1 && heads[0].hasPrefix("GET /mcp?key=secret HTTP/1.1\r\n"))
        _ = stage.tap.waitForClosures(3)
        let told = requests(of: stage)
        #expect(told.count == 3 && Set(told).count == 1)
        #expect(told.first?.fields.first { $0.name == "Cookie" }?.form == .masked)
        #expect(told.first?.target.contains("secret") == false)
        let responses = stage.tap.events.compactMap {
            if case .response(let head, _) = $0 { head } else { nil }
        }
        #expect(responses.count == 3 && Set(responses).count == 1)
    }

    @Test func `a head that differs in one place is told as it is`() throws {
        let stage = try Stage()
        let lines = ["X-One: 1\r\nX-Two: 2\r\n", "X-One: 1\r\nX-Two: 3\r\n", "X-Two: 2\r\nX-One: 1\r\n", ""]
        let heads = try exchange(lines.map { Stage.request("GET / HTTP/1.1", $0) }, over: stage)
        for (head, line) in zip(heads, lines) { #expect(head.contains(line)) }
        _ = stage.tap.waitForClosures(4)
        let names = requests(of: stage).map { $0.fields.map(\.name) }
        #expect(
            names == [
                ["Host", "X-One", "X-Two"], ["Host", "X-One", "X-Two"], ["Host", "X-Two", "X-One"], ["Host"],
            ])
        // Of what is masked the size alone tells.
        #expect(requests(of: stage).allSatisfy { $0.fields.dropFirst().allSatisfy { $0.form == .masked } })
    }

    @Test func `a repeated head that arrives in pieces, or with the next one, is one head`() throws {
        let stage = try Stage()
        let request = Stage.request("POST / HTTP/1.1", "Content-Length: 3\r\n", body: "abc")
        let client = try stage.connect()
        try client.send(request)
        let upstream = try stage.upstream.accept()
        let first = try upstream.receive(through: "abc")
        try upstream.send(answer)
        _ = try client.receive(through: "zz")
        for cut in [1, 5, 20, request.utf8.count - 4, request.utf8.count - 1] {
            try client.send(String(request.prefix(cut)))
            try client.send(String(request.dropFirst(cut)))
            #expect(try upstream.receive(through: "abc") == first)
            try upstream.send(answer)
            #expect(try client.receive(through: "zz") == answer)
        }
        try client.send(request + request)
        for _ in 1...2 {
            #expect(try upstream.receive(through: "abc") == first)
            try upstream.send(answer)
            #expect(try client.receive(through: "zz") == answer)
        }
        #expect(stage.tap.waitForClosures(8).allSatisfy { $0 == StreamClosure(.upstream, .complete) })
        #expect(stage.tap.content(.clientToServer, 8) == "abc")
    }

    @Test func `each connection is told with its own number, however many there are`() throws {
        let stage = try Stage()
        var open: [RawSocket] = []
        // Two of them share a place.
        for number in 1...258 {
            let client = try stage.connect()
            try client.send(Stage.request())
            let upstream = try stage.upstream.accept()
            _ = try upstream.receive(through: "\r\n\r\n")
            try upstream.send(answer)
            _ = try client.receive(through: "zz")
            if number == 1 || number >= 257 { open += [client, upstream] }
        }
        // The first connection again, whose place another one took.
        try open[0].send(Stage.request())
        _ = try open[1].receive(through: "\r\n\r\n")
        try open[1].send(answer)
        _ = try open[0].receive(through: "zz")
        _ = stage.tap.waitForClosures(259)
        let told = requests(of: stage)
        #expect(told.map(\.connection) == Array(1...258) + [1])
        #expect(told.last?.peer == told.first?.peer && told[256].peer != told[0].peer)
    }

    @Test func `other settings hold for a head that came before them`() throws {
        let stage = try Stage()
        let client = try stage.connect()
        let request = Stage.request()
        try client.send(request)
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        try upstream.send(answer)
        _ = try client.receive(through: "zz")
        let url = try UpstreamURL("http://127.0.0.1:\(stage.upstream.port)/mcp")
        var options = HTTPProxyOptions(address: stage.proxy.address, routes: RouteTable(upstream: url))
        options.policy.clientToken = Array("token".utf8)
        stage.proxy.apply(try PreparedProxy(options))
        try client.send(request)
        #expect(try client.receive(through: "\r\n").hasPrefix("HTTP/1.1 403 "))
        #expect(stage.tap.waitForClosures().count == 1)
    }

    @Test func `what a large body begins with is not held for its end`() throws {
        let stage = try Stage()
        let client = try stage.connect()
        try client.send(Stage.request("POST / HTTP/1.1", "Content-Length: 20000\r\n", body: "begin"))
        let upstream = try stage.upstream.accept()
        #expect(try upstream.receive(through: "begin").hasSuffix("\r\n\r\nbegin"))
        try client.send(String(repeating: "x", count: 19_990) + "12345")
        try upstream.skip(19_990)
        #expect(try upstream.receive(through: "5") == "12345")
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab")
        #expect(try client.receive(through: "ab").hasSuffix("\r\n\r\nab"))
        try upstream.send("cdef")
        #expect(try client.receive(through: "f") == "cdef")
    }
}
