import MCPSemantics
import Wire

@testable import Recording

/// Exchanges and operations for the tests of statistics. Times in milliseconds.
enum Operations {
    static func exchange(
        _ number: Int, _ method: String = "tools/call", _ name: String? = nil, from: Int64, to: Int64?,
        outcome: Exchange.Outcome = .ok, asker: Direction = .clientToServer, parent: Int? = nil,
        chain: Int? = nil, result: String? = nil
    ) -> Exchange {
        var exchange = Exchange(
            number: number, asker: asker, id: RequestID("\(number)"), method: method, name: name,
            era: .legacy, requestSequence: Int64(number), requestTime: time(from), requestSize: 10)
        exchange.responseTime = to.map { time($0) }
        exchange.firstEventTime = exchange.responseTime
        exchange.responseSize = to == nil ? 0 : 20
        exchange.outcome = to == nil && outcome == .ok ? .pending : outcome
        exchange.parent = parent
        exchange.chain = chain
        exchange.resultType = result
        return exchange
    }

    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(nanoseconds: milliseconds * 1_000_000) }

    /// The operations of exchanges that are given in order; what is in flight ends at `end`.
    static func assembled(
        _ exchanges: [Exchange], end: Int64 = 10_000, inputs: [Int: Wait] = [:]
    ) -> [Recording.Operation] {
        var assembler = OperationAssembler()
        var operations: [Recording.Operation] = []
        for exchange in exchanges {
            assembler.push(exchange, end: time(end), input: inputs[exchange.number])
            operations += assembler.take()
        }
        operations += assembler.finish()
        return operations.sorted { $0.first.number < $1.first.number }
    }

    /// What a session with these exchanges did.
    static func activity(
        _ session: SessionSummary, _ exchanges: [Exchange], inputs: [Int: Wait] = [:]
    ) -> SessionActivity {
        var activity = SessionActivity(session)
        for exchange in exchanges { activity.observe(exchange, end: session.state.lastTime) }
        let end = session.state.lastTime.nanoseconds / 1_000_000
        for operation in assembled(exchanges, end: end, inputs: inputs) { activity.add(operation) }
        return activity
    }

    static func milliseconds(_ nanoseconds: Int64?) -> Int64? { nanoseconds.map { $0 / 1_000_000 } }
}
