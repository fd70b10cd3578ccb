import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

struct BlockBuilderTests {
    /// Messages with every feature that an index can hold.
    private func messages(seed: UInt64) -> [MessageRecord] {
        var traffic = SampleTraffic(seed: seed)
        var messages: [MessageRecord] = []
        for index in 0..<60 {
            var message = traffic.message(
                String(repeating: "ü", count: traffic.number(0...40)),
                MessageKind.allCases[index % MessageKind.allCases.count],
                index % 3 == 0 ? nil : "method\(index % 5)", index % 4 == 0 ? "näme\(index % 7)" : nil,
                index % 2 == 0 ? RequestID("\"id \(index)\"") : nil, Lane.allCases[index % 3])
            message.exchange = index % 5 == 0 ? nil : traffic.number(1...1_000_000)
            message.hasLineFeed = index % 7 != 0
            message.isPartial = index % 11 == 0
            message.stream = StreamID(index % 13 == 0 ? UInt32.max : 0)
            message.sequence += Int64(index / 10)
            if index % 9 == 0 {
                message.truncated = .init(sha256: (0..<32).map { UInt8($0 + index) })
                message.size = 1 << 40
            }
            if index % 6 == 1 {
                message.framing = MessageFraming(
                    pieces: [Array("id: \(index)\r\ndata: ".utf8), [], [0xFF, 0x0A]])
            }
            if index % 7 == 2 {
                message.redactions = [
                    Redaction(pointer: "/params/arguments/kéy\(index)", rule: "key"),
                    Redaction(pointer: "", rule: "value:jwt"),
                ]
                // The wire carried more than is kept.
                message.size += index
            }
            if index % 5 == 4 { message.fault = FaultMark("delay:\(index)ms", seenBy: .client) }
            if index % 8 == 3 { message.body = .parts(body: index, count: index * 3) }
            if index % 8 == 5 { message.body = .omitted }
            messages.append(message)
        }
        return messages
    }

    private func build(_ messages: [MessageRecord]) -> BlockBuilder {
        var builder = BlockBuilder()
        for message in messages { append(message, to: &builder) }
        return builder
    }

    private func append(_ message: MessageRecord, to builder: inout BlockBuilder) {
        switch message.body {
        case .omitted: builder.append(message, body: .omitted)
        case .parts(let body, let count): builder.append(message, body: .parts(body: body, count: count))
        case .inline(let bytes):
            bytes.withUnsafeBytes { bytes in
                builder.append(message, body: .inline(bytes, id: IDPlace.range(of: message.id, in: bytes)))
            }
        }
    }

    private func read(_ block: DecodedBlock) -> [MessageRecord] {
        block.entries.map { entry in
            var message = block.message(entry)
            switch entry.storage {
            case .inline: message.body = .inline(ArraySlice(Array(block.body(of: entry))))
            case .parts: message.body = .parts(body: entry.first, count: entry.second)
            case .omitted, .reference: message.body = .omitted
            }
            return message
        }
    }

    @Test func `a block gives back what was put in, from any entry on`() throws {
        let messages = messages(seed: 1)
        let builder = build(messages)
        for start in [0, 1, 30, 59] {
            let block = try #require(DecodedBlock(builder.encoded(from: start)))
            #expect(read(block) == Array(messages[start...]))
        }
    }

    @Test func `small blocks merge into the block that all messages would have made`() throws {
        let messages = messages(seed: 2)
        let whole = build(messages)
        var merged = BlockBuilder()
        var rest = messages[...]
        for count in [1, 2, 17, 40] {
            let part = try #require(DecodedBlock(build(Array(rest.prefix(count))).encoded(from: 0)))
            merged.append(part)
            rest = rest.dropFirst(count)
        }
        #expect(merged.encoded(from: 0) == whole.encoded(from: 0))
    }

    @Test func `no bytes make the reader trap`() {
        var random = SampleTraffic(seed: 77)
        let block = build(messages(seed: 3)).encoded(from: 0)
        for _ in 0..<20_000 {
            var bytes = block
            for _ in 0...random.number(0...3) {
                bytes[random.number(0...min(bytes.count - 1, 600))] = UInt8(
                    truncatingIfNeeded: random.random())
            }
            if random.number(0...4) == 0 { bytes.removeLast(random.number(0...bytes.count)) }
            if let decoded = DecodedBlock(bytes) { _ = read(decoded) }
        }
    }

    @Test func `positions are found by sequence number`() throws {
        let messages = messages(seed: 4)
        let block = try #require(DecodedBlock(build(messages).encoded(from: 0)))
        for (index, message) in messages.enumerated() {
            #expect(block.position(of: message.sequence) == index)
            #expect(block.firstPosition(from: message.sequence) == index)
        }
        let last = messages[messages.count - 1].sequence
        #expect(block.firstPosition(from: last + 1) == messages.count)
        #expect(block.position(of: 0) == nil)
    }
}
