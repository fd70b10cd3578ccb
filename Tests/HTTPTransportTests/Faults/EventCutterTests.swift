import Testing

@testable import HTTPTransport

/// Event streams, cut where their events end.
struct EventCutterTests {
    private static func cut(_ text: String, every size: Int = .max) -> [String] {
        var cutter = EventCutter()
        var parts: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            cutter.push(Array(rest.prefix(size))) { parts.append(String(decoding: $0.bytes, as: UTF8.self)) }
            rest = rest.dropFirst(size)
        }
        cutter.finish { parts.append(String(decoding: $0.bytes, as: UTF8.self)) }
        return parts
    }

    @Test(arguments: ["\n", "\r\n"])
    func `events end with an empty line, however they come`(_ end: String) {
        let events = [": hello", "id: 1\(end)data: {}", "data: x\(end)data: y"].map { $0 + end + end }
        for size in 1...20 {
            let parts = Self.cut(events.joined() + "data: half", every: size)
            #expect(parts.joined() == events.joined() + "data: half")
            #expect(parts.last?.hasSuffix("data: half") == true)
            #expect(parts.filter { $0.contains("data: {}") && $0.contains("id: 1") }.count == 1)
        }
        #expect(Self.cut(events.joined()) == events)
    }

    @Test func `lines that end with a CR alone end events at once`() {
        #expect(Self.cut("data: 1\r\rdata: 2\r\r") == ["data: 1\r\r", "data: 2\r\r"])
    }

    @Test func `a long event comes in parts`() {
        var cutter = EventCutter()
        var parts: [EventCutter.Part] = []
        let half = Array(repeating: UInt8(ascii: "x"), count: EventCutter.eventLimit)
        cutter.push(Array("data: ".utf8) + half) { parts.append($0) }
        cutter.push(half + Array("\n\ndata: 2\n\n".utf8)) { parts.append($0) }
        #expect(parts.map(\.isFirst) == [true, false, true])
        #expect(parts.map(\.isLast) == [false, true, true])
        #expect(parts.reduce(0) { $0 + $1.bytes.count } == 2 * half.count + 17)
    }

    @Test func `another message stands where the first one did`() {
        let event = ServerEvent(Array("id: 7\r\nevent: message\r\ndata:{}\r\n\r\n".utf8)[...])
        #expect(event.data == Array("{}".utf8))
        let carried = event.carrying(Array("[]".utf8)[...])
        #expect(String(decoding: carried, as: UTF8.self) == "id: 7\r\nevent: message\r\ndata:[]\r\n\r\n")
        let lines = event.carrying(Array("a\nb".utf8)[...])
        #expect(String(decoding: lines, as: UTF8.self) == "id: 7\nevent: message\ndata: a\ndata: b\n\n")
    }
}
