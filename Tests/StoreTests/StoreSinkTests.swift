import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

struct StoreSinkTests {
    /// Exchanges of one session, in events.
    private func events(_ count: Int, seed: UInt64) -> [RecordedEvent] {
        var traffic = SampleTraffic(seed: seed)
        return (0..<count).flatMap { _ in traffic.next() }
    }

    @Test(arguments: [1, 7, 100, 3000])
    func `what is committed is read back, whatever the size of the batches`(size: Int) throws {
        let place = TemporaryStore()
        let store = try place.open()
        let events = events(400, seed: UInt64(size))
        let sink = try store.sink(for: .test(1))
        var position: UInt64 = 0
        for start in stride(from: 0, to: events.count, by: size) {
            position += 1
            try sink.commit(Array(events[start..<min(start + size, events.count)]), position: position)
        }
        let reader = try place.open(.read)
        let id = SessionDescription.test(1).id
        for _ in 0..<2 {
            #expect(try reader.allEntries(of: id) == events.messages)
            #expect(try reader.allExchanges(of: id) == events.exchanges)
            #expect(try reader.lastSequence(of: id) == events.messages.last?.sequence)
            #expect(reader.damage.isEmpty)
            // The second time around everything lies in sealed blocks.
            position += 1
            try sink.commit([], position: position, ending: true)
        }
        #expect(try reader.session(id)?.state.end != nil)
    }

    @Test(arguments: [false, true])
    func `a store that was removed or replaced takes nothing, and is opened anew`(isReplaced: Bool) throws {
        let place = TemporaryStore()
        let events = events(20, seed: 3)
        let half = events.count / 2
        let sink = try place.open().sink(for: .test(1))
        try sink.commit(Array(events[..<half]), position: 1)
        TemporaryStore.remove(place.path)
        if isReplaced { try place.open().sink(for: .test(2)).commit([], position: 1) }
        for _ in 0..<2 {
            #expect {
                try sink.commit(Array(events[half...]), position: 2)
            } throws: { error in
                guard let failure = error as? SinkFailure else { return false }
                return failure.kind == .gone && failure.message.contains("was removed or replaced")
            }
        }
        try place.open().sink(for: .test(1)).commit(Array(events[half...]), position: 2)
        let reader = try place.open(.read)
        let id = SessionDescription.test(1).id
        #expect(try reader.allEntries(of: id) == Array(events[half...]).messages)
        let first = try #require(Array(events[half...]).messages.first?.sequence)
        #expect(first > 1)
        #expect(try reader.session(id)?.headLostBefore == first)
        let findings = Doctor.examine(place.path, repairs: false).findings
        #expect(findings.filter { !["space", "abandoned", "missing"].contains($0.code) } == [])
    }

    private func newest(of events: ArraySlice<RecordedEvent>) -> Recorder.Numbers {
        events.reduce(into: Recorder.Numbers()) { newest, event in
            switch event {
            case .message(let message): newest.sequence = max(newest.sequence, message.sequence)
            case .gap(let gap): newest.sequence = max(newest.sequence, gap.sequence)
            case .part(let part): newest.body = max(newest.body, part.body)
            case .exchange(let exchange): newest.exchange = max(newest.exchange, exchange.number)
            }
        }
    }

    @Test func `a session goes on in another sink where the first one stopped`() throws {
        let place = TemporaryStore()
        let events = events(300, seed: 3)
        let cuts = [0, 5, 6, 200, 201, 650, events.count]
        for (index, range) in zip(cuts, cuts.dropFirst()).enumerated() {
            let store = try place.open()
            let coverage = try store.coverage(of: SessionDescription.test(1).id)
            #expect(coverage?.position == (index == 0 ? nil : UInt64(index)))
            #expect(coverage?.checkpoint == (index == 0 ? nil : [UInt8(index)]))
            if index > 0 { #expect(coverage?.newest == newest(of: events[..<range.0])) }
            let sink = try store.sink(for: .test(1))
            try sink.commit(Array(events[range.0..<range.1]), position: UInt64(index + 1))
        }
        let reader = try place.open(.read)
        #expect(try reader.allEntries(of: SessionDescription.test(1).id, limit: 7) == events.messages)
        #expect(try reader.allExchanges(of: SessionDescription.test(1).id) == events.exchanges)
    }
}
