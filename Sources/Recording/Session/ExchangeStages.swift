public import MCPSemantics
import Wire

/// Tells the exchanges of a recording stage by stage, as their recorder did: begun, its first event,
/// cancelled, answered. Asked with every message of a session, in order.
public struct ExchangeStages {
    private let session: SessionID
    private let source: any RecordingSource
    /// Exchanges that are read and not begun, in order.
    private var coming: ArraySlice<Exchange> = []
    private var nextNumber = 1
    private var isAtEnd = false
    /// Begun and not over, as they were told last, and as they will end.
    private var open: [Int: (told: Exchange, final: Exchange)] = [:]
    /// Which of them the message with this number answers.
    private var answered: [Int64: [Int]] = [:]

    public init(_ session: SessionID, _ source: any RecordingSource) {
        self.session = session
        self.source = source
    }

    /// What a message does to exchanges, in the order of their numbers.
    public mutating func told(by message: MessageRecord) throws(SourceFailure) -> [Exchange] {
        var told: [Exchange] = []
        while let exchange = try coming(upTo: message.sequence) { told.append(begin(exchange)) }
        for number in cancelled(by: message) {
            guard var pair = open[number], pair.told.outcome == .pending else { continue }
            pair.told.outcome = .cancelled
            open[number] = pair
            told.append(pair.told)
        }
        if let number = message.exchange, var pair = open[number], pair.told.firstEventTime == nil,
            pair.final.firstEventTime == message.time, message.sequence != pair.final.requestSequence
        {
            pair.told.firstEventTime = message.time
            open[number] = pair
            told.append(pair.told)
        }
        for number in answered.removeValue(forKey: message.sequence) ?? [] {
            if let pair = open.removeValue(forKey: number) { told.append(pair.final) }
        }
        return told
    }

    /// What is left when all messages went by.
    public mutating func rest() throws(SourceFailure) -> [Exchange] {
        var told: [Exchange] = []
        while let exchange = try coming(upTo: .max) { told.append(begin(exchange)) }
        told += open.values.map(\.final).filter { $0.outcome != .pending }.sorted { $0.number < $1.number }
        return told
    }

    private mutating func begin(_ exchange: Exchange) -> Exchange {
        var told = exchange
        told.outcome = .pending
        told.firstEventTime = nil
        told.responseTime = nil
        told.responseSequence = nil
        told.responseSize = 0
        told.error = nil
        told.resultType = nil
        open[exchange.number] = (told, exchange)
        if let sequence = exchange.responseSequence {
            answered[sequence, default: []].append(exchange.number)
        }
        return told
    }

    private mutating func coming(upTo sequence: Int64) throws(SourceFailure) -> Exchange? {
        if coming.isEmpty, !isAtEnd {
            coming = try source.exchanges(of: session, from: nextNumber, limit: 1024)[...]
            isAtEnd = coming.isEmpty
            nextNumber = (coming.last?.number ?? 0) + 1
        }
        guard let first = coming.first, first.requestSequence <= sequence else { return nil }
        coming.removeFirst()
        return first
    }

    /// Numbers of the exchanges that the message cancels: by its text, or, over HTTP, by ending their stream.
    private func cancelled(by message: MessageRecord) -> [Int] {
        guard let direction = message.lane.direction else { return [] }
        switch message.kind {
        case .notification where message.method == "notifications/cancelled":
            return ends(message.exchange)
        case .http:
            guard let number = message.exchange, case .inline(let body) = message.body,
                case .closed? = HTTPNote(json: body), open[number]?.final.era == .modern
            else { return [] }
            return ends(number)
        case .batch:
            guard case .inline(let bytes) = message.body else { return [] }
            return MessageReader.digest(of: bytes, direction: direction).members.compactMap { member in
                guard member.method == "notifications/cancelled", let id = member.cancels else { return nil }
                // An id leads to the newest request that has it.
                return open.values.filter { $0.final.id == id && $0.final.asker == direction }
                    .map(\.final.number).max()
            }.flatMap { ends($0) }
        case .request, .response, .notification, .foreign, .standardError: return []
        }
    }

    private func ends(_ number: Int?) -> [Int] {
        guard let number, let pair = open[number],
            pair.final.outcome == .cancelled || pair.final.outcome == .late
        else { return [] }
        return [number]
    }
}
