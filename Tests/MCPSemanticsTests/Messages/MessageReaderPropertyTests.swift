import MCPSemantics
import Testing
import Wire

/// What must hold for any message. A failure prints the seed; put it in `seeds` to run it again.
struct MessageReaderPropertyTests {
    private static let seeds: [UInt64] = (0..<4).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test(arguments: seeds)
    func `reads the same from a whole message and from what a scanner kept of it`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<400 {
            let text = GeneratedMessage.text(&random)
            let message = Array(text.utf8)
            let whole = MessageReader.digest(of: message[...], direction: .clientToServer)
            var scanner = EnvelopeScanner(watching: MessageReader.watchedPaths)
            var rest = message[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.below(40))
                scanner.push(piece)
                rest = rest.dropFirst(piece.count)
            }
            var parts = MessageReader.digest(
                of: scanner.finish(), captures: scanner.captures, direction: .clientToServer)
            parts.size = whole.size
            #expect(parts == whole, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: seeds)
    func `never traps, whatever the bytes are`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var message = Array(GeneratedMessage.text(&random).utf8)
            for _ in 0..<random.below(6) where !message.isEmpty {
                let place = random.below(message.count)
                switch random.below(3) {
                case 0: message[place] = UInt8(random.below(256))
                case 1: message.remove(at: place)
                default: message.insert(Array("\"\\{}[],:1n".utf8)[random.below(10)], at: place)
                }
            }
            let digest = MessageReader.digest(of: message[...], direction: .serverToClient)
            #expect(digest.size == message.count)
        }
    }
}

/// Messages made of the members that a digest reads, of right and wrong types, escaped and doubled keys.
enum GeneratedMessage {
    static func text(_ random: inout SeededRandom) -> String {
        var members = [#""jsonrpc":"2.0""#]
        if random.below(5) > 0 { members.append(#""id":\#(scalar(&random))"#) }
        switch random.below(4) {
        case 0: members.append(#""result":\#(object(resultKeys, &random, depth: 0))"#)
        case 1: members.append(#""error":\#(object(["code", "message", "data"], &random, depth: 0))"#)
        default:
            let method = methods[random.below(methods.count)]
            members.append(#""method":"\#(method)""#)
            members.append(#""params":\#(object(paramKeys, &random, depth: 0))"#)
        }
        members.shuffle(using: &random)
        return "{" + members.joined(separator: random.below(2) == 0 ? "," : " , ") + "}"
    }

    private static let methods = [
        "tools/call", "initialize", "notifications/progress", "notifications/cancelled", "resources/read",
        "completion/complete", "tasks/get", "elicitation/create", "x", "t\\u006fols/call",
    ]
    private static let metaKeys = [
        "_meta", "progressToken", MetaKey.protocolVersion, MetaKey.clientInfo, MetaKey.clientCapabilities,
        MetaKey.serverInfo, MetaKey.subscriptionID, MetaKey.relatedTask,
    ]
    private static let paramKeys =
        metaKeys + [
            "name", "uri", "ref", "taskId", "requestId", "requestState", "inputResponses", "elicitationId",
            "protocolVersion", "clientInfo", "capabilities", "version", "title", "n\\u0061me", "other",
        ]
    private static let resultKeys =
        metaKeys + [
            "isError", "resultType", "requestState", "taskId", "task", "protocolVersion", "serverInfo",
            "supportedVersions", "capabilities", "instructions", "name", "version",
        ]

    private static func object(_ keys: [String], _ random: inout SeededRandom, depth: Int) -> String {
        var members: [String] = []
        for _ in 0..<random.below(6) {
            let value =
                depth < 3 && random.below(2) == 0
                ? object(keys, &random, depth: depth + 1) : scalar(&random)
            members.append(#""\#(keys[random.below(keys.count)])":\#(value)"#)
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func scalar(_ random: inout SeededRandom) -> String {
        [
            "1", "-2.50", "true", "false", "null", #""a""#, #""é\n\"\\""#, #""2026-07-28""#, "[]",
            #"["b",[{}]]"#,
            #""\ud800""#, "{ }",
        ][random.below(12)]
    }
}
