import MCPSemantics
import Recording
import Testing

@testable import Replay

private typealias Say = VerifyStage

/// Nothing that may write is sent without permission.
struct VerifyEnginePermissionTests {
    private static let tools = #"""
        {"tools":[{"name":"look","annotations":{"readOnlyHint":true}},{"name":"drop"}]}
        """#

    /// What is sent of `request`, after a list of tools.
    private func sent(_ request: String, _ change: (inout VerifyRules) -> Void = { _ in }) throws -> [String]
    {
        let list = Say.request(1, "tools/list")
        let hasID = request.contains(#""id""#)
        var stage = try VerifyStage(
            "c \(list)\ns \(Say.result(1, Self.tools))\nc \(request)\n"
                + (hasID ? "s \(Say.result(2))" : "")
        ) {
            $0.allowsWrites = false
            change(&$0)
        }
        #expect(stage.begins() == [list])
        let sent = stage.hears(Say.result(1, Self.tools))
        #expect(stage.report().skipped.count == (sent.isEmpty ? 1 : 0))
        return sent
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"drop","name":"look"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"look","name":"drop"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"look","Name":"drop"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":["drop"]}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","method":"ping","params":{"name":"drop"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"ping","method":"tools/call","params":{"name":"drop"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"drop"},"params":{"name":"look"}}"#,
    ])
    func `a call that servers may read in two ways`(request: String) throws {
        #expect(try sent(request) == [])
        #expect(try sent(request) { $0.allowsWrites = true } == [request])
    }

    @Test func `a plain call of a tool that only reads`() throws {
        #expect(try sent(Say.call(2, "look")) == [Say.call(2, "look")])
        #expect(try sent(Say.call(2, "drop")) == [])
    }

    @Test(arguments: ["tools/call", "vendor/drop"])
    func `a notification that no revision has`(method: String) throws {
        let note = #"{"jsonrpc":"2.0","method":"\#(method)","params":{"name":"drop"}}"#
        #expect(try sent(note) == [])
        #expect(try sent(note) { $0.allowsWrites = true } == [note])
        let roots = #"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#
        #expect(try sent(roots) == [roots])
    }

    @Test(arguments: ["tasks/cancel", "tasks/update"])
    func `a change of a task that the client did not begin`(method: String) throws {
        let request = Say.request(2, method, #"{"taskId":"t"}"#)
        #expect(try sent(request) == [])
        #expect(try sent(request) { $0.allowsWrites = true } == [request])
    }

    @Test func `a change of its own task`() throws {
        let list = Say.request(1, "tools/list")
        let begun = Say.result(2, #"{"task":{"taskId":"t","status":"working"}}"#)
        let cancel = Say.request(3, "tasks/cancel", #"{"taskId":"t"}"#)
        var stage = try VerifyStage(
            """
            c \(list)\ns \(Say.result(1, Self.tools))\nc \(Say.call(2, "look"))\ns \(begun)
            c \(cancel)\ns \(Say.result(3))
            """
        ) { $0.allowsWrites = false }
        _ = stage.begins()
        _ = stage.hears(Say.result(1, Self.tools))
        #expect(stage.hears(begun) == [cancel])
    }

    @Test func `a list that has changed is asked for again before a call`() throws {
        let list = Say.request(1, "tools/list")
        var stage = try VerifyStage(
            "c \(list)\ns \(Say.result(1, Self.tools))\nc \(Say.call(2, "look"))\ns \(Say.result(2))"
        ) { $0.allowsWrites = false }
        _ = stage.begins()
        #expect(stage.hears(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#) == [])
        #expect(stage.hears(Say.result(1, Self.tools)) == [Say.call(2, "look")])
        stage = try VerifyStage(
            """
            c \(list)\ns \(Say.result(1, Self.tools))\nc \(Say.request(3, "prompts/list"))
            s \(Say.result(3))\nc \(Say.call(2, "look"))\ns \(Say.result(2))
            """
        ) { $0.allowsWrites = false }
        _ = stage.begins()
        _ = stage.hears(Say.result(1, Self.tools))
        _ = stage.hears(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
        let asked = stage.hears(Say.result(3))
        #expect(asked.count == 1 && asked[0].contains("mcptape-tools-1"))
    }
}
