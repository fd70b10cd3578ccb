import MCPSemantics
import Testing

@testable import Recording

/// How an operation ended whose answer asked for input.
struct OperationOutcomeTests {
    private func table(_ exchanges: [Exchange]) -> StatisticsTable {
        var assembler = OperationAssembler()
        for exchange in exchanges { assembler.push(exchange, end: Timestamp(nanoseconds: 900_000_000)) }
        var session = SessionSummary(
            description: SessionDescription(id: SessionID("s"), name: "fs", transport: .stdio),
            state: SessionState())
        session.state.end = SessionEnd(reason: .clientClosed, time: Timestamp(nanoseconds: 900_000_000))
        var statistics = Statistics()
        for operation in assembler.take() + assembler.finish() { statistics.add(operation, of: session) }
        return StatisticsTable(statistics)
    }

    private let first = Operations.exchange(
        1, "tools/call", "a", from: 0, to: 78, chain: 1, result: "input_required")

    @Test func `one that was never gone on with was never answered, and has no duration`() {
        let table = table([first])
        #expect(table.notes == ["not plainly answered: 1 never answered (100 %)"])
        #expect(table.cells[1][3] == "-")
    }

    @Test func `one that was gone on with took as long as all of it`() {
        let table = table([first, Operations.exchange(2, "tools/call", "a", from: 100, to: 130, chain: 1)])
        #expect(table.notes == ["1 operation in 2 exchanges: the rounds of one operation count once"])
        #expect(table.cells[1][1] == "1" && table.cells.joined().contains("130 ms"))
    }
}
