/// A conversation made from a seed: what both sides say, with the live values left open.
///
/// Lines hold `@id3@` and `@token3@` for the third request of the client, so that one conversation can be
/// written down under any numbering. Every message of the server carries a number of its own, `"n":17`.
struct GeneratedConversation {
    struct Line {
        var isClient: Bool
        var template: String
    }

    private(set) var lines: [Line] = []
    private var random: SplitMix
    private var requests = 0
    private var serverMessages = 0
    private var serverIDs = 0
    private let isModern: Bool
    private let hasTokens: Bool
    /// The server asks only when nothing is in flight, or one request that began when nothing was: then the
    /// parent is not in doubt, neither here nor when answers come sooner.
    let hasKnownParents: Bool

    /// Requests of the client without an answer: number, whether it was cancelled, and whether it began
    /// while nothing else was in flight.
    private var open: [(request: Int, isCancelled: Bool, isAlone: Bool)] = []
    /// Requests of the server without an answer.
    private var asked: [Int] = []

    init(seed: UInt64, steps: Int = 40) {
        random = SplitMix(state: seed)
        isModern = random.below(2) == 0
        hasTokens = random.below(4) > 0
        hasKnownParents = random.below(3) > 0
        if random.below(3) == 0 {
            serverLine(#""method":"notifications/message","params":{"level":"info","data":{@n@}}"#)
        }
        for _ in 0..<steps { step() }
        while let request = open.first { answer(request.request) }
        while let id = asked.first { clientAnswers(id) }
    }

    private mutating func step() {
        switch random.below(12) {
        case 0, 1, 2: clientLine(request())
        case 3: batch()
        case 4, 5, 6: if let request = anyOpen() { answer(request) }
        case 7: if hasTokens, let request = anyOpen() { progress(request) }
        case 8: serverLine(#""method":"notifications/message","params":{"level":"info","data":{@n@}}"#)
        case 9: ask()
        case 10: if !asked.isEmpty { clientAnswers(asked[random.below(asked.count)]) }
        default: if random.below(2) == 0 { cancel() } else { notify() }
        }
    }

    // MARK: - The client

    private mutating func request() -> String {
        requests += 1
        open.append((requests, false, open.isEmpty))
        var meta: [String] = []
        if hasTokens { meta.append(#""progressToken":@token\#(requests)@"#) }
        if isModern {
            meta.append(
                #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                    + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"#
                    + #""io.modelcontextprotocol/clientCapabilities":{}"#)
        }
        let tail = meta.isEmpty ? "" : #","_meta":{\#(meta.joined(separator: ","))}"#
        let body =
            switch random.below(5) {
            case 0: #""method":"tools/list","params":{"cursor":"c\#(random.below(2))"\#(tail)}"#
            case 1: #""method":"resources/read","params":{"uri":"file:///\#(random.below(3))"\#(tail)}"#
            case 2: #""method":"vendor/x","params":{"v":\#(random.below(3))\#(tail)}"#
            default:
                #""method":"tools/call","params":{"name":"t\#(random.below(2))","#
                    + #""arguments":{"a":\#(random.below(3))}\#(tail)}"#
            }
        return #"{"jsonrpc":"2.0","id":@id\#(requests)@,\#(body)}"#
    }

    private mutating func batch() {
        let members = (0..<(1 + random.below(3))).map { _ in request() }
        for place in open.indices where open[place].request > requests - members.count {
            open[place].isAlone = false
        }
        clientLine("[" + members.joined(separator: ",") + "]")
        let first = requests - members.count + 1
        guard random.below(2) == 0 else { return }
        let answers = (first...requests).reversed().map { request in
            serverMessages += 1
            return #"{"jsonrpc":"2.0","id":@id\#(request)@,"result":{"n":\#(serverMessages)}}"#
        }
        open.removeAll { $0.request >= first }
        lines.append(Line(isClient: false, template: "[ " + answers.joined(separator: " , ") + "]"))
    }

    private mutating func cancel() {
        guard let place = open.indices.first(where: { !open[$0].isCancelled }) else { return }
        open[place].isCancelled = true
        clientLine(
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#
                + #"@id\#(open[place].request)@}}"#)
        if random.below(2) == 0 { open.remove(at: place) }
    }

    private mutating func notify() {
        clientLine(#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#)
    }

    private mutating func clientAnswers(_ id: Int) {
        asked.removeAll { $0 == id }
        clientLine(#"{"jsonrpc":"2.0","id":\#(id),"result":{"roots":[]}}"#)
    }

    private mutating func clientLine(_ template: String) {
        lines.append(Line(isClient: true, template: template))
    }

    // MARK: - The server

    private mutating func anyOpen() -> Int? { open.isEmpty ? nil : open[random.below(open.count)].request }

    private mutating func answer(_ request: Int) {
        open.removeAll { $0.request == request }
        if random.below(5) == 0 {
            serverLine(#""error":{"code":-32000,"message":"no","data":{@n@}},"id":@id\#(request)@"#)
        } else {
            serverLine(#""id":@id\#(request)@,"result":{@n@}"#)
        }
    }

    private mutating func progress(_ request: Int) {
        serverLine(
            #""method":"notifications/progress","params":{"progressToken":"#
                + #"@token\#(request)@,"progress":1,@n@}"#)
    }

    private mutating func ask() {
        guard !isModern, !hasKnownParents || open.allSatisfy({ $0.isAlone && open.count == 1 }) else {
            return
        }
        // Numbers are used again once nothing is in flight, as servers do that count per request.
        if asked.isEmpty, open.isEmpty, random.below(2) == 0 { serverIDs = 0 }
        serverIDs += 1
        guard !asked.contains(serverIDs) else { return }
        asked.append(serverIDs)
        serverLine(#""id":\#(serverIDs),"method":"roots/list","params":{@n@}"#)
    }

    private mutating func serverLine(_ members: String) {
        serverMessages += 1
        let body = members.replacing("@n@", with: #""n":\#(serverMessages)"#)
        lines.append(Line(isClient: false, template: #"{"jsonrpc":"2.0",\#(body)}"#))
    }

    // MARK: - Numbering

    /// How ids and tokens are written.
    enum Numbering: CaseIterable {
        case counted, text, shifted

        func id(_ request: Int) -> String {
            switch self {
            case .counted: "\(request)"
            case .text: #""r-\#(request)""#
            case .shifted: "\(request + 5000)"
            }
        }

        /// The next request's id in the same spelling: a permutation of the ids.
        func token(_ request: Int) -> String {
            switch self {
            case .counted: "\(request)"
            case .text: "\(request + 1)"
            case .shifted: #""\#(1_000_000 - request)""#
            }
        }
    }

    static func written(_ template: String, _ numbering: Numbering) -> String {
        var text = ""
        for (place, piece) in template.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
            guard place % 2 == 1 else {
                text += piece
                continue
            }
            if piece.hasPrefix("id"), let number = Int(piece.dropFirst(2)) {
                text += numbering.id(number)
            } else if piece.hasPrefix("token"), let number = Int(piece.dropFirst(5)) {
                text += numbering.token(number)
            }
        }
        return text
    }

    func transcript(_ numbering: Numbering) -> String {
        lines.map { ($0.isClient ? "c " : "s ") + Self.written($0.template, numbering) }.joined(
            separator: "\n")
    }
}

/// A small generator of random numbers that gives the same ones for the same seed everywhere.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
