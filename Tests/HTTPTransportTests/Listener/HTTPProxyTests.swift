import MCPSemantics
import Recording
import Testing

@testable import HTTPTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct HTTPProxyTests {
    /// …/Tests/Interop/certificates
    private static let certificates =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Interop/certificates"
    private static let serverTLS = ServerTLS(
        certificate: certificates + "/server.pem", key: certificates + "/server.key")

    // MARK: TLS

    /// Two proxies, the second with TLS towards the first.
    private func chain(
        host: String = "127.0.0.1", _ trust: UpstreamTrust, serverTLS: ServerTLS = HTTPProxyTests.serverTLS
    ) throws -> (near: Stage, far: Stage) {
        let far = try Stage { $0.serverTLS = serverTLS }
        let url = try UpstreamURL("https://\(host):\(far.port)")
        return (try Stage(routes: RouteTable(upstream: url)) { $0.trust = trust }, far)
    }

    private func authorities() -> UpstreamTrust {
        .authorities(file: HTTPProxyTests.certificates + "/authority.pem")
    }

    @Test func `an upstream with a certificate that is trusted is relayed to`() throws {
        let (near, far) = try chain(authorities())
        let client = try near.connect()
        let body = String(repeating: "x", count: 300_000)
        try client.send(
            Stage.request("POST / HTTP/1.1", "Content-Length: \(body.utf8.count)\r\n", body: body))
        let upstream = try far.upstream.accept()
        #expect(
            try upstream.receive(through: "\r\n\r\n").hasPrefix(
                "POST / HTTP/1.1\r\nHost: \(far.authority)\r\n"))
        try upstream.skip(body.utf8.count)
        try upstream.send("HTTP/1.1 200 OK\r\n\r\nabc")
        #expect(try client.receive(through: "abc").hasPrefix("HTTP/1.1 200 OK\r\n"))
        upstream.close()
        #expect(client.receiveToEnd().ending == .closed)
        #expect(near.tap.waitForClosures() == [StreamClosure(.upstream, .complete)])
    }

    @Test func `a client that does not shake hands is let go`() throws {
        let stage = try Stage {
            $0.serverTLS = HTTPProxyTests.serverTLS
            $0.limits.headTime = .milliseconds(200)
            $0.limits.lingerTime = .milliseconds(100)
        }
        let silent = try stage.connect()
        #expect(silent.receiveToEnd().ending != .late)
        // The record of a handshake that says that more of it follows.
        let slow = try stage.connect()
        try slow.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
        #expect(slow.receiveToEnd().ending != .late)
        let plain = try stage.connect()
        try plain.send(Stage.request())
        #expect(!plain.receiveToEnd().text.hasPrefix("HTTP/1.1 2"))
        #expect(stage.upstream.hasNoConnection && stage.tap.events.isEmpty)
    }

    @Test func `a reset behind TLS does not look like the end of a body`() throws {
        let (near, far) = try chain(authorities())
        let client = try near.connect()
        try client.send(Stage.request())
        let upstream = try far.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\n\r\nabc")
        _ = try client.receive(through: "abc")
        upstream.reset()
        #expect(client.receiveToEnd().ending == .reset)
    }

    @Test func `a certificate of another name, or of nobody, is a 502`() throws {
        for (host, trust) in [("localhost", authorities()), ("127.0.0.1", .system)] {
            let (near, far) = try chain(host: host, trust)
            let client = try near.connect()
            try client.send(Stage.request())
            let text = client.receiveToEnd().text
            #expect(text.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
            #expect(text.contains("no TLS with \(host):\(far.port)"), "\(text)")
            #expect(near.tap.waitForClosures().first?.reason == .connectFailed)
            #expect(far.upstream.hasNoConnection)
        }
    }

    @Test func `no certificate is looked at when that was said in so many words`() throws {
        let (near, far) = try chain(host: "localhost", .none)
        let client = try near.connect()
        try client.send(Stage.request())
        _ = try far.upstream.accept().receive(through: "\r\n\r\n")
    }

    @Test func `a client without the certificate that is asked for gets nowhere`() throws {
        var tls = HTTPProxyTests.serverTLS
        tls.clientAuthorities = HTTPProxyTests.certificates + "/authority.pem"
        let (near, far) = try chain(authorities(), serverTLS: tls)
        let client = try near.connect()
        try client.send(Stage.request())
        // With TLS 1.3 the refusal arrives after the client's side of the handshake is done.
        let text = client.receiveToEnd().text
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 502 "))
        #expect(far.upstream.hasNoConnection)
    }

    @Test func `plain HTTP to a TLS port, and TLS to a plain one, end without harm`() throws {
        let far = try Stage { $0.serverTLS = HTTPProxyTests.serverTLS }
        let plain = try far.connect()
        try plain.send(Stage.request())
        #expect(plain.receiveToEnd().text.isEmpty)
        let near = try Stage { $0.trust = .none }
        let url = try UpstreamURL("https://127.0.0.1:\(near.port)")
        let confused = try Stage(routes: RouteTable(upstream: url)) { $0.trust = .none }
        let client = try confused.connect()
        try client.send(Stage.request())
        #expect(client.receiveToEnd().text.hasPrefix("HTTP/1.1 502 "))
    }

    @Test func `files without certificates are said`() throws {
        let file = TemporaryFile("nothing")
        let url = try UpstreamURL("https://127.0.0.1:1")
        for trust in [UpstreamTrust.authorities(file: file.path), .authorities(file: "/nowhere")] {
            #expect(throws: HTTPFailure.self) {
                _ = try Stage(routes: RouteTable(upstream: url)) { $0.trust = trust }
            }
        }
        let tls = ServerTLS(certificate: HTTPProxyTests.serverTLS.certificate, key: file.path)
        #expect(throws: HTTPFailure.self) { _ = try Stage { $0.serverTLS = tls } }
    }

    // MARK: Listening

    @Test func `a Unix socket is listened on, and is gone at the end`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/mcp.sock"
        let stage = try Stage { $0.address = .unix(path: path) }
        let client = try RawSocket(path: path)
        try client.send(Stage.request())
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        guard case .request(let head, _)? = stage.tap.events.first else {
            Issue.record("no request")
            return
        }
        #expect(head.peer == "unix")
        stage.proxy.drain(within: .zero)
        #expect(access(path, F_OK) != 0)
    }

    @Test func `a path is free for another listener while this one drains`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/mcp.sock"
        let old = try Stage { $0.address = .unix(path: path) }
        let client = try RawSocket(path: path)
        try client.send(Stage.request())
        let upstream = try old.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        // The exchange runs on, so the drain does too.
        old.proxy.beginDrain(within: .seconds(60))
        #expect(access(path, F_OK) != 0)
        let new = try Stage { $0.address = .unix(path: path) }
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        old.proxy.finishDrain()
        #expect(access(path, F_OK) == 0)
        _ = try RawSocket(path: path)
        new.proxy.drain(within: .zero)
    }

    @Test func `a port that is taken is said`() throws {
        let taken = try RawListener()
        let failure = #expect(throws: HTTPFailure.self) {
            _ = try Stage { $0.address = .tcp(host: "127.0.0.1", port: taken.port) }
        }
        #expect(failure?.message == "cannot listen on 127.0.0.1:\(taken.port): Address already in use")
    }

    // MARK: Other settings

    private func prepared(
        _ stage: Stage, _ change: (inout HTTPProxyOptions) -> Void
    ) throws -> PreparedProxy {
        let url = try UpstreamURL("http://127.0.0.1:\(stage.upstream.port)/mcp")
        var options = HTTPProxyOptions(address: stage.proxy.address, routes: RouteTable(upstream: url))
        change(&options)
        return try PreparedProxy(options)
    }

    @Test func `other settings are for what comes after them, on connections that stay`() throws {
        let stage = try Stage()
        let elsewhere = try RawListener()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        _ = try client.receive(through: "\r\n\r\na")
        let header = try HeaderTemplate("X-New: 1").resolved(
            environment: { _ in nil }, command: { _ in "" })
        let url = try UpstreamURL("http://127.0.0.1:\(elsewhere.port)")
        let change = ListenerChange(name: "b", command: ["http://elsewhere"], redaction: nil)
        stage.proxy.apply(
            try prepared(stage) {
                $0.routes = RouteTable(upstream: url)
                $0.headers[""] = [header]
            }, telling: change)
        // The running exchange ends where it began.
        try upstream.send("b")
        #expect(try client.receive(1) == Array("b".utf8))
        try client.send(Stage.request("GET /2 HTTP/1.1"))
        let head = try elsewhere.accept().receive(through: "\r\n\r\n")
        #expect(head == "GET /2 HTTP/1.1\r\nHost: 127.0.0.1:\(elsewhere.port)\r\nX-New: 1\r\n\r\n")
        let kinds = stage.tap.events.compactMap { event in
            switch event {
            case .request(let head, _): head.target
            case .changed(change): "changed"
            default: nil
            }
        }
        #expect(kinds == ["/", "changed", "/2"])
    }

    @Test func `a connection to an upstream that stays is used on`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        _ = try client.receive(through: "\r\n\r\n")
        stage.proxy.apply(try prepared(stage) { $0.policy.allowedHosts = ["mcp.svc"] })
        try client.send("GET / HTTP/1.1\r\nHost: mcp.svc\r\n\r\n")
        _ = try upstream.receive(through: "\r\n\r\n")
    }

    @Test func `a new certificate is for connections that come`() throws {
        let far = try Stage { $0.serverTLS = HTTPProxyTests.serverTLS }
        let url = try UpstreamURL("https://127.0.0.1:\(far.port)")
        let near = try Stage(routes: RouteTable(upstream: url)) { $0.trust = authorities() }
        let client = try near.connect()
        try client.send(Stage.request())
        let upstream = try far.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        far.proxy.apply(try prepared(far) { _ in })
        try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 204 "))
        let plain = try far.connect()
        try plain.send(Stage.request())
        _ = try far.upstream.accept().receive(through: "\r\n\r\n")
    }

    // MARK: Draining

    @Test func `draining ends idle connections at once and lets exchanges end`() throws {
        let stage = try Stage()
        let idle = try stage.connect()
        let (busy, upstream, _) = try stage.exchange(Stage.request())
        let (streaming, streamer, _) = try stage.exchange(Stage.request())
        try streamer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        _ = try streaming.receive(through: "a\r\n")
        try inParallel({ stage.proxy.drain(within: .seconds(30)) }) {
            #expect(idle.receiveToEnd().ending == .closed)
            #expect(throws: RawSocket.Ending.self) { try stage.connect() }
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            let (text, ending) = busy.receiveToEnd()
            #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
            #expect(ending == .closed)
            try streamer.send("1\r\nb\r\n0\r\n\r\n")
            #expect(streaming.receiveToEnd().text == "1\r\nb\r\n0\r\n\r\n")
        }
        #expect(stage.tap.closures.allSatisfy { $0 == StreamClosure(.upstream, .complete) })
    }

    @Test func `a client that does not read holds nothing up when the time is over`() throws {
        let stage = try Stage()
        let client = try stage.connect(receiveBuffer: 65_536)
        try client.send(Stage.request())
        let upstream = try stage.upstream.accept()
        _ = try upstream.receive(through: "\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\n\r\n")
        _ = upstream.sendWhileTaken(limit: 64 << 20)
        upstream.close()
        stage.proxy.drain(within: .milliseconds(50))
        withExtendedLifetime(client) {}
    }

    @Test func `what has not ended in time is ended`() throws {
        let stage = try Stage()
        let (client, upstream, _) = try stage.exchange(Stage.request())
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        _ = try client.receive(through: "a\r\n")
        stage.proxy.drain(within: .milliseconds(50))
        #expect(client.receiveToEnd().ending == .reset)
        #expect(upstream.receiveToEnd().ending != .late)
        #expect(stage.tap.closures == [StreamClosure(.us, .draining)])
    }
}
