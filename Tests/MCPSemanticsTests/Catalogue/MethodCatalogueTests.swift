import MCPSemantics
import Testing
import Wire

struct MethodCatalogueTests {
    private func requests(of revision: ProtocolRevision) -> [MethodEntry] {
        MethodCatalogue.all.filter { $0.kind == .request && $0.revisions.contains(revision) }
    }

    @Test(arguments: [
        (ProtocolRevision.v2024_11_05, 15), (.v2025_03_26, 15), (.v2025_06_18, 16), (.v2025_11_25, 20),
        (.v2026_07_28, 10),
    ])
    func `has as many requests as the revision's schema`(_ revision: ProtocolRevision, _ count: Int) {
        #expect(requests(of: revision).count == count)
    }

    @Test func `has the four requests of the tasks extension, one of its own`() {
        let tasks = MethodCatalogue.all.filter { $0.kind == .request && $0.isInTasksExtension }
        #expect(tasks.map(\.method) == ["tasks/get", "tasks/cancel", "tasks/update"])
        #expect(tasks.filter(\.revisions.isEmpty).map(\.method) == ["tasks/update"])
    }

    @Test func `lets only the client ask in 2026-07-28`() {
        #expect(requests(of: .v2026_07_28).allSatisfy { $0.directions == [.clientToServer] })
        #expect(
            requests(of: .v2024_11_05).filter { $0.directions.contains(.serverToClient) }.map(\.method)
                == ["ping", "sampling/createMessage", "roots/list"])
    }

    @Test func `finds each of its methods and no other`() {
        for entry in MethodCatalogue.all { #expect(MethodCatalogue[entry.method] == entry) }
        #expect(Set(MethodCatalogue.all.map(\.method)).count == MethodCatalogue.all.count)
        for word in ["", "Ping", "pong", "tools/calls", "vendor/x", String(repeating: "x", count: 1000)] {
            #expect(MethodCatalogue[word] == nil)
        }
    }

    @Test func `knows a notification by its name`() {
        for entry in MethodCatalogue.all {
            #expect(entry.method.hasPrefix("notifications/") == (entry.kind == .notification))
        }
    }

    @Test(arguments: [
        ("initialize", Era.legacy), ("ping", .legacy), ("tasks/list", .legacy), ("server/discover", .modern),
        ("subscriptions/listen", .modern), ("tasks/update", .modern), ("notifications/tasks", .modern),
        ("notifications/tasks/status", .legacy), ("notifications/roots/list_changed", .legacy),
    ])
    func `tells the era of methods that only one era has`(_ method: String, _ era: Era) {
        #expect(MethodCatalogue[method]?.era == era)
    }

    @Test(arguments: ["tools/call", "tools/list", "tasks/get", "tasks/cancel", "notifications/progress"])
    func `leaves the era open for methods that both have`(_ method: String) {
        #expect(MethodCatalogue[method]?.era == nil)
    }

    @Test func `matches a tool call on name, arguments, task and the rounds of 2026-07-28`() {
        #expect(
            MethodCatalogue["tools/call"]?.matchFacets.map(\.name)
                == ["name", "arguments", "task", "inputResponses", "requestState"])
        #expect(MethodCatalogue["initialize"]?.matchFacets == [])
        #expect(MethodCatalogue["tools/list"]?.matchFacets.map(\.path) == [["params", "cursor"]])
    }
}
