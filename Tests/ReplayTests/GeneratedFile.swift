/// A recording file made from a seed: rounds of requests that overlap a little and end, and now and then
/// something that goes on, comes back to what is over, or is out of order.
struct GeneratedFile {
    /// What may be in it beside rounds that end.
    struct Oddities: OptionSet {
        let rawValue: Int
        /// Requests that nobody answers, cancelled or not; tasks and states that are asked for later.
        static let open = Oddities(rawValue: 1)
        /// What makes that a file is read as a whole.
        static let whole = Oddities(rawValue: 2)
    }

    private(set) var lines: [String] = []
    /// What the client says, in order.
    private(set) var client: [String] = []
    private var random: SplitMix
    private var ids = 0
    private var serverIDs = 0
    private var texts = 0
    private var tasks = 0
    private let isModern: Bool
    private let oddities: Oddities

    init(seed: UInt64, rounds: Int = 30, oddities: Oddities = []) {
        random = SplitMix(state: seed)
        self.oddities = oddities
        isModern = random.below(3) == 0
        if random.below(3) == 0 { server(#""method":"notifications/message","params":{\#(text())}"#) }
        if random.below(2) == 0 { handshake() }
        for _ in 0..<rounds { round() }
        if random.below(4) == 0 { begin() }
    }

    /// The file's text.
    var bytes: [UInt8] {
        let header =
            #"{"mcptape":1,"sessions":[{"id":"21vzhsa7kn31","name":"made","transport":"stdio","#
            + #""capture":"payloads","started":"2026-11-27T00:00:00.000000000Z"}]}"#
        return Array(([header] + lines).joined(separator: "\n").utf8) + [0x0A]
    }

    // MARK: - Rounds

    private mutating func round() {
        switch random.below(16) {
        case 0: server(#""method":"notifications/message","params":{\#(text())}"#)
        case 1: client(#""method":"notifications/roots/list_changed""#)
        case 2: client(#""method":"notifications/own/\#(random.below(3))","params":{}"#)
        case 3: handshake()
        case 4:
            let id = random.below(ids + 1)
            client(#""method":"notifications/cancelled","params":{"requestId":\#(id)}"#)
        case 5:
            lines.append(
                #"{"seq":\#(lines.count + 1),"t":\#(lines.count * 10),"stderr":true,"text":"busy"}"#)
        case 6: if oddities.contains(.open) { leaveOpen() }
        case 7: if oddities.contains(.whole) { spoil() }
        case 8, 9: serverAsks()
        default: overlap()
        }
    }

    private mutating func handshake() {
        ids += 1
        let method = isModern ? "server/discover" : "initialize"
        client(#""id":\#(ids),"method":"\#(method)","params":{\#(meta(token: nil))}"#)
        server(#""id":\#(ids),"result":{\#(text())}"#)
    }

    /// Up to three requests, answered in any order, with progress and messages in between.
    private mutating func overlap() {
        var open = (0...random.below(3)).map { _ in begin() }
        while !open.isEmpty {
            let place = random.below(open.count)
            switch random.below(5) {
            case 0: server(#""method":"notifications/message","params":{\#(text())}"#)
            case 1:
                guard let token = open[place].token else { continue }
                server(
                    #""method":"notifications/progress","params":{"progressToken":\#(token),"#
                        + #""progress":1,\#(text())}"#)
            case 2 where random.below(3) == 0:
                client(
                    #""method":"notifications/cancelled","params":{"requestId":\#(open[place].id)}"#)
            default: answer(open.remove(at: place).id)
            }
        }
    }

    private mutating func serverAsks() {
        let asker = begin()
        serverIDs = random.below(3) == 0 ? 1 : serverIDs + 1
        let method = ["roots/list", "ping", "sampling/createMessage"][random.below(3)]
        server(#""id":\#(serverIDs),"method":"\#(method)","params":{\#(text())}"#)
        if random.below(3) == 0 { server(#""method":"notifications/message","params":{\#(text())}"#) }
        client(#""id":\#(serverIDs),"result":{}"#)
        answer(asker.id)
    }

    @discardableResult
    private mutating func begin() -> (id: String, token: String?) {
        ids += 1
        let id = random.below(5) == 0 ? #""r-\#(ids)""# : "\(ids)"
        let token = random.below(3) == 0 ? "\(1000 + ids)" : nil
        let tail = meta(token: token)
        let rest = tail.isEmpty ? "" : "," + tail
        let body =
            switch random.below(8) {
            case 0: #""method":"tools/list","params":{\#(tail)}"#
            case 1: #""method":"ping","params":{\#(tail)}"#
            case 2: #""method":"resources/read","params":{"uri":"file:///\#(random.below(4))"\#(rest)}"#
            case 3: #""method":"own/\#(random.below(3))","params":{"v":\#(random.below(3))\#(rest)}"#
            default:
                #""method":"tools/call","params":{"name":"t\#(random.below(3))","#
                    + #""arguments":{"a":\#(random.below(4))}\#(rest)}"#
            }
        client(#""id":\#(id),\#(body)"#)
        return (id, token)
    }

    private mutating func answer(_ id: String) {
        if random.below(6) == 0 {
            server(#""id":\#(id),"error":{"code":-32000,"message":"no","data":{\#(text())}}"#)
        } else {
            server(#""id":\#(id),"result":{\#(text())}"#)
        }
    }

    private mutating func meta(token: String?) -> String {
        var members: [String] = []
        if let token { members.append(#""progressToken":\#(token)"#) }
        if isModern {
            members.append(
                #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                    + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}"#)
        }
        return members.isEmpty ? "" : #""_meta":{\#(members.joined(separator: ","))}"#
    }

    // MARK: - Oddities

    private mutating func leaveOpen() {
        let request = begin()
        switch random.below(4) {
        case 0: client(#""method":"notifications/cancelled","params":{"requestId":\#(request.id)}"#)
        case 1:
            tasks += 1
            server(#""id":\#(request.id),"result":{"task":{"taskId":"k\#(tasks)","status":"working"}}"#)
        case 2: server(#""id":\#(request.id),"result":{"resultType":"input_required","requestState":"s"}"#)
        default: break
        }
    }

    private mutating func spoil() {
        switch random.below(6) {
        case 0: answer("\(random.below(ids + 1))")
        case 1:
            let token = 1000 + random.below(ids + 1)
            server(#""method":"notifications/progress","params":{"progressToken":\#(token),\#(text())}"#)
        case 2: line("c2s", #"[{"jsonrpc":"2.0","method":"notifications/own/batch"}]"#)
        case 3: client(#""id":0,"method":"tools/call","params":{"name":"[redacted:secret:0123456789ab]"}"#)
        case 4: line("s2c", #"{"no":"message"}"#)
        default: client(#""id":7,"method":"subscriptions/listen","params":{}"#)
        }
    }

    // MARK: - Lines

    /// A member with a text of its own.
    private mutating func text() -> String {
        texts += 1
        return #""n":"text \#(texts)""#
    }

    private mutating func client(_ members: String) {
        let message = #"{"jsonrpc":"2.0",\#(members)}"#
        client.append(message)
        line("c2s", message)
    }

    private mutating func server(_ members: String) { line("s2c", #"{"jsonrpc":"2.0",\#(members)}"#) }

    private mutating func line(_ direction: String, _ message: String) {
        let number = lines.count + 1
        lines.append(#"{"seq":\#(number),"t":\#(number * 10),"dir":"\#(direction)","msg":\#(message)}"#)
    }
}
