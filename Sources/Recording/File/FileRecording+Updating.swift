public import MCPSemantics
import Wire

extension FileRecording {
    /// The file's text with `session` replaced by `live`, in which the line of every message that did not
    /// change is as it was, with its time.
    ///
    /// A message did not change when nothing but its exchange's id, its progress token and the digits of
    /// placeholders did. One that changed takes the number of the one in its place; one that is new between
    /// two others has no number, and is read as the one after its predecessor. Lines of other sessions, and
    /// those that this version does not know, stay. Without any change the text is the file's.
    /// O(bytes + messages × changes).
    public func updated(
        by live: WholeSession, replacing session: SessionID, identify: RequestIdentifier
    ) throws -> (text: [UInt8], changes: FileChanges) {
        guard let old = try WholeSession(reading: self, session: session),
            let place = header.sessions.firstIndex(where: { $0.description.id == session }),
            contents[place].lines.count == old.entries.count
        else { return (bytes, FileChanges()) }
        let pairs = live.exchangePairs(with: old, identify)
        let live = live.speaking(as: old, pairs)
        let plan = LinePlan(old: old, new: live, pairs: pairs)
        var writer = UpdatedText(file: self, session: place, old: old, live: live)
        return (writer.text(by: plan), plan.changes)
    }
}

/// What an update changed, in messages.
public struct FileChanges: Sendable, Equatable {
    public var kept = 0
    public var replaced = 0
    public var added = 0
    public var removed = 0

    /// Whether nothing did.
    public var isEmpty: Bool { replaced + added + removed == 0 }
}

extension WholeSession {
    /// The session with the ids and progress tokens of `old` in the exchanges that both have.
    fileprivate func speaking(as old: WholeSession, _ pairs: [Int: Int]) -> WholeSession {
        var free = FreeIDs(used: old.exchanges.map(\.id))
        var renamings: [Int: ExchangeRenaming] = [:]
        for exchange in exchanges {
            guard let former = pairs[exchange.number].flatMap({ old.exchange($0) }) else {
                renamings[exchange.number] = ExchangeRenaming(
                    from: exchange.id, to: free.take(exchange.id))
                continue
            }
            var renaming = ExchangeRenaming(from: exchange.id, to: former.id)
            if let own = ExchangeRenaming.token(of: requestText(of: exchange)),
                let token = ExchangeRenaming.token(of: old.requestText(of: former)), own != token
            {
                renaming.token = (own, token)
            }
            renamings[exchange.number] = renaming
        }
        var result = self
        for (place, entry) in entries.enumerated() {
            guard case .message(var message) = entry, message.kind != .batch,
                case .inline(let body) = message.body,
                let renaming = message.exchange.flatMap({ renamings[$0] })
            else { continue }
            message.body = .inline(renaming.applied(to: body))
            result.entries[place] = .message(message)
        }
        return result
    }

    /// The number of the exchange in `old` that each of ours is: the equal ones in order, then between two of
    /// those the ones of the same method and name.
    fileprivate func exchangePairs(with old: WholeSession, _ identify: RequestIdentifier) -> [Int: Int] {
        func key(_ exchange: Exchange, in session: WholeSession) -> ExchangeKey {
            ExchangeKey(
                asker: exchange.asker, identity: session.identity(of: exchange, identify))
        }
        let pairs = LineAlignment.pairs(
            old.exchanges.map { key($0, in: old) }, exchanges.map { key($0, in: self) })
        var result: [Int: Int] = [:]
        var (oldStart, newStart) = (0, 0)
        for pair in pairs + [(old.exchanges.count, exchanges.count)] {
            var left = Array(old.exchanges[oldStart..<pair.old])
            for exchange in exchanges[newStart..<pair.new] {
                let place = left.firstIndex {
                    $0.asker == exchange.asker && $0.method == exchange.method && $0.name == exchange.name
                }
                guard let place else { continue }
                result[exchange.number] = left[place].number
                // None before it: their order is the same.
                left.removeSubrange(...place)
            }
            if pair.new < exchanges.count {
                result[exchanges[pair.new].number] = old.exchanges[pair.old].number
            }
            (oldStart, newStart) = (pair.old + 1, pair.new + 1)
        }
        return result
    }

    private struct ExchangeKey: Hashable {
        var asker: Direction
        var identity: RequestIdentity?
    }
}
