import Recording
import Testing

@testable import Replay

@Suite struct ReplayScriptReadingTests {
    @Test func `refuses a recording without payloads and says what to do`() {
        let session = RecordedSession(ReplayEngineTests.search, capture: .metadata)
        #expect(
            throws: SourceFailure(
                .refused,
                "demo.jsonl was recorded with --capture metadata: it holds no payloads to answer with; "
                    + "record it again with --capture payloads")
        ) { try ReplayScript(reading: session, session: session.id, name: "demo.jsonl") }
    }

    @Test func `says when there is no such session`() {
        let session = RecordedSession(ReplayEngineTests.search)
        #expect(throws: SourceFailure(.missing, "no session zzzz in demo.jsonl")) {
            try ReplayScript(reading: session, session: SessionID("zzzz"), name: "demo.jsonl")
        }
    }

    @Test func `reads more entries than a page holds`() throws {
        let calls = (1...3000).map {
            "c " + ReplayEngineTests.call("\($0)", "n", #"{"n":\#($0)}"#)
                + "\ns " + #"{"jsonrpc":"2.0","id":\#($0),"result":{"n":\#($0)}}"#
        }
        var mock = try Mock(calls.joined(separator: "\n"))
        for number in [1, 1500, 3000] {
            #expect(
                mock.hears(ReplayEngineTests.call("7", "n", #"{"n":\#(number)}"#)) == [
                    #"{"jsonrpc":"2.0","id":7,"result":{"n":\#(number)}}"#
                ])
        }
    }

    @Test func `puts together a message that is stored in parts`() throws {
        let session = RecordedSession(ReplayEngineTests.search, partSize: 10)
        var mock = try Mock(session)
        #expect(
            mock.hears(ReplayEngineTests.call("3")) == [
                #"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"1E5 é \u00e9"}]}}"#
            ])
    }

    @Test func `says when the answer is not completely on record`() throws {
        let session = RecordedSession(ReplayEngineTests.search, partSize: 10, lostParts: 1)
        var mock = try Mock(session)
        _ = mock.hears(ReplayEngineTests.call("3"))
        // Both messages lost their last part: the request cannot be matched at all.
        #expect(mock.misses.map(\.reason) == [.methodNeverRecorded])
        #expect(mock.report.unreadableRequests == 1)
    }
}
