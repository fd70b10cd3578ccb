import Testing
import Wire

@testable import MCPSemantics

struct TraceParentTests {
    private let id = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `the trace's id is found`() {
        for value in [
            "00-\(id)-00f067aa0ba902b7-01", "00-\(id)-00f067aa0ba902b7-00",
            "01-\(id)-00f067aa0ba902b7-01-more",
            "cc-\(id)-00f067aa0ba902b7-01",
        ] {
            #expect(TraceParent.traceID(of: value) == id, "\(value)")
        }
    }

    @Test func `what is malformed names no trace`() {
        for value in [
            "", id, "00-\(id)-00f067aa0ba902b7", "00-\(id)-00f067aa0ba902b7-01-more",
            "ff-\(id)-00f067aa0ba902b7-01", "00-\(id.uppercased())-00f067aa0ba902b7-01",
            "00-\(id.dropLast())-00f067aa0ba902b7-01", "0-\(id)-00f067aa0ba902b7-01",
            "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01", "00-\(id)-00f067aa0ba902b7-1",
        ] {
            #expect(TraceParent.traceID(of: value) == nil, "\(value)")
        }
    }

    @Test func `a message says it in its meta`() {
        func digest(_ text: String) -> MessageDigest {
            MessageReader.digest(of: Array(text.utf8)[...], direction: .clientToServer)
        }
        let meta = #""_meta":{"traceparent":"00-\#(id)-00f067aa0ba902b7-01","progressToken":7}"#
        let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a",\#(meta)}}"#
        #expect(digest(call).traceID == id)
        #expect(digest(call).progressToken == "7")
        #expect(digest("[\(call)]").members.map(\.traceID) == [id])
        #expect(
            digest(#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"traceparent":1}}}"#).traceID
                == nil)
        #expect(digest(#"{"jsonrpc":"2.0","id":1,"method":"a"}"#).traceID == nil)
    }
}
