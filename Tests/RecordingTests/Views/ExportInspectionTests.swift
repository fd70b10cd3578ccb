import MCPSemantics
import Testing
import Wire

@testable import Recording

struct ExportInspectionTests {
    private func inspect(_ texts: String...) -> ExportInspection {
        var inspection = ExportInspection()
        for (index, text) in texts.enumerated() {
            let bytes = Array(text.utf8)[...]
            let message = MessageRecord(
                sequence: Int64(index + 1), time: .zero, lane: .clientToServer, kind: .request,
                body: .inline(bytes),
                size: bytes.count)
            inspection.add(.message(message), of: SessionID("a"), bytes: bytes)
        }
        return inspection
    }

    private func found(_ kind: ExportInspection.Kind, _ text: String) -> [String] {
        inspect(text).findings(of: kind).map(\.text)
    }

    @Test func `what HTTP carries beside messages is no message; what was masked or withheld is counted`() {
        var inspection = ExportInspection()
        let masked = HTTPField(name: "Cookie", value: "[x]", form: .masked, size: 9)
        let plain = HTTPField(name: "Accept", value: "*/*")
        let request = HTTPRequestHead(
            connection: 1, peer: "", route: "", method: "POST", target: "/", fields: [masked, plain])
        let notes: [HTTPNote] = [
            .request(request), .omitted(90),
            .response(HTTPResponseHead(status: 200, reason: "", fields: [masked])),
            .trailers([masked]), .closed(StreamClosure(.client, .reset)), .event([0x3A]),
        ]
        for (index, note) in notes.enumerated() {
            let bytes = note.encodedJSON()[...]
            let message = MessageRecord(
                sequence: Int64(index + 1), time: .zero, lane: .clientToServer, kind: .http,
                body: .inline(bytes), size: bytes.count)
            inspection.add(.message(message), of: SessionID("a"), bytes: bytes)
        }
        #expect(inspection.messages == 0 && inspection.maskedHeads == 3 && inspection.withheldBodies == 1)
        #expect(
            inspection.report()[0]
                == "0 sessions, 0 messages, 0 redactions, 1 body of forms or OAuth not recorded, "
                + "3 masked values in HTTP heads")
    }

    @Test func `what is told of a session is looked at too`() {
        let token = "ghp_" + String(repeating: "a1", count: 18)
        var state = SessionState()
        state.server = Handshake(speaker: .serverToClient)
        state.server?.instructions = "use \(token)"
        var inspection = ExportInspection()
        let description = SessionDescription(id: SessionID("a"), name: "n", transport: .stdio)
        inspection.add(identityOf: SessionSummary(description: description, state: state))
        #expect(inspection.findings(of: .secret).map(\.line) == ["ghp_… (GitHub token) in the header of a"])
    }

    @Test func `secrets are found by shape and by the name of their member, and not shown`() {
        let token = "ghp_" + String(repeating: "a1", count: 18)
        #expect(found(.secret, "x \(token) y \(token)") == ["ghp_… (GitHub token)"])
        #expect(found(.secret, #"{"password": "hunter22x"}"#) == ["password: hu…"])
        #expect(found(.secret, #"{"text":"{\"api_key\":\"abcdefgh1\"}"}"#) == ["api_key: ab…"])
        #expect(inspect(token).hasSecrets)
        #expect(inspect("", token).findings(of: .secret)[0].line == "ghp_… (GitHub token) in message 2 of a")
    }

    @Test(arguments: [
        #"{"progressToken":"abcdefghij"}"#, #"{"maxTokens":100}"#, #"{"nextPageToken":"abcdefghij"}"#,
        #"{"nextCursor":"abcdefghij"}"#,
        #"{"properties":{"token":{"type":"string"}},"required":["password"]}"#,
        #"{"password":"[masked]"}"#, #"{"password":"********"}"#, #"{"key":"abcdefghij"}"#,
        #"{"token":"a sentence about it"}"#, #"{"token":"short"}"#,
    ])
    func `protocol fields, schemas and placeholders are no secrets`(text: String) {
        #expect(!inspect(text).hasSecrets)
    }

    @Test func `paths, hosts and addresses are found once each`() {
        #expect(
            found(.homePath, #"/home/alice/x /home/alice/y C:\\Users\\bob\\z"#) == [
                "/home/alice", #"\\Users\\bob"#,
            ])
        #expect(
            found(.hostName, "https://u:p@db.corp.internal:5/x http://127.0.0.1/ https://example.com") == [
                "db.corp.internal"
            ])
        #expect(
            found(.emailAddress, "a.b+c@mail.acme.io, npx @scope/pkg@1.2, git@x, me@example.com") == [
                "a.b+c@mail.acme.io"
            ])
    }

    @Test func `a value across a seam is found`() {
        var inspection = ExportInspection()
        let bytes = Array("some text and /home/alice/file".utf8)
        inspection.add(part: bytes[..<18], of: SessionID("a"), sequence: 1)
        inspection.add(part: bytes[18...], of: SessionID("a"), sequence: 1)
        #expect(inspection.findings(of: .homePath).map(\.text).contains("/home/alice"))
    }

    @Test func `the header is looked at too`() {
        var summary = SampleSessions.session("a", "x", start: 0)
        summary.description.command = ["run", "--token", "[masked]"]
        summary.description.maskedArguments = [2]
        summary.description.workingDirectory = "/home/alice/p"
        var inspection = ExportInspection()
        inspection.add(summary)
        #expect(
            inspection.report() == [
                "1 session, 0 messages, 1 redaction", "home directories (1): /home/alice",
            ])
    }

    @Test func `lists are bounded and no bytes trap`() {
        var inspection = inspect((0..<1100).map { "u\($0)@host.io" }.joined(separator: " "))
        #expect(inspection.findings(of: .emailAddress).count == ExportInspection.valueLimit)
        var random = SeededRandom(seed: 5)
        let pieces = ["\"", ":", "@", "/", "\\", "token", "://", "/home/", " ", "a.bc", "\u{FF}", "."]
        for index in 0..<3_000 {
            let text = (0..<random.below(10)).map { _ in pieces[random.below(pieces.count)] }.joined()
            inspection.add(part: Array(text.utf8)[...], of: SessionID("a"), sequence: Int64(index))
        }
        #expect(inspection.report().count >= 2)
    }
}
