import Testing

@testable import Recording

struct RecordingReferenceTests {
    /// Newest first.
    private let sessions = [
        SampleSessions.session("7k2f00000000", "github", start: 400, run: "night"),
        SampleSessions.session("7k2g00000000", "time", start: 300, host: 7),
        SampleSessions.session("abcd00000000", "github", start: 290, host: 7),
        SampleSessions.session("github000000", "other", start: 100),
    ]

    private func resolve(_ text: String) throws -> RecordingReference.Resolution {
        try RecordingReference(parsing: text).resolve(among: sessions)
    }

    private func ids(_ text: String) throws -> [String] {
        switch try resolve(text) {
        case .found(let found, _): found.map { String($0.description.id.text.prefix(4)) }
        case .ambiguous(let candidates): ["?"] + candidates.map { String($0.description.id.text.prefix(4)) }
        case .missing(let hint): [hint]
        }
    }

    @Test(
        arguments: [
            ("./a", .file("./a")), ("a.mcptape.jsonl", .file("a.mcptape.jsonl")), ("x.gz", .file("x.gz")),
            ("/srv/a#1", .file("/srv/a#1")), ("last", .last(before: 0)), ("last~2", .last(before: 2)),
            ("last~", .last(before: 1)), ("run:last", .lastRun), ("run:x y", .run("x y")),
            ("github~1", .word("github", before: 1)), ("7k2f", .word("7k2f", before: 0)),
        ] as [(String, RecordingReference.Target)])
    func `words are read in the order of the contract`(text: String, target: RecordingReference.Target) throws
    {
        let reference = try RecordingReference(parsing: text)
        #expect(reference.target == target)
        #expect(reference.exchange == nil)
    }

    @Test func `an exchange stands behind a number sign`() throws {
        let reference = try RecordingReference(parsing: "github~1#14")
        #expect(reference.exchange == 14)
        #expect(reference.target == .word("github", before: 1))
    }

    @Test func `an exchange of a file stands behind its path`() throws {
        for path in ["x.jsonl", "./a b/x.mcptape.jsonl.gz", "/srv/#1/x.jsonl", "a#1.jsonl"] {
            let reference = try RecordingReference(parsing: "\(path)#14")
            #expect(reference.target == .file(path) && reference.exchange == 14, "\(path)")
            #expect(try RecordingReference(parsing: path).exchange == nil)
        }
        // What is no number is part of a path.
        for path in ["./x.jsonl#0", "./x.jsonl#", "./x.jsonl#1a", "./x.jsonl#+1", "./x.jsonl#٣"] {
            let reference = try RecordingReference(parsing: path)
            #expect(reference.target == .file(path) && reference.exchange == nil, "\(path)")
        }
    }

    @Test(arguments: [
        ("", "RECORDING is empty; type last, a session id, a server name or a file's path"),
        ("last~x", "'last~x': after ~ stands how many sessions to go back, such as last~2"),
        ("a#b", "'a#b': the exchange after # is a number from 1"),
        ("~1", "'~1': no session is named before ~ or #"),
        ("run:", "run: has no name; type run:last or run:ID"),
        (
            "a~99999999999999999999",
            "'a~99999999999999999999': after ~ stands how many sessions to go back, such as last~2"
        ),
    ])
    func `what is no reference is refused with a sentence`(text: String, message: String) {
        #expect(throws: RecordingReference.Failure(message: message)) {
            try RecordingReference(parsing: text)
        }
    }

    @Test func `sessions are found by each rule`() throws {
        #expect(try ids("last") == ["7k2f"])
        #expect(try ids("last~3") == ["gith"])
        #expect(try ids("7k2g00000000") == ["7k2g"])
        #expect(try ids("github") == ["7k2f"])
        #expect(try ids("github~1") == ["abcd"])
        #expect(try ids("ab") == ["abcd"])
        #expect(try ids("run:night") == ["7k2f"])
        #expect(try ids("run:last") == ["7k2f"])
        #expect(try ids("run:7k2g") == ["abcd", "7k2g"])
    }

    @Test func `what joined a run is told`() throws {
        guard
            case .found(_, by: .run(let run)) = try RecordingReference(parsing: "run:7k2g")
                .resolve(among: sessions)
        else {
            Issue.record("no run")
            return
        }
        #expect(run.id == "abcd00000000" && run.rules.map(\.text) == ["the same host process, host (pid 7)"])
    }

    @Test func `an ambiguous beginning lists its candidates`() throws {
        #expect(try ids("7k2") == ["?", "7k2f", "7k2g"])
    }

    @Test(arguments: [
        ("githbu", "did you mean github?"),
        ("zzzzzz", "there are github, time, other; mcptape sessions lists all"),
        ("last~9", "the store has 4 sessions only; the oldest is ~3"),
        ("time~1", "time has one session only"),
        ("run:nigth", "did you mean run:night?"),
    ])
    func `what is missing is explained`(text: String, hint: String) throws {
        #expect(try ids(text) == [hint])
    }

    @Test func `an empty store says so`() throws {
        for text in ["last", "run:last", "x"] {
            #expect(
                try RecordingReference(parsing: text).resolve(among: [])
                    == .missing(hint: "the store has no sessions"))
        }
    }
}
