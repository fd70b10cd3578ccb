public import MCPSemantics
internal import Wire

/// Makes operations of a session's exchanges: joins the rounds of one, and gives it what its server waited
/// for.
///
/// Fed with all exchanges of a session in the order of their numbers, which is that of their requests.
public struct OperationAssembler: Sendable {
    /// Operations held at most: as many as the recorder itself tracks in flight. Beyond it the oldest is
    /// given out as it is.
    static let limit = 16_384

    /// Held until nothing more can belong to them, by the number of the first round.
    private var held: [Int: Operation] = [:]
    /// The numbers of held ones, oldest first.
    private var order: [Int] = []
    /// Which operation a later round belongs to.
    private var rounds: [Int: Int] = [:]
    /// Held ones that were answered for good, and when: nothing that begins afterwards belongs to them.
    private var closing: [(number: Int, end: Timestamp)] = []
    private var finished: [Operation] = []

    public init() {}

    /// Takes the next exchange in.
    ///
    /// `end` is when it stopped to be in flight, if it was never answered. `input` is what its answer asks
    /// for, when that is `input_required`.
    public mutating func push(
        _ exchange: Exchange, end: Timestamp, input: Wait? = nil, isMatch: Bool = true
    ) {
        if let input { inputs[exchange.number] = input }
        close(before: exchange.requestTime)
        guard exchange.asker == .clientToServer else {
            addWait(exchange, end: end)
            finished.append(Operation(exchange, end: end, isMatch: isMatch))
            return
        }
        if let chain = exchange.chain, chain != exchange.number, var operation = held[chain],
            operation.last.resultType == "input_required", operation.first.method == exchange.method
        {
            let wait = inputs.removeValue(forKey: operation.last.number) ?? .client
            operation.continueWith(exchange, end: end, after: wait, isMatch: isMatch)
            held[chain] = operation
            rounds[exchange.number] = chain
            noteAnswer(exchange, of: chain)
            return
        }
        held[exchange.number] = Operation(exchange, end: end, isMatch: isMatch)
        order.append(exchange.number)
        noteAnswer(exchange, of: exchange.number)
        if held.count > OperationAssembler.limit { giveOutOldest() }
    }

    private var inputs: [Int: Wait] = [:]

    /// The operations that are complete since the last time.
    public mutating func take() -> [Operation] {
        defer { finished.removeAll(keepingCapacity: true) }
        return finished
    }

    /// Nothing comes any more: all that is left is complete as it is, in the order of numbers.
    public mutating func finish() -> [Operation] {
        for number in order { giveOut(number) }
        order = []
        closing = []
        return take()
    }

    /// A chain whose newest answer asks for input goes on with its next round, whenever that is.
    private mutating func noteAnswer(_ exchange: Exchange, of number: Int) {
        guard let answered = exchange.responseTime, exchange.resultType != "input_required" else { return }
        closing.append((number, answered))
    }

    private mutating func close(before time: Timestamp) {
        guard closing.contains(where: { $0.end <= time }) else { return }
        for entry in closing where entry.end <= time { giveOut(entry.number) }
        closing.removeAll { $0.end <= time }
        // The list is tidied when half of it is gone, so that one operation costs O(1).
        if order.count > 2 * held.count + 64 { order.removeAll { held[$0] == nil } }
    }

    private mutating func addWait(_ exchange: Exchange, end: Timestamp) {
        guard let wait = Wait(method: exchange.method), let parent = exchange.parent,
            let place = rounds[parent] ?? (held[parent] == nil ? nil : parent), var operation = held[place],
            let flight = operation.flights.last
        else { return }
        let span = TimeSpan(
            from: exchange.requestTime.nanoseconds, to: (exchange.responseTime ?? end).nanoseconds)
        operation.waits.append(Operation.Waiting(wait, span.clipped(to: flight)))
        held[place] = operation
    }

    private mutating func giveOut(_ number: Int) {
        guard let operation = held.removeValue(forKey: number) else { return }
        if operation.rounds > 1 { rounds = rounds.filter { $0.value != number } }
        inputs[operation.last.number] = nil
        finished.append(operation)
    }

    private mutating func giveOutOldest() {
        while let number = order.first {
            order.removeFirst()
            if held[number] != nil {
                giveOut(number)
                closing.removeAll { $0.number == number }
                return
            }
        }
    }
}
