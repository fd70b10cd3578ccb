import MCPSemantics
import Recording
import Wire

/// Generated traffic of a stdio session: both sides ask, reuse ids, cancel, send batches, noise, long lines;
/// standard error, gaps, ends of lanes.
struct Traffic {
    var random: SeededRandom
    private var rest: [Lane: [UInt8]] = [:]
    private var time: Int64 = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// `count` events and the session's end.
    mutating func events(_ count: Int) -> [TransportEvent] {
        var events: [TransportEvent] = []
        for _ in 0..<count {
            time += Int64(random.below(1000))
            events.append(event())
        }
        if random.below(2) == 0 { events.append(.laneEnded(.clientToServer, at: now)) }
        events.append(.exited(.code(3), at: now))
        events.append(.ended([.clientClosed, .interrupted][random.below(2)], at: now))
        return events
    }

    private var now: Timestamp { Timestamp(nanoseconds: time) }

    private mutating func event() -> TransportEvent {
        if random.below(40) == 0 { return .gap(gap(), at: now) }
        let lane = Lane.allCases[min(random.below(5), 6) % 3]
        var bytes = rest[lane] ?? []
        for _ in 0..<random.below(4) { bytes += line(on: lane) + [0x0A] }
        // An event may end inside a line; the next one of the lane goes on there.
        let cut = random.below(3) == 0 ? random.below(bytes.count + 1) : bytes.count
        rest[lane] = Array(bytes[cut...])
        return .bytes(bytes[..<cut], on: lane, at: now)
    }

    private mutating func gap() -> Gap {
        var gap = Gap(from: now, to: now, reason: .journalFull)
        if random.below(2) == 0 { gap.clientToServer = random.below(1000) }
        if random.below(2) == 0 { gap.serverToClient = random.below(1000) }
        if gap.serverToClient > 0, random.below(2) == 0 { gap.cutLanes = [.serverToClient] }
        return gap
    }

    private mutating func line(on lane: Lane) -> [UInt8] {
        switch random.below(12) {
        case 0: return (0..<random.below(30)).map { _ in UInt8(random.below(256)) }.filter { $0 != 0x0A }
        case 1:
            return Array("[".utf8) + message() + Array(",".utf8) + message() + Array("]".utf8)
        default: return message()
        }
    }

    private mutating func message() -> [UInt8] {
        let id = ["1", "2", "\"a\"", "1.0", "null"][random.below(5)]
        let text =
            switch random.below(8) {
            case 0, 1, 2: request(id)
            case 3, 4:
                #"{"jsonrpc":"2.0","id":\#(id),"result":{"isError":\#(random.below(2) == 0)\#(filler())}}"#
            case 5:
                #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32000,"message":"no\#(random.below(3))"}}"#
            case 6: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
            default:
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(id)}}"#
            }
        return Array(text.utf8)
    }

    private mutating func request(_ id: String) -> String {
        let method = ["tools/call", "ping", "initialize", "tasks/get", "server/discover"][random.below(5)]
        let meta =
            random.below(3) == 0
            ? #","_meta":{"progressToken":\#(id),"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
            : ""
        return
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":"#
            + #"{"name":"n\#(random.below(3))","taskId":"t"\#(filler())\#(meta)}}"#
    }

    /// Sometimes enough to make the message a long one.
    private mutating func filler() -> String {
        guard random.below(4) == 0 else { return "" }
        let text = String(repeating: "é", count: random.below(120))
        return #","filler":"\#(text)","requestState":"s\#(random.below(3))""#
    }
}
