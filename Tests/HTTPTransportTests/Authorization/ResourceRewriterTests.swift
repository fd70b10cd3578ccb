import Testing

@testable import HTTPTransport

struct ResourceRewriterTests {
    private func rewriter(_ prefix: String = "") throws -> ResourceRewriter {
        ResourceRewriter(
            upstream: try UpstreamURL("https://api.example.com"), origin: "http://127.0.0.1:8808",
            prefix: prefix)
    }

    private func document(_ text: String, _ prefix: String = "") throws -> String? {
        try rewriter(prefix).edited(metadata: Array(text.utf8)).map { rebuilt($0, from: text) }
    }

    private func challenge(_ text: String, _ prefix: String = "") throws -> String? {
        // Not at the beginning of the bytes that it is in.
        let bytes = Array("12345\(text)".utf8)
        return try rewriter(prefix).edited(challenge: bytes[5...]).map { rebuilt($0, from: text) }
    }

    /// What is passed on, which what came and the edits tell as well.
    private func rebuilt(_ edited: EditedText, from text: String) -> String {
        var bytes = Array(text.utf8)
        for edit in edited.edits.reversed() {
            let range = edit.offset..<edit.offset + edit.removed.count
            #expect(bytes[range].elementsEqual(edit.removed))
            bytes.replaceSubrange(range, with: edit.inserted)
        }
        #expect(bytes == edited.bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `the resource becomes ours, every other byte stays`() throws {
        let text = """
            { "authorization_servers":["https://api.example.com"],\t"resource" : "https://api.example.com/mcp",
              "x":{"resource":"https://api.example.com/mcp"},"n":1.0e0 }
            """
        #expect(
            try document(text, "/one") == """
                { "authorization_servers":["https://api.example.com"],\t"resource" : "http://127.0.0.1:8808/one/mcp",
                  "x":{"resource":"https://api.example.com/mcp"},"n":1.0e0 }
                """)
        #expect(
            try document(#"{"resource":"https:\/\/API.example.com:443"}"#)
                == #"{"resource":"http://127.0.0.1:8808"}"#)
        // One that two readers could take from either place leads to us in both.
        #expect(
            try document(#"{"resource":"https://api.example.com/a","resource":"https://api.example.com/b"}"#)
                == #"{"resource":"http://127.0.0.1:8808/a","resource":"http://127.0.0.1:8808/b"}"#)
    }

    @Test(arguments: [
        #"{"resource":"https://elsewhere.example/mcp"}"#, #"{"resource":"https://api.example.com.evil/mcp"}"#,
        #"{"resource":"https://api.example.com:8443/mcp"}"#, #"{"resource":"https://a@api.example.com/mcp"}"#,
        #"{"resource":["https://api.example.com/mcp"]}"#, #"{"resource":"mcp"}"#, #"["resource"]"#,
        #"{"resource":"https://api.example.com/mcp""#, "", "resource",
    ])
    func `what names somebody else, or is no document, is left alone`(text: String) throws {
        #expect(try document(text) == nil)
    }

    @Test func `a challenge leads to the metadata that we serve`() throws {
        let place = "https://api.example.com/.well-known/oauth-protected-resource"
        let own = "http://127.0.0.1:8808/.well-known/oauth-protected-resource"
        #expect(
            try challenge(#"Bearer realm="x", resource_metadata="\#(place)/mcp", scope="a b""#, "/one")
                == #"Bearer realm="x", resource_metadata="\#(own)/one/mcp", scope="a b""#)
        #expect(try challenge("Bearer Resource_Metadata = \(place)") == "Bearer Resource_Metadata = \(own)")
        #expect(
            try challenge("Bearer resource_metadata=\(place),DPoP resource_metadata=\"\(place)?x=1\"", "/one")
                == "Bearer resource_metadata=\(own)/one,DPoP resource_metadata=\"\(own)/one?x=1\"")
        #expect(
            try challenge(#"Bearer resource_metadata="https://api.example.com/meta""#, "/one")
                == #"Bearer resource_metadata="http://127.0.0.1:8808/one/meta""#)
    }

    @Test(arguments: [
        #"Bearer resource_metadata="https://elsewhere.example/x""#, "Bearer", "", "Bearer resource_metadata",
        "Bearer resource_metadata=", #"Bearer resource_metadata=""#, #"Bearer resource_metadata="\"#,
        #"Bearer error_description="resource_metadata=https://api.example.com/x""#,
        #"Bearer error_description="a \" resource_metadata=https://api.example.com/x""#,
        #"Bearer x_resource_metadata="https://api.example.com/x""#,
        #"Bearer resource_metadata="https:\/\/api.example.com/x""#,
    ])
    func `a challenge that names somebody else, or nobody, is left alone`(text: String) throws {
        #expect(try challenge(text) == nil)
    }

    @Test(arguments: [
        ("/.well-known/oauth-protected-resource", true), ("/.well-known/oauth-protected-resource/mcp", true),
        ("/.well-known/oauth-protected-resource?x", true),
        ("/.well-known/oauth-protected-resources", false), ("/.well-known/oauth-authorization-server", false),
        ("/a/.well-known/oauth-protected-resource", false), ("/mcp", false),
    ])
    func `metadata is known by its place`(target: String, isMetadata: Bool) {
        #expect(ResourceRewriter.isMetadata(Array(target.utf8)[...]) == isMetadata)
    }
}
