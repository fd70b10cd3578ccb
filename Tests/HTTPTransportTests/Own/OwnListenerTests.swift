import Journal
import Testing

@testable import HTTPTransport

struct OwnListenerTests {
    private static let echo: OwnHandler = { request, respond in
        respond(OwnResponse(200, "\(request.method) \(request.path) ?\(request.query)"))
    }

    private func listener(
        _ limits: OwnLimits = OwnLimits(), handler: @escaping OwnHandler = OwnListenerTests.echo
    ) throws -> OwnListener {
        var policy = OwnPolicy()
        policy.token = Array("secret".utf8)
        policy.openPaths = ["/metrics", "/big"]
        return try OwnListener(
            .tcp(host: "127.0.0.1", port: 0), policy: policy, limits: limits, handler: handler)
    }

    private func connect(to listener: OwnListener, receiveBuffer: Int32? = nil) throws -> RawSocket {
        guard case .tcp(_, let port) = listener.address else { throw RawSocket.Ending.closed }
        return try RawSocket(port: port, receiveBuffer: receiveBuffer)
    }

    private func get(_ path: String, more: String = "", method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(more)\r\n"
    }

    @Test func `one connection asks many times, at once and in pieces`() throws {
        let listener = try listener()
        defer { listener.close() }
        let client = try connect(to: listener)
        try client.send(get("/metrics") + get("/metrics?a=b") + "GET /met")
        #expect(try client.receive(through: "mcptape: GET /metrics ?\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(
            try client.receive(through: "mcptape: GET /metrics ?a=b\n").contains("Content-Length: 27\r\n"))
        try client.send("rics HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n")
        let last = client.receiveToEnd()
        #expect(last.text.contains("Connection: close\r\n"))
        #expect(last.text.hasSuffix("GET /metrics ?\n"))
        #expect(last.ending == .closed)
    }

    @Test func `a thousand requests at once do not pile up`() throws {
        let listener = try listener()
        defer { listener.close() }
        let client = try connect(to: listener)
        try client.send(
            String(repeating: get("/nowhere"), count: 1000) + get("/metrics", more: "Connection: close\r\n"))
        let text = client.receiveToEnd().text
        #expect(text.split(separator: "HTTP/1.1 401 ").count == 1000)
        #expect(text.hasSuffix("GET /metrics ?\n"))
    }

    @Test func `HEAD says how long the answer would be`() throws {
        let listener = try listener()
        defer { listener.close() }
        let client = try connect(to: listener)
        try client.send(get("/metrics", method: "HEAD") + get("/metrics", more: "Connection: close\r\n"))
        let text = client.receiveToEnd().text
        let parts = text.split(separator: "\r\n\r\n")
        #expect(parts.count == 3)
        #expect(parts[0].contains("Content-Length: 25"))
        #expect(parts[1].hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func `what is no such request is refused, and what could be misread ends the connection`() throws {
        let listener = try listener()
        defer { listener.close() }
        func status(_ text: String) throws -> (String, Bool) {
            let client = try connect(to: listener)
            try client.send(text)
            let head = try client.receive(through: "\r\n\r\n")
            return (String(head.dropFirst(9).prefix(3)), head.contains("Connection: close"))
        }
        #expect(try status(get("/metrics", method: "DELETE")) == ("405", false))
        #expect(try status(get("/metrics", more: "Content-Length: 0\r\n")) == ("200", false))
        #expect(try status(get("/metrics", more: "Content-Length: 5\r\n") + "12345") == ("413", true))
        #expect(
            try status(get("/metrics", more: "Transfer-Encoding: chunked\r\n", method: "POST"))
                == ("405", true))
        #expect(try status("GET /metrics HTTP/1.1\nHost: localhost\n\n") == ("400", true))
        #expect(try status("GET /metrics HTTP/2.0\r\nHost: localhost\r\n\r\n") == ("505", true))
        #expect(try status(get("/metrics", more: "Host: localhost\r\n")) == ("400", true))
        #expect(
            try status(get("/metrics", more: "X: \(String(repeating: "x", count: 70_000))\r\n"))
                == ("431", true))
    }

    @Test func `slow clients are let go, in their heads and with their answers`() throws {
        var limits = OwnLimits()
        limits.headTime = .milliseconds(50)
        limits.writeTime = .milliseconds(50)
        let listener = try listener(limits) { _, respond in
            respond(OwnResponse(200, fields: [], body: [UInt8](repeating: 0x78, count: 32 << 20)))
        }
        defer { listener.close() }
        let silent = try connect(to: listener)
        #expect(silent.receiveToEnd().text.isEmpty)
        let slow = try connect(to: listener, receiveBuffer: 4096)
        try slow.send(get("/big"))
        // Its head is in: what closes it now is that nobody reads.
        func rest() { _ = slow.isSilent() }
        for _ in 0..<3 { rest() }
        let text = slow.receiveToEnd().text
        #expect(!text.isEmpty && text.utf8.count < 32 << 20)
    }

    @Test func `a connection too many is told so`() throws {
        var limits = OwnLimits()
        limits.connections = 1
        let listener = try listener(limits)
        defer { listener.close() }
        let first = try connect(to: listener)
        try first.send(get("/metrics"))
        _ = try first.receive(through: "?\n")
        let second = try connect(to: listener)
        #expect(second.receiveToEnd().text.hasPrefix("HTTP/1.1 503 "))
        try first.send(get("/metrics"))
        _ = try first.receive(through: "?\n")
    }

    @Test func `an answer under way is given though the listener ends`() throws {
        let parked = Guarded<(@Sendable (OwnResponse) -> Void)?>(nil)
        let listener = try listener { _, respond in parked.with { $0 = respond } }
        let client = try connect(to: listener)
        let idle = try connect(to: listener)
        try idle.send("GET /metr")
        try client.send(get("/metrics"))
        #expect(wait { parked.with { $0 != nil } })
        try inParallel({ listener.close() }) {
            #expect(idle.receiveToEnd().text.isEmpty)
            parked.with { $0 }?(OwnResponse(200, "late"))
            let text = client.receiveToEnd().text
            #expect(text.contains("Connection: close\r\n"))
            #expect(text.hasSuffix("mcptape: late\n"))
        }
    }

    @Test func `who answers is told that the asker has gone, and an answer after the end goes nowhere`()
        throws
    {
        let parked = Guarded<[(OwnRequest, @Sendable (OwnResponse) -> Void)]>([])
        let listener = try listener { request, respond in parked.with { $0.append((request, respond)) } }
        do {
            let client = try connect(to: listener)
            try client.send(get("/metrics"))
            #expect(wait { parked.with { $0.count == 1 } })
            #expect(parked.with { $0[0].0.isWanted() })
        }
        #expect(wait { !parked.with { $0[0].0.isWanted() } })
        listener.close()
        // The loop has ended: a task for it would be a fault.
        parked.with { $0[0].1(OwnResponse(200, "late")) }
    }
}
