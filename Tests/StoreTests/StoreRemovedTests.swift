import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

/// What a session says in a store that was made anew under its recorder.
struct StoreRemovedTests {
    private let id = SessionDescription.test(1).id

    private func message(_ sequence: Int64, _ body: MessageBody, size: Int) -> RecordedEvent {
        var message = MessageRecord(
            sequence: sequence, time: Timestamp(nanoseconds: sequence), lane: .clientToServer, kind: .request,
            body: body, size: size)
        message.id = RequestID("1")
        return .message(message)
    }

    private func part(_ index: Int) -> RecordedEvent {
        .part(MessagePart(body: 1, index: index, bytes: [UInt8(ascii: "a") + UInt8(index)]))
    }

    /// The entry of a message in five parts, of which the first `lost` went with the former store.
    private func long(lost: Int, _ place: TemporaryStore) throws -> MessageRecord {
        let sink = try place.open().sink(for: .test(1))
        try sink.commit((0..<lost).map(part), position: 1)
        TemporaryStore.remove(place.path)
        let rest = (lost..<5).map(part) + [message(7, .parts(body: 1, count: 5), size: 5)]
        try place.open().sink(for: .test(1)).commit(rest, position: 2)
        let entries = try place.open(.read).allEntries(of: id)
        guard case .message(let message)? = entries.first, entries.count == 1 else {
            throw Missing()
        }
        return message
    }

    private struct Missing: Error {}

    @Test(arguments: [1, 3, 4]) func `of a long message its tail is there, and said to be one`(lost: Int)
        throws
    {
        let place = TemporaryStore()
        let message = try long(lost: lost, place)
        #expect(message.isPartial && message.size == 5)
        let store = try place.open(.read)
        #expect(try store.bytes(of: message, in: id) == Array("abcde".utf8.dropFirst(lost))[...])
        #expect(try store.session(id)?.headLostBefore == 7)
        #expect(Doctor.examine(place.path, repairs: false).findings.filter { $0.code == "damage" } == [])
    }

    @Test func `a message of which nothing is left keeps its place`() throws {
        let message = try long(lost: 5, TemporaryStore())
        #expect(message.isPartial && message.body == .omitted && message.id?.text == "1")
    }

    @Test func `a message that came whole is whole`() throws {
        let message = try long(lost: 0, TemporaryStore())
        #expect(!message.isPartial && message.body == .parts(body: 1, count: 5))
    }

    @Test func `a session that only ends in the new store lost all that it counted`() throws {
        let place = TemporaryStore()
        var state = SessionState()
        state.messages[.clientToServer] = 2
        state.messages[.serverToClient] = 1
        state.end = SessionEnd(reason: .clientClosed, time: Timestamp(nanoseconds: 9))
        let records = SessionRecords(
            description: .test(1), events: [], state: state, checkpoint: [])
        try place.open().sink(for: .test(1)).commit(
            RecordBatch(sessions: [records], position: 1, checkpoint: []))
        #expect(try place.open(.read).session(id)?.headLostBefore == 4)
    }

    @Test func `one that begins here lost nothing`() throws {
        let place = TemporaryStore()
        try place.open().sink(for: .test(1)).commit(
            [message(1, .inline([0x7b, 0x7d]), size: 2)], position: 1)
        #expect(try place.open(.read).session(id)?.headLostBefore == nil)
    }
}
