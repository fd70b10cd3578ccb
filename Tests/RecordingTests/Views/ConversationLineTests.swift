import MCPSemantics
import Recording
import Testing
import Wire

struct ConversationLineTests {
    @Test func `an answer shows what its exchange became`() {
        var exchange = Exchange(
            number: 4, asker: .clientToServer, id: RequestID("7"), method: "tools/call", name: "search",
            era: .legacy,
            requestSequence: 1, requestTime: Timestamp(nanoseconds: 1_000_000), requestSize: 80)
        exchange.outcome = .toolError
        exchange.responseTime = Timestamp(nanoseconds: 5_200_000)
        let text =
            #"{"jsonrpc":"2.0","id":7,"result":{"isError":true,"content":[{"type":"text","text":"no"}]}}"#
        var message = MessageRecord(
            sequence: 2, time: Timestamp(nanoseconds: 5_200_000), lane: .serverToClient, kind: .response,
            body: .inline(Array(text.utf8)[...]), size: text.utf8.count)
        message.exchange = 4
        let line = ConversationLine(.message(message), exchange: exchange, summaryWidth: 40)
        #expect(line.time == "0.005200")
        #expect(line.arrow == "←")
        #expect(line.exchange == "#4")
        #expect(line.label == "tools/call search")
        #expect(line.outcome == "tool_error")
        #expect(line.duration == "4.20 ms")
        #expect(line.summary == #""no""#)
        #expect(line.isTrouble)
    }

    @Test func `a gap says what is missing`() {
        var gap = Gap(from: .zero, to: Timestamp(nanoseconds: 2_000_000), reason: .journalFull)
        gap.serverToClient = 4096
        gap.serverToClientLines = 12
        let line = ConversationLine(.gap(GapRecord(sequence: 3, gap: gap)), exchange: nil, summaryWidth: 40)
        #expect(line.summary == "12 messages forwarded but not recorded: the store could not keep pace")
        #expect(line.size == "4.0 KiB")
        #expect(line.isTrouble)
    }

    @Test func `of what is damaged the numbers are said, and no size that nobody knows`() {
        let record = GapRecord(
            sequence: 3, through: 9, gap: Gap(from: .zero, to: .zero, reason: .damaged))
        let line = ConversationLine(.gap(record), exchange: nil, summaryWidth: 40)
        #expect(line.size.isEmpty && line.summary.hasPrefix("messages 3 to 9 are missing here"))
        var json = JSONWriter()
        json.entry(.gap(record), of: SessionID("s"))
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text == #"{"session":"s","seq":3,"kind":"gap","reason":"damaged","to_seq":9,"t_us":0}"#)
    }
}
