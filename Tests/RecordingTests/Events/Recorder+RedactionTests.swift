import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What a recorder with rules lets through: nothing that they find, anywhere.
struct RecorderRedactionTests {
    private static let secret = "ghp_" + String(repeating: "Zx8", count: 12)

    private static func redactor(key: UInt8 = 1) -> Redactor {
        Redactor(rules: RedactionRules(), key: Array(repeating: key, count: Redactor.keySize))
    }

    private static func run(
        _ capture: CaptureMode = .payloads, messageLimit: Int = 0, partSize: Int = LineFramer.defaultPartSize
    ) -> RecorderRun {
        var run = RecorderRun(capture)
        run.recorder = Recorder(
            session: RecorderRun.session(capture, messageLimit), redactor: redactor(), partSize: partSize)
        return run
    }

    /// Everything that would reach the store.
    private static func text(_ run: RecorderRun) -> String {
        var text = "\(run.state) " + String(decoding: run.recorder.checkpoint(), as: UTF8.self)
        for event in run.events {
            switch event {
            case .part(let part): text += String(decoding: part.bytes, as: UTF8.self)
            case .message(let message):
                text += "\(message.method ?? "") \(message.name ?? "") \(message.id?.text ?? "")"
                if case .inline(let bytes) = message.body { text += String(decoding: bytes, as: UTF8.self) }
            case .exchange(let exchange): text += "\(exchange)"
            case .gap: break
            }
        }
        return text
    }

    private static let conversation: [(String, Lane)] = [
        (
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":{"name":"SECRET"}}}"#,
            .clientToServer
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"s"},"instructions":"use SECRET"}}"#,
            .serverToClient
        ),
        (
            #"{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"http://x?t=SECRET"}}"#,
            .clientToServer
        ),
        (#"{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"no SECRET here"}}"#, .serverToClient),
        (#"[{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"SECRET"}}]"#, .clientToServer),
        (#"a line with SECRET"#, .serverToClient), (#"error: SECRET"#, .standardError),
        (
            #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"f","arguments":{"p":"SECRET"}}}"#,
            .clientToServer
        ),
    ]

    @Test(arguments: [CaptureMode.payloads, .metadata], [LineFramer.defaultPartSize, 32])
    func `no secret is told`(capture: CaptureMode, partSize: Int) {
        var run = Self.run(capture, partSize: partSize)
        var texts = ""
        for (line, lane) in Self.conversation {
            let bytes = Array((line.replacing("SECRET", with: Self.secret) + "\n").utf8)
            // Cut inside of the secret: the checkpoint then holds a piece of it.
            let middle = bytes.firstRange(of: Array(Self.secret.utf8)).map { $0.lowerBound + 20 } ?? 0
            run.bytes(Array(bytes[..<middle]), lane)
            texts += Self.text(run)
            run.bytes(Array(bytes[middle...]), lane)
        }
        texts += Self.text(run)
        #expect(!texts.contains(Self.secret.prefix(12)))
        // Of a batch in parts no exchange is known.
        #expect(run.exchanges.last?.number == (partSize == 32 ? 3 : 4))
        #expect(run.state.errors == 1)
        guard capture == .payloads else { return }
        let redacted = run.messages.filter { !$0.redactions.isEmpty }
        #expect(redacted.count == Self.conversation.count)
        for (message, (line, _)) in zip(run.messages, Self.conversation) {
            #expect(message.size == line.utf8.count - 6 + Self.secret.utf8.count)
        }
    }

    @Test func `a large message is the same as in one piece, wherever it is cut and saved`() throws {
        let line =
            #"{"jsonrpc":"2.0","id":9,"result":{"a":"\#(Self.secret) and more","password":"swordfish-9"}}"#
        var whole = Self.run()
        whole.bytes(line + "\n", .serverToClient)
        let expected = try #require(whole.body(0))
        for partSize in [8, 17, 40] {
            var run = Self.run(partSize: partSize)
            for byte in Array((line + "\n").utf8) {
                run.bytes([byte], .serverToClient)
                run.recorder = Recorder(
                    session: RecorderRun.session(.payloads, 0), redactor: Self.redactor(),
                    resuming: run.recorder.checkpoint(), partSize: partSize)
                #expect(run.recorder.resumption == .resumed)
            }
            #expect(run.body(0) == expected)
            #expect(run.messages[0].redactions == whole.messages[0].redactions)
            #expect(run.messages[0].id == whole.messages[0].id)
        }
    }

    @Test func `rules for a tool apply to its results, and a response to nothing known to all of them`() {
        var rules = RedactionRules()
        rules.pointers = [.init(pointer: "/result/structuredContent/*", in: .init(tool: "pay"))]
        rules.keptKeys = [.init("session token", in: .init(tool: "pay"))]
        var run = RecorderRun()
        run.recorder = Recorder(
            session: RecorderRun.session(.payloads, 0),
            redactor: Redactor(rules: rules, key: Array(repeating: 1, count: Redactor.keySize)))
        for (id, tool) in ["pay", "other"].enumerated() {
            run.bytes(
                #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)"}}"# + "\n",
                .clientToServer)
        }
        for id in 0...2 {
            run.bytes(
                #"{"jsonrpc":"2.0","id":\#(id),"result":{"session_token":"t0k","structuredContent":"#
                    + #"{"iban":"DE1"}}}"# + "\n", .serverToClient)
        }
        let texts = (2...4).map { String(decoding: run.body($0) ?? [], as: UTF8.self) }
        #expect(texts.map { $0.contains("DE1") } == [false, true, false])
        #expect(texts.map { $0.contains("t0k") } == [true, false, false])
    }

    @Test func `placeholders that make a line larger than a part are told in parts`() throws {
        let secrets = String(repeating: #""a","#, count: 40_000)
        let line = #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"passwords":[\#(secrets)"b"]}}"#
        var run = Self.run()
        run.bytes(line + "\n" + #"{"jsonrpc":"2.0","id":2,"method":"m"}"# + "\n", .clientToServer)
        guard case .parts(let body, let count) = run.messages[0].body else {
            Issue.record("it is in one piece")
            return
        }
        #expect(body == 1 && count > 1)
        #expect(run.parts.allSatisfy { $0.bytes.count <= LineFramer.defaultPartSize })
        let whole = try #require(run.body(0))
        #expect(JSONText.isValid(whole[...]) && !String(decoding: whole, as: UTF8.self).contains(#""a""#))
        #expect(run.messages[0].size == line.utf8.count && run.messages[0].redactions.count == 100)
        #expect(run.exchanges.map(\.number) == [1, 2])
    }

    @Test func `another key cannot open the checkpoint, and nothing else is lost`() {
        var run = Self.run()
        run.bytes(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n{\"pass", .clientToServer)
        let again = Recorder(
            session: RecorderRun.session(.payloads, 0), redactor: Self.redactor(key: 2),
            resuming: run.recorder.checkpoint())
        #expect(again.resumption == .numbersOnly)
        #expect(again.state.exchanges == 1)
    }

    @Test func `a placeholder that is longer than its secret cuts nothing at the limit`() {
        let line = #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"password":"abc"}}"#
        for partSize in [LineFramer.defaultPartSize, 16] {
            var run = Self.run(messageLimit: line.utf8.count, partSize: partSize)
            run.bytes(line + "\n", .clientToServer)
            #expect(run.messages[0].truncated == nil)
            #expect(run.body(0).map { JSONText.isValid($0[...]) } ?? false)
        }
    }

    @Test func `a seal is opened by its key alone, and only whole`() {
        let redactor = Self.redactor()
        for count in [0, 1, 31, 32, 33, 1000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
            var sealed = redactor.sealed(bytes)
            #expect(redactor.opened(sealed) == bytes)
            #expect(Self.redactor(key: 9).opened(sealed) == nil)
            sealed[sealed.count - 1] ^= 1
            #expect(redactor.opened(sealed) == nil)
        }
        #expect(redactor.opened([1, 2]) == nil)
    }
}
