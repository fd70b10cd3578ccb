public import MCPSemantics
import Wire

extension FileRecording {
    /// The file's text with what `live` has more than it, behind all other lines, which stay as they are.
    ///
    /// Added are whole exchanges of the client, with all that the server said in them, in their order.
    /// `earlier` counts what `live` was recorded on top of: the second of two equal requests is added to a
    /// file that had one, also when somebody else added another one since, but not when that is the same.
    /// Requests without an end are left out, and so is standard error. An id that the session knows already
    /// becomes a free one. Answers how many exchanges were added; none: the text is the file's.
    public func adding(
        _ live: WholeSession, to session: SessionID, since earlier: [RequestIdentity: Int],
        identify: RequestIdentifier
    ) throws -> (text: [UInt8], exchanges: Int) {
        guard let own = try WholeSession(reading: self, session: session) else { return (bytes, 0) }
        let added = live.missing(in: own.requestCounts(identify), since: earlier, identify)
        guard !added.isEmpty else { return (bytes, 0) }
        var free = FreeIDs(
            used: own.exchanges.lazy.filter { $0.asker == .clientToServer }.map(\.id))
        var renamings: [Int: ExchangeRenaming] = [:]
        for number in added.sorted() {
            guard let id = live.exchange(number)?.id else { continue }
            renamings[number] = ExchangeRenaming(from: id, to: free.take(id))
        }
        var text = bytes
        if text.last != 0x0A { text.append(0x0A) }
        let writer = RecordingFileWriter(header: header)
        var sequence = own.entries.last?.sequence ?? 0
        let begin = own.entries.reduce(Timestamp.zero) { max($0, $1.time) }
        var first: Timestamp?
        for (entry, owner) in live.entriesWithOwner {
            guard let owner, added.contains(owner), case .message(var message) = entry else { continue }
            sequence += 1
            message.sequence = sequence
            let start = first ?? message.time
            first = start
            message.time = Timestamp(nanoseconds: begin.nanoseconds &+ max(0, message.time.since(start)))
            if let renaming = message.exchange.flatMap({ renamings[$0] }),
                case .inline(let body) = message.body, message.kind != .batch
            {
                message.body = .inline(renaming.applied(to: body))
            }
            var exchange = message.exchange.flatMap { live.exchange($0) }
            // The writer tells an answer without its payload by its number.
            if entry.sequence == exchange?.responseSequence { exchange?.responseSequence = sequence }
            text += writer.line(for: .message(message), of: session, exchange: exchange)
        }
        return (text, added.count)
    }
}

extension RecordingEntry {
    /// When it arrived; of a gap, when it began.
    var time: Timestamp {
        switch self {
        case .message(let message): message.time
        case .gap(let gap): gap.gap.from
        }
    }
}

extension WholeSession {
    /// The numbers of the client's exchanges that are complete and that a file with `counts` lacks.
    fileprivate func missing(
        in counts: [RequestIdentity: Int], since earlier: [RequestIdentity: Int],
        _ identify: RequestIdentifier
    ) -> Set<Int> {
        var counts = counts
        var seen: [RequestIdentity: Int] = [:]
        var missing: Set<Int> = []
        for exchange in exchanges where exchange.asker == .clientToServer && exchange.outcome != .pending {
            guard let identity = identity(of: exchange, identify) else { continue }
            seen[identity, default: 0] += 1
            let wanted =
                identity.isAskedAtWill ? 1 : earlier[identity, default: 0] + seen[identity, default: 0]
            guard counts[identity, default: 0] < wanted else { continue }
            counts[identity, default: 0] += 1
            missing.insert(exchange.number)
        }
        return missing
    }

    /// Each entry with the number of the client's exchange that it comes with: its own, that of the server's
    /// request it belongs to, else the newest before it.
    var entriesWithOwner: [(entry: RecordingEntry, owner: Int?)] {
        var bySequence: [Int64: Int] = [:]
        for exchange in exchanges.reversed() {
            bySequence[exchange.requestSequence] = exchange.number
            if let response = exchange.responseSequence { bySequence[response] = exchange.number }
        }
        var newest: Int?
        return entries.map { entry in
            guard case .message(let message) = entry, message.lane != .standardError else {
                return (entry, nil)
            }
            let exchange = (message.exchange ?? bySequence[message.sequence]).flatMap { self.exchange($0) }
            guard let exchange else { return (entry, newest) }
            guard exchange.asker == .clientToServer else { return (entry, exchange.parent ?? newest) }
            if exchange.requestSequence == message.sequence { newest = exchange.number }
            return (entry, exchange.number)
        }
    }
}
