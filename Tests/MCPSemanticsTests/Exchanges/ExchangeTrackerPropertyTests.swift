import MCPSemantics
import Testing
import Wire

/// Generated conversations against a plain model. A failure prints the seed; put it in `seeds` to run it
/// again.
struct ExchangeTrackerPropertyTests {
    private static let seeds: [UInt64] = (0..<6).map { _ in UInt64.random(in: 0...UInt64.max) }

    @Test(arguments: seeds)
    func `agrees with a list that is searched from its newest entry`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var talk = Conversation()
        var model = PlainModel()
        for step in 0..<600 {
            let direction = Direction.allCases[random.below(2)]
            var actions = [Action(&random)]
            if random.below(8) == 0 { actions += [Action(&random), Action(&random)] }
            let text =
                actions.count == 1 ? actions[0].text : "[" + actions.map(\.text).joined(separator: ",") + "]"
            let numbers = actions.map { model.apply($0, direction) }
            if random.below(20) == 0 { try talk.reload() }
            let exchange = talk.say(text, direction)
            #expect(exchange == (actions.count == 1 ? numbers[0] : nil), "step \(step), seed \(seed)")
        }
        for (number, entry) in model.entries.enumerated() {
            let known = talk.known[number + 1]
            #expect(known?.outcome == entry.outcome, "exchange \(number + 1), seed \(seed)")
            #expect(known?.progressCount == entry.progress, "exchange \(number + 1), seed \(seed)")
            #expect(known?.asker == entry.asker)
            #expect(known?.id.text == entry.id)
        }
        #expect(talk.known.count == model.entries.count)
        let counts = talk.exchanges.counts
        #expect(counts.exchanges == model.entries.count)
        #expect(counts.pending == model.entries.filter { $0.outcome == .pending }.count)
        #expect(counts.errors == model.entries.filter { $0.outcome == .error }.count)
        #expect(counts.toolErrors == model.entries.filter { $0.outcome == .toolError }.count)
    }

    @Test(arguments: seeds)
    func `reads no damaged checkpoint as a tracker that traps`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var talk = Conversation()
        for _ in 0..<60 { talk.say(Action(&random).text, Direction.allCases[random.below(2)]) }
        var writer = StateWriter()
        talk.exchanges.save(to: &writer)
        for _ in 0..<200 {
            var bytes = writer.bytes
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            var reader = StateReader(bytes)
            guard var damaged = Conversation(from: &reader) else { continue }
            for _ in 0..<30 { damaged.say(Action(&random).text, Direction.allCases[random.below(2)]) }
        }
    }
}

/// One thing that a side may say.
private enum Action {
    case ask(id: String, token: String?)
    case answer(id: String, Exchange.Outcome)
    case cancel(id: String)
    case progress(token: String)

    init(_ random: inout SeededRandom) {
        let id = ["1", "2", "3", #""a""#][random.below(4)]
        let token = ["7", "8"][random.below(2)]
        switch random.below(10) {
        case 0...3: self = .ask(id: id, token: random.below(2) == 0 ? token : nil)
        case 4...6: self = .answer(id: id, [.ok, .error, .toolError][random.below(3)])
        case 7: self = .cancel(id: id)
        default: self = .progress(token: token)
        }
    }

    var text: String {
        switch self {
        case .ask(let id, let token):
            Text.call(id, more: token.map { #","_meta":{"progressToken":\#($0)}"# } ?? "")
        case .answer(let id, .error): Text.error(id)
        case .answer(let id, .toolError): Text.result(id, #"{"isError":true}"#)
        case .answer(let id, _): Text.result(id)
        case .cancel(let id): Text.cancel(id)
        case .progress(let token): Text.progress(token)
        }
    }
}

/// All exchanges in a list, each search from its newest entry: slow and plain.
private struct PlainModel {
    struct Entry {
        var asker: Direction
        var id: String
        var token: String?
        var outcome = Exchange.Outcome.pending
        var progress = 0
        var isAnswered = false
        var ownsID = true
    }

    var entries: [Entry] = []

    /// The number of the exchange that `action` belongs to.
    mutating func apply(_ action: Action, _ direction: Direction) -> Int? {
        switch action {
        case .ask(let id, let token):
            if let older = open(id, direction) { entries[older].ownsID = false }
            entries.append(Entry(asker: direction, id: id, token: token))
            return entries.count
        case .answer(let id, let outcome):
            guard let place = open(id, direction.opposite) else { return nil }
            entries[place].outcome = entries[place].outcome == .cancelled ? .late : outcome
            entries[place].isAnswered = true
            return place + 1
        case .cancel(let id):
            guard let place = open(id, direction) else { return nil }
            entries[place].outcome = .cancelled
            return place + 1
        case .progress(let token):
            let place = entries.lastIndex {
                $0.asker == direction.opposite && $0.token == token && !$0.isAnswered
            }
            guard let place else { return nil }
            entries[place].progress += 1
            return place + 1
        }
    }

    private func open(_ id: String, _ asker: Direction) -> Int? {
        entries.lastIndex { $0.asker == asker && $0.id == id && !$0.isAnswered && $0.ownsID }
    }
}
