internal import MCPSemantics

/// Keeps a session's newest exchanges as rows and packs older ones, where they are answered, into groups.
///
/// A group covers a fixed range of numbers and is written once, as soon as all of them are answered, at the
/// latest when `patience` further groups have begun. What is answered or changes after that stays a row.
struct ExchangeWriter {
    private static let patience = 2

    /// Answered exchanges of the groups that are still open: at most `patience` + 1 groups and one batch.
    private var answered: [Int: Exchange] = [:]
    /// Numbers of open groups that have a row.
    private var rows: Set<Int> = []
    private var firstOpen = 0
    private var highest = 0

    /// Takes up what an earlier writer left.
    mutating func resume(of session: Int64, from store: Store) throws(StoreFailure) {
        firstOpen = try ExchangeGroupRow.end(of: session, in: store.database)
        var next = firstOpen * ExchangeGroup.span
        while true {
            let page = try ExchangeRow.read(of: session, from: next, limit: 512, in: store.database)
            guard let last = page.last else { return }
            for exchange in page {
                rows.insert(exchange.number)
                if ExchangeGroup.canHold(exchange) { answered[exchange.number] = exchange }
            }
            highest = last.number
            next = last.number + 1
        }
    }

    /// Writes what changed; `isLast`: nothing more will come, so every group is written.
    mutating func write(
        _ changed: [Int: Exchange], isLast: Bool, of session: Int64, to store: Store
    ) throws(StoreFailure) {
        var packed: Set<Int> = []
        for (number, exchange) in changed {
            highest = max(highest, number)
            guard ExchangeGroup.place(of: number) >= firstOpen else { continue }
            answered[number] = ExchangeGroup.canHold(exchange) ? exchange : nil
        }
        let newest = ExchangeGroup.place(of: highest)
        while firstOpen <= newest {
            let range = firstOpen * ExchangeGroup.span..<(firstOpen + 1) * ExchangeGroup.span
            let group = range.compactMap { answered[$0] }
            // The first group lacks the number 0.
            let isFull = group.count == range.count || (firstOpen == 0 && group.count == range.count - 1)
            guard isFull || isLast || newest > firstOpen + ExchangeWriter.patience else { break }
            if !group.isEmpty { try ExchangeGroupRow.write(group, place: firstOpen, of: session, to: store) }
            for exchange in group {
                answered[exchange.number] = nil
                packed.insert(exchange.number)
                if rows.remove(exchange.number) != nil {
                    try ExchangeRow.delete(exchange.number, of: session, in: store.database)
                }
            }
            for number in range { rows.remove(number) }
            firstOpen += 1
        }
        for number in changed.keys.sorted() where !packed.contains(number) {
            guard let exchange = changed[number] else { continue }
            try ExchangeRow.write(exchange, of: session, to: store.database)
            if ExchangeGroup.place(of: number) >= firstOpen { rows.insert(number) }
        }
    }
}
