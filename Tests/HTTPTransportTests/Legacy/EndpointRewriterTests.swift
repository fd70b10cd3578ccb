import Testing

@testable import HTTPTransport

struct EndpointRewriterTests {
    private func rewriter(prefix: String = "") throws -> EndpointRewriter {
        EndpointRewriter(
            upstream: try UpstreamURL("http://127.0.0.1:9000/sse"), origin: "http://localhost:8808",
            prefix: prefix)
    }

    /// What comes out at every cut of the stream into two pieces, and byte by byte; all are the same.
    private func rewrite(_ stream: String, prefix: String = "") throws -> String {
        let bytes = Array(stream.utf8)
        func run(_ parts: [ArraySlice<UInt8>]) throws -> String {
            var rewriter = try rewriter(prefix: prefix)
            var output: [UInt8] = []
            for part in parts { Array(part).withUnsafeBytes { rewriter.push($0, to: &output) } }
            rewriter.finish(&output)
            // What came and the edit tell what went out.
            #expect(EditedText(bytes[...], rewriter.edit.map { [$0] } ?? [])?.bytes ?? bytes == output)
            if let edit = rewriter.edit {
                #expect(bytes[edit.offset...].starts(with: edit.removed))
            }
            return String(decoding: output, as: UTF8.self)
        }
        let whole = try run([bytes[...]])
        for cut in 0...bytes.count {
            let halves = try run([bytes[..<cut], bytes[cut...]])
            #expect(halves == whole, "cut at \(cut)")
        }
        #expect(try run(bytes.indices.map { bytes[$0...$0] }) == whole)
        return whole
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `an absolute URL of the upstream becomes ours`(end: String) throws {
        let tail = "\(end)\(end)event: message\(end)data: http://127.0.0.1:9000/x\(end)\(end)"
        #expect(
            try rewrite("event: endpoint\(end)data: http://127.0.0.1:9000/messages?session_id=1" + tail)
                == "event: endpoint\(end)data: http://localhost:8808/messages?session_id=1" + tail)
        #expect(
            try rewrite("event:endpoint\(end)id: 7\(end)data:HTTP://127.0.0.1:9000" + tail, prefix: "/a")
                == "event:endpoint\(end)id: 7\(end)data:http://localhost:8808/a/" + tail)
    }

    @Test func `a path gets the route's prefix once`() throws {
        let stream = "event: endpoint\ndata: /messages/?session_id=1\n\n"
        #expect(try rewrite(stream) == stream)
        #expect(
            try rewrite(stream, prefix: "/a") == "event: endpoint\ndata: /a/messages/?session_id=1\n\n")
        let prefixed = "event: endpoint\ndata: /a/messages\n\n"
        #expect(try rewrite(prefixed, prefix: "/a") == prefixed)
        #expect(
            try rewrite("event: endpoint\ndata: /ab\n\n", prefix: "/a") == "event: endpoint\ndata: /a/ab\n\n")
    }

    @Test func `what stands before the event does not hide it`() throws {
        let before = "\u{FEFF}: hello\r\n\r\nretry: 100\n\n:\nevent: x\n\n"
        // An event without data is none.
        let rest = "\n\ndata: http://127.0.0.1:9000/\n\n"
        #expect(
            try rewrite(": a\n\nretry: 5\n\nevent: endpoint\ndata: http://127.0.0.1:9000/m" + rest)
                == ": a\n\nretry: 5\n\nevent: endpoint\ndata: http://localhost:8808/m" + rest)
        // The first event with a name is another one: nothing is edited.
        let other = before + "event: endpoint\ndata: http://127.0.0.1:9000/m" + rest
        #expect(try rewrite(other) == other)
    }

    @Test func `the data may come before the name`() throws {
        #expect(
            try rewrite("data: http://127.0.0.1:9000/m\nid: 1\nevent: endpoint\n\n")
                == "data: http://localhost:8808/m\nid: 1\nevent: endpoint\n\n")
    }

    @Test(arguments: [
        "", "data: http://127.0.0.1:9000/\n\nevent: endpoint\ndata: http://127.0.0.1:9000/\n\n",
        "event: message\ndata: http://127.0.0.1:9000/\n\n",
        "event: endpoint\ndata: http://elsewhere:9000/m\n\n",
        "event: endpoint\ndata: http://127.0.0.1:9001/m\n\n",
        "event: endpoint\ndata: messages\n\n", "event: endpoint\ndata: \n\n", "event: endpoint\ndata\n\n",
        "event: endpoint\ndata: ftp://127.0.0.1:9000/\n\n", "event: endpoints\ndata: //127.0.0.1:9000/\n\n",
        "event: endpoint\ndataset: http://127.0.0.1:9000/\n\n",
        "event: endpoint\ndata: http://127.0.0.1:9000/",
        "id: 1\r\ndata: \r\n\r\nevent: endpoint\ndata: http://127.0.0.1:9000/\n\n",
    ])
    func `everything else passes as it is`(stream: String) throws {
        #expect(try rewrite(stream) == stream)
    }

    @Test func `a URL without a scheme is the upstream's`() throws {
        #expect(
            try rewrite("event: endpoint\ndata: //127.0.0.1:9000/m\n\n")
                == "event: endpoint\ndata: http://localhost:8808/m\n\n")
    }

    @Test func `no more than a line is held back`() throws {
        var rewriter = try rewriter()
        var output: [UInt8] = []
        func push(_ text: String) -> String {
            output = []
            Array(text.utf8).withUnsafeBytes { rewriter.push($0, to: &output) }
            return String(decoding: output, as: UTF8.self)
        }
        #expect(push(": comment\n") == ": comment\n")
        #expect(push("event: endpoint\n") == "event: endpoint\n")
        #expect(push("data: /m") == "")
        #expect(push("\n") == "data: /m\n")
        #expect(rewriter.isDone)
    }

    @Test func `a line that never ends passes`() throws {
        let stream = "data: " + String(repeating: "x", count: EndpointRewriter.holdLimit + 1)
        var rewriter = try rewriter()
        var output: [UInt8] = []
        Array(stream.utf8).withUnsafeBytes { rewriter.push($0, to: &output) }
        #expect(output.count == stream.utf8.count)
    }
}
