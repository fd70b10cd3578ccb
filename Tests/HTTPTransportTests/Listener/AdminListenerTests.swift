import Testing

@testable import HTTPTransport

struct AdminListenerTests {
    private func ask(_ request: String, _ listener: AdminListener) throws -> String {
        guard case .tcp(_, let port) = listener.address else { return "" }
        let client = try RawSocket(port: port)
        try client.send(request)
        return client.receiveToEnd().text
    }

    @Test func `it says whether we live and are ready, and nothing else`() throws {
        let listener = try AdminListener(.tcp(host: "127.0.0.1", port: 0), allowedHosts: ["probe.svc"])
        defer { listener.close() }
        func status(_ line: String, host: String = "localhost") throws -> String {
            String(
                try ask("\(line) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", listener).prefix(12)
                    .suffix(3))
        }
        #expect(try status("GET /healthz") == "200")
        #expect(try status("GET /readyz?verbose") == "200")
        #expect(try status("HEAD /readyz") == "200")
        #expect(try status("GET /") == "404")
        #expect(try status("POST /healthz") == "405")
        #expect(try status("GET /healthz", host: "10.1.2.3:9464") == "200")
        #expect(try status("GET /healthz", host: "[fd00::1]") == "200")
        #expect(try status("GET /healthz", host: "probe.svc") == "200")
        #expect(try status("GET /healthz", host: "evil.example") == "421")
        #expect(try ask("nonsense\r\n\r\n", listener).hasPrefix("HTTP/1.1 400 "))
        listener.allow(hosts: ["other.svc"])
        #expect(try status("GET /healthz", host: "probe.svc") == "421")
        #expect(try status("GET /healthz", host: "other.svc") == "200")
        listener.becomeUnready()
        #expect(try status("GET /readyz") == "503")
        #expect(try status("GET /healthz") == "200")
    }
}
