import MCPSemantics
import Testing
import Wire

@testable import Recording

struct OperationAssemblerTests {
    private func waited(_ operation: Recording.Operation, _ wait: Wait) -> Int64? {
        Operations.milliseconds(operation.waited[wait])
    }

    @Test func `an exchange is an operation, whoever asks`() {
        let operations = Operations.assembled([
            Operations.exchange(1, from: 0, to: 100),
            Operations.exchange(2, "ping", from: 10, to: 20, asker: .serverToClient),
        ])
        #expect(operations.map { Operations.milliseconds($0.duration) } == [100, 10])
        #expect(operations.map { Operations.milliseconds($0.serverTime) } == [100, 10])
        #expect(operations.allSatisfy { $0.rounds == 1 && $0.waits.isEmpty })
    }

    @Test func `the time of a server's own requests is no time of the server's, and counts once`() {
        let operations = Operations.assembled([
            Operations.exchange(1, from: 0, to: 100),
            Operations.exchange(2, "elicitation/create", from: 10, to: 40, asker: .serverToClient, parent: 1),
            Operations.exchange(
                3, "sampling/createMessage", from: 20, to: 60, asker: .serverToClient, parent: 1),
            Operations.exchange(4, "roots/list", from: 90, to: 300, asker: .serverToClient, parent: 1),
            Operations.exchange(5, "ping", from: 91, to: 92, asker: .serverToClient, parent: 1),
        ])
        let call = operations[0]
        #expect(Operations.milliseconds(call.serverTime) == 40)
        #expect([waited(call, .person), waited(call, .model), waited(call, .client)] == [30, 20, 10])
        #expect(call.work.map(\.length).reduce(0, +) == call.serverTime)
    }

    @Test func `a request whose parent is unknown takes time from nobody`() {
        let operations = Operations.assembled([
            Operations.exchange(1, from: 0, to: 100), Operations.exchange(2, from: 5, to: 90),
            Operations.exchange(3, "elicitation/create", from: 10, to: 40, asker: .serverToClient),
        ])
        #expect(operations.map { Operations.milliseconds($0.serverTime) } == [100, 85, 30])
    }

    @Test func `rounds are one operation, and what is between them is waited`() {
        let operations = Operations.assembled(
            [
                Operations.exchange(
                    1, "tools/call", "a", from: 0, to: 10, chain: 1, result: "input_required"),
                Operations.exchange(2, from: 12, to: 50),
                Operations.exchange(
                    3, "tools/call", "a", from: 110, to: 130, chain: 1, result: "input_required"),
                Operations.exchange(
                    4, "tools/call", "a", from: 200, to: 250, outcome: .toolError, chain: 1,
                    result: "complete"),
            ], inputs: [1: .person, 3: .model])
        #expect(operations.map(\.first.number) == [1, 2])
        let chain = operations[0]
        #expect(chain.rounds == 3)
        #expect(Operations.milliseconds(chain.duration) == 250)
        #expect(Operations.milliseconds(chain.serverTime) == 80)
        #expect([waited(chain, .person), waited(chain, .model), waited(chain, .client)] == [100, 70, nil])
        #expect(chain.last.outcome == .toolError)
        #expect([chain.requestBytes, chain.responseBytes] == [30, 60])
    }

    @Test func `a task's polls are operations of their own`() {
        let operations = Operations.assembled([
            Operations.exchange(1, from: 0, to: 10, chain: 1, result: "task"),
            Operations.exchange(2, "tasks/get", "t", from: 20, to: 30, chain: 1),
            Operations.exchange(3, "tasks/result", "t", from: 40, to: 60, chain: 1),
        ])
        #expect(operations.map(\.first.method) == ["tools/call", "tasks/get", "tasks/result"])
    }

    @Test func `what is never answered ends with the session and has no duration`() {
        let operations = Operations.assembled(
            [
                Operations.exchange(1, from: 5, to: nil),
                Operations.exchange(
                    2, "elicitation/create", from: 20, to: nil, asker: .serverToClient, parent: 1),
            ], end: 100)
        #expect(operations[0].duration == nil && operations[0].serverTime == nil)
        #expect(operations[0].work == [TimeSpan(from: 5_000_000, to: 20_000_000)])
        #expect(waited(operations[0], .person) == 80)
    }

    @Test func `what is held is bounded, and everything comes out once`() {
        let count = OperationAssembler.limit + 500
        var assembler = OperationAssembler()
        for number in 1...count {
            assembler.push(Operations.exchange(number, from: Int64(number), to: nil), end: .zero)
        }
        let early = assembler.take()
        #expect(early.count == 500)
        #expect(Set((early + assembler.finish()).map(\.first.number)).count == count)
    }

    @Test func `input is a person's before a model's before the rest`() {
        func wait(_ requests: String) -> Wait {
            Wait(inputRequiredBy: Array(#"{"result":{"inputRequests":\#(requests)}}"#.utf8)[...])
        }
        let (model, person) = (
            #""m":{"method":"sampling/createMessage"}"#, #""p":{"method":"elicitation/create"}"#
        )
        #expect(wait("{\(model)}") == .model)
        #expect(wait("{\(model),\(person)}") == .person)
        #expect(wait(#"{"r":{"method":"roots/list"},"x":{"method":"new/thing"},"y":3}"#) == .client)
        #expect(wait("[]") == .client)
        #expect(Wait(inputRequiredBy: nil) == .client)
        #expect(Wait(inputRequiredBy: Array("nonsense".utf8)[...]) == .client)
    }
}
