import MCPSemantics
import Testing

@testable import Recording

struct ExchangeRenamingTests {
    private func renamed(
        _ text: String, _ from: String, _ to: String, token: (from: String, to: String)? = nil
    ) -> String {
        let renaming = ExchangeRenaming(from: RequestID(from), to: RequestID(to), token: token)
        return String(decoding: renaming.applied(to: Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test func `only the id of its own becomes another one`() {
        #expect(
            renamed(#"{"id": 1, "method":"m","params":{"id":1}}"#, "1", "5")
                == #"{"id": 5, "method":"m","params":{"id":1}}"#)
        #expect(renamed(#"{"id":"1","result":{}}"#, "1", "5") == #"{"id":"1","result":{}}"#)
        let cancelled = #"{"method":"notifications/cancelled","params":{"requestId":1}}"#
        #expect(
            renamed(cancelled, "1", "\"a\"")
                == #"{"method":"notifications/cancelled","params":{"requestId":"a"}}"#)
        let listened =
            #"{"method":"n","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}}"#
        #expect(
            renamed(listened, "1", "2")
                == #"{"method":"n","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":2}}}"#)
        #expect(renamed("no JSON", "1", "2") == "no JSON")
    }

    @Test func `the progress token goes with it`() {
        let request = #"{"id":1,"method":"m","params":{"_meta":{"progressToken":1}}}"#
        #expect(
            renamed(request, "1", "2", token: ("1", "\"t\""))
                == #"{"id":2,"method":"m","params":{"_meta":{"progressToken":"t"}}}"#)
        let progress = #"{"method":"notifications/progress","params":{"progressToken":1}}"#
        #expect(
            renamed(progress, "1", "2", token: ("1", "9"))
                == #"{"method":"notifications/progress","params":{"progressToken":9}}"#)
        #expect(renamed(progress, "1", "2", token: ("3", "9")) == progress)
        #expect(ExchangeRenaming.token(of: Array(request.utf8)[...]) == "1")
    }

    @Test func `free ids are those that nobody bears`() {
        var free = FreeIDs(used: [RequestID("1"), RequestID("7"), RequestID("\"a\"")])
        #expect(free.take(RequestID("2")).text == "2")
        #expect(free.take(RequestID("1")).text == "8")
        #expect(free.take(RequestID("\"a\"")).text == "9")
        #expect(free.take(RequestID("9")).text == "10")
        var full = FreeIDs(used: [RequestID(String(Int.max)), RequestID("1")])
        #expect(full.take(RequestID("1")).text == "2")
    }
}
