import Testing
import Wire

@testable import MCPSemantics

/// The limits, each reached through the tracker.
struct ExchangeTableTests {
    @Test func `drops the oldest waiting requests over the limit; they stay pending`() {
        var talk = Conversation()
        let limit = ExchangeTable.waitingLimit
        for id in 1...limit { talk.client(Text.call("\(id)")) }
        #expect(talk.exchanges.open == limit)
        talk.client(Text.call("\(limit + 1)"))
        #expect(talk.exchanges.open == limit + 1 - limit / 8)
        #expect(talk.exchanges.counts.pending == limit + 1)
        #expect(talk.server(Text.result("1")) == nil)
        #expect(talk.server(Text.result("\(limit / 8)")) == nil)
        #expect(talk.server(Text.result("\(limit / 8 + 1)")) == limit / 8 + 1)
        #expect(talk.server(Text.result("\(limit + 1)")) == limit + 1)
    }

    @Test func `drops the oldest cancelled requests over the limit, and no other`() {
        var talk = Conversation()
        let limit = ExchangeTable.lingeringLimit
        talk.client(Text.call(#""kept""#))
        for id in 1...limit + 1 {
            talk.client(Text.call("\(id)"))
            talk.client(Text.cancel("\(id)"))
        }
        #expect(talk.server(Text.result("1")) == nil)
        #expect(talk.server(Text.result("\(limit + 1)")) == limit + 2)
        #expect(talk.known[limit + 2]?.outcome == .late)
        #expect(talk.server(Text.result(#""kept""#)) == 1)
    }

    @Test func `forgets the oldest tasks over the limit`() {
        var talk = Conversation()
        let limit = ExchangeTable.answeredLimit
        for id in 1...limit + 1 {
            talk.client(Text.call("\(id)"))
            talk.server(Text.result("\(id)", #"{"task":{"taskId":"t\#(id)"}}"#))
        }
        talk.client(Text.request(#""a""#, "tasks/get", #"{"taskId":"t1"}"#))
        talk.client(Text.request(#""b""#, "tasks/get", #"{"taskId":"t\#(limit + 1)"}"#))
        #expect(talk.known[limit + 2]?.chain == nil)
        #expect(talk.known[limit + 3]?.chain == limit + 1)
    }

    @Test func `bounds the text of what it tracks`() throws {
        var talk = Conversation()
        let long = String(repeating: "x", count: MessageDigest.textLimit - 10)
        for id in 1...600 { talk.client(Text.call("\"\(id)\(long)\"", long)) }
        var writer = StateWriter()
        talk.exchanges.save(to: &writer)
        #expect(writer.bytes.count < ExchangeTable.textLimit + (1 << 20))
        #expect(talk.server(Text.result("\"600\(long)\"")) == 600)
    }
}
