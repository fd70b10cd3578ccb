import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

struct ExchangeGroupTests {
    private func exchanges() -> [Exchange] {
        (1...200).map { number in
            var exchange = Exchange(
                number: number * 3, asker: number % 4 == 0 ? .serverToClient : .clientToServer,
                id: RequestID(number % 2 == 0 ? "\(number)" : "\"ü\(number)\""), method: "m\(number % 5)",
                name: number % 3 == 0 ? nil : "n\(number)", era: number % 7 == 0 ? .modern : .legacy,
                requestSequence: Int64(number * 5 - number % 3),
                requestTime: Timestamp(nanoseconds: Int64(number) << 30),
                requestSize: number * 100)
            exchange.outcome = Exchange.Outcome.allCases[1 + number % 5]
            exchange.responseSequence = Int64(number * 7)
            exchange.responseTime = Timestamp(nanoseconds: Int64(number) << 31)
            exchange.firstEventTime =
                number % 2 == 0
                ? exchange.responseTime : number % 3 == 0 ? nil : Timestamp(nanoseconds: Int64(number))
            exchange.responseSize = number << 20
            if number % 10 == 0 {
                exchange.error = ResponseError(code: "-32\(number)", message: "no")
                exchange.progressCount = number
                exchange.resultType = "task"
                exchange.parent = number - 1
                exchange.chain = number - 2
                exchange.httpStatus = number % 20 == 0 ? 404 : nil
            }
            return exchange
        }
    }

    @Test func `a group is appended from a number on, or not at all`() {
        let exchanges = exchanges()
        let group = ExchangeGroup.encoded(exchanges)
        var found = [exchanges[7]]
        #expect(ExchangeGroup.decode(group, from: 301, into: &found))
        #expect(found == [exchanges[7]] + exchanges.filter { $0.number >= 301 })
        found = [exchanges[7]]
        #expect(!ExchangeGroup.decode(group.dropLast(40), from: 1, into: &found))
        #expect(found == [exchanges[7]])
    }

    @Test func `a group gives back what was put in`() {
        let exchanges = exchanges()
        #expect(exchanges.allSatisfy { ExchangeGroup.canHold($0) })
        #expect(ExchangeGroup.decode(ExchangeGroup.encoded(exchanges)) == exchanges)
        #expect(ExchangeGroup.decode(ExchangeGroup.encoded([])) == [])
    }

    @Test func `no bytes make the reader trap`() {
        var random = SampleTraffic(seed: 78)
        let group = ExchangeGroup.encoded(exchanges())
        for _ in 0..<10_000 {
            var bytes = group
            for _ in 0...random.number(0...3) {
                bytes[random.number(0...bytes.count - 1)] = UInt8(truncatingIfNeeded: random.random())
            }
            if random.number(0...4) == 0 { bytes.removeLast(random.number(0...bytes.count)) }
            _ = ExchangeGroup.decode(bytes)
        }
    }

    @Test func `an exchange that changes after its group was written is read as it is now`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1))
        let id = SessionDescription.test(1).id
        var all: [Exchange] = []
        for number in 1...1500 {
            var exchange = Exchange(
                number: number, asker: .clientToServer, id: RequestID("\(number)"), method: "ping",
                era: .legacy,
                requestSequence: Int64(number), requestTime: Timestamp(nanoseconds: Int64(number)),
                requestSize: 1)
            // Every hundredth is never answered, or late.
            if number % 100 != 0 {
                exchange.outcome = .ok
                exchange.responseSequence = Int64(number)
                exchange.responseTime = Timestamp(nanoseconds: Int64(number))
            }
            all.append(exchange)
        }
        for (index, start) in stride(from: 0, to: 1500, by: 170).enumerated() {
            let batch = all[start..<min(start + 170, 1500)].map { RecordedEvent.exchange($0) }
            try sink.commit(batch, position: UInt64(index + 1))
        }
        #expect(try store.allExchanges(of: id) == all)
        all[99].outcome = .late
        all[99].responseSequence = 1501
        all[99].responseTime = Timestamp(nanoseconds: 1501)
        all[6].progressCount = 3
        try sink.commit([.exchange(all[99]), .exchange(all[6])], position: 20)
        #expect(try store.allExchanges(of: id, limit: 33) == all)
        // Another writer goes on, then the session ends.
        let next = try place.open().sink(for: .test(1))
        all[7].progressCount = 9
        try next.commit([.exchange(all[7])], position: 21, ending: true)
        #expect(try store.allExchanges(of: id, limit: 1000) == all)
        #expect(try store.exchanges(of: id, from: 100, limit: 2) == Array(all[99...100]))
    }
}
