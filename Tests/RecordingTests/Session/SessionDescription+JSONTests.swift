import Recording
import Testing

struct SessionDescriptionJSONTests {
    private var full: SessionDescription {
        var session = SessionDescription(id: SessionID("7k2fabcdefgh"), name: "gît\"hub", transport: .stdio)
        session.tags = [
            .init(key: "ci", value: "1"), .init(key: "a", value: ""), .init(key: "ci", value: "\n"),
        ]
        session.run = "nightly"
        session.command = ["npx", "-y", "@scope/server", "--token=***", "", "\u{FFFD}\u{0}"]
        session.maskedArguments = [3]
        session.workingDirectory = "/home/é"
        session.environmentNames = ["HOME", "PATH"]
        session.host = HostProcess(processID: 4711, startTicks: .max, name: "claude")
        session.recorderProcess = .max
        session.bootID = "0b2c"
        session.startBoottime = .max
        session.startRealtime = 1_795_000_000_123_456_789
        session.capture = .metadata
        session.messageLimit = 0
        session.recorderVersion = "0.1.0"
        return session
    }

    @Test func `reads back what was written`() {
        #expect(SessionDescription(json: full.encodedJSON()) == full)
        for transport in [SessionDescription.Transport.stdio, .http] {
            let least = SessionDescription(id: SessionID("a"), name: "", transport: transport)
            #expect(SessionDescription(json: least.encodedJSON()) == least)
        }
    }

    @Test func `is one line`() {
        #expect(!full.encodedJSON().contains(0x0A))
    }

    @Test func `ignores members of later versions, not their values for members of today`() {
        let later = #"{"id":"a","name":"b","transport":"stdio","new":{"x":[1]},"capture":"payloads"}"#
        #expect(
            SessionDescription(json: later.utf8)
                == SessionDescription(id: SessionID("a"), name: "b", transport: .stdio))
        let unknownTransport = #"{"id":"a","name":"b","transport":"carrier pigeon"}"#
        #expect(SessionDescription(json: unknownTransport.utf8) == nil)
        let unknownCapture = #"{"id":"a","name":"b","transport":"stdio","capture":"half"}"#
        #expect(SessionDescription(json: unknownCapture.utf8) == nil)
    }

    @Test func `takes nothing that is cut or of other types, and never traps`() {
        let text = full.encodedJSON()
        for cut in text.indices { #expect(SessionDescription(json: text.prefix(cut)) == nil) }
        for text in ["", "null", "[]", #"{"id":1,"name":"b","transport":"stdio"}"#] {
            #expect(SessionDescription(json: text.utf8) == nil)
        }
        let odd =
            #"{"id":"a","name":"b","transport":"stdio","tags":[1,["x"]],"host":{"pid":1e99},"message_limit":-5}"#
        #expect(SessionDescription(json: odd.utf8)?.messageLimit == 0)
    }
}
