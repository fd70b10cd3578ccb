import NIOCore
import Testing

@testable import HTTPTransport

struct MessageHeadTests {
    private static let seeds = [
        "GET /mcp?x HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX-A:  b c \t\r\nX-Empty:\r\nConnection: close, x-a\r\n",
        "POST / HTTP/1.0\r\nhost:a\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.0 204\r\n", "HTTP/1.1 299 \r\nA: b\r\n",
    ]
    private static let spice: [UInt8] = [
        0x00, 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x2C, 0x2E, 0x30, 0x3A, 0x3B, 0x7F, 0x80, 0xE9, 0xFF,
    ]

    @Test func `whatever is accepted says the same to whoever reads it again`() throws {
        var chance = SplitMix(state: 20_261_127)
        var accepted = 0
        for round in 0..<40_000 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...3, using: &chance) {
                let place = Int.random(in: 0..<bytes.count, using: &chance)
                switch Int.random(in: 0...3, using: &chance) {
                case 0: bytes[place] = Self.spice.randomElement(using: &chance) ?? 0
                case 1: bytes.insert(Self.spice.randomElement(using: &chance) ?? 0, at: place)
                case 2: bytes.remove(at: place)
                default: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                }
                if bytes.isEmpty { bytes = [0x0D] }
            }
            if let head = try? MessageHead(request: bytes) {
                accepted += 1
                try check(head, again: { bytes throws(MessageFault) in try MessageHead(request: bytes) })
                _ = try? RequestTarget.originForm(of: head)
                _ = try? BodyFraming(request: head)
            }
            if let head = try? MessageHead(response: bytes) {
                accepted += 1
                try check(head, again: { bytes throws(MessageFault) in try MessageHead(response: bytes) })
                _ = try? BodyFraming(response: head, toHead: false)
            }
        }
        #expect(accepted > 5_000)
    }

    /// Every line is one line, and what is written on parses to the same fields.
    private func check(
        _ head: MessageHead, again parse: ([UInt8]) throws(MessageFault) -> MessageHead
    ) throws {
        for field in head.fields {
            let line = head.bytes[field.line]
            #expect(!line.contains(0x0A) && !line.contains(0x0D) && !line.contains(0x00))
        }
        var buffer = ByteBuffer()
        if head.method.isEmpty {
            ForwardedHead.write(response: head, edits: .init(), to: &buffer)
        } else {
            let edits = ForwardedHead.RequestEdits(target: head.target, authority: Array("b".utf8))
            ForwardedHead.write(head, edits: edits, to: &buffer)
        }
        var reader = HeadReader()
        let written = try #require(try reader.take(from: &buffer))
        #expect(buffer.readableBytes == 0)
        let second = try parse(written)
        let hop = HopByHop(head)
        let kept = head.fields.filter { !hop.drops($0, of: head) }
        #expect(second.fields.count == kept.count)
        for (before, after) in zip(kept, second.fields) where before.kind != .host {
            #expect(head.bytes[before.line] == second.bytes[after.line])
        }
    }
}

/// Numbers that a seed decides.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
