import MCPSemantics

/// The plan of each method and tool that has rules of its own.
///
/// A class for the same reason as `RedactionPlan`. Without such rules there is one plan.
final class RedactionPlans: Sendable {
    /// For messages of which it is not known what they are: what is replaced anywhere is replaced here, and
    /// nothing is kept for the sake of a method or a tool.
    let unknown: RedactionPlan
    let haveScopes: Bool
    /// For methods and tools without rules of their own.
    private let other: RedactionPlan
    private let byMethod: [String: RedactionPlan]
    private let byTool: [String: RedactionPlan]

    init(_ rules: RedactionRules) {
        let scopes = rules.scopes
        haveScopes = !scopes.isEmpty
        unknown = RedactionPlan(
            rules.filtered(replacing: { _ in true }, keeping: { $0 == .everywhere }))
        guard haveScopes else {
            (other, byMethod, byTool) = (unknown, [:], [:])
            return
        }
        func plan(_ method: String?, _ tool: String?) -> RedactionPlan {
            let applies = { (scope: RedactionRules.Scope) in
                (scope.method == nil || scope.method == method) && (scope.tool == nil || scope.tool == tool)
            }
            return RedactionPlan(rules.filtered(replacing: applies, keeping: applies))
        }
        other = plan(nil, nil)
        let methods = Set(scopes.compactMap(\.method)).union(["tools/call"])
        byMethod = Dictionary(uniqueKeysWithValues: methods.map { ($0, plan($0, nil)) })
        byTool = Dictionary(
            uniqueKeysWithValues: Set(scopes.compactMap(\.tool)).map { ($0, plan("tools/call", $0)) })
    }

    /// The plan for a message. A batch holds messages of any kind.
    func plan(for context: RedactionContext) -> RedactionPlan {
        guard haveScopes else { return unknown }
        guard let method = context.method, context.kind != .batch else { return unknown }
        if method == "tools/call", let name = context.name, let plan = byTool[name] { return plan }
        return byMethod[method] ?? other
    }
}
