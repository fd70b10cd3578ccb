import Testing

@testable import HTTPTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct UpstreamConnectorTests {
    #if os(Linux)
        /// How many connections to 127.0.0.2 and `port` are being attempted.
        private func attempts(port: Int) -> Int {
            guard let file = fopen("/proc/net/tcp", "r") else { return 0 }
            defer { fclose(file) }
            let digits = String(port, radix: 16, uppercase: true)
            let wanted = " 0200007F:" + String(repeating: "0", count: 4 - digits.count) + digits + " 02 "
            var line = [CChar](repeating: 0, count: 512)
            var count = 0
            while fgets(&line, Int32(line.count), file) != nil {
                let text = String(
                    decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.contains(wanted) { count += 1 }
            }
            return count
        }

        /// While a connection is slow, the next address is tried beside it; either may come about.
        @Test func `a request goes over the connection that came about, not the one that was tried last`()
            throws
        {
            // Both backlogs are full, so that attempts take as long as the test wants.
            let first = try RawListener(backlog: 0)
            let second = try RawListener(backlog: 0, port: first.port, host: RawListener.host + 1)
            let fillers = [
                try RawSocket(startingOn: first.port),
                try RawSocket(startingOn: first.port, host: RawListener.host + 1),
            ]
            let url = try UpstreamURL("http://two.example:\(first.port)")
            let stage = try Stage(routes: RouteTable(upstream: url)) { options in
                options.addresses = { _ in ["127.0.0.1", "127.0.0.2"] }
            }
            let client = try stage.connect()
            try client.send(Stage.request())
            #expect(wait { attempts(port: first.port) == 1 })
            // Room for one more at the first address.
            let filler = try first.accept()
            let upstream = try first.accept()
            #expect(try upstream.receive(through: "\r\n\r\n").hasPrefix("GET / HTTP/1.1\r\n"))
            try upstream.send("HTTP/1.1 204 No Content\r\n\r\n")
            #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n")
            withExtendedLifetime((fillers, filler, second)) {}
        }
    #endif
}
