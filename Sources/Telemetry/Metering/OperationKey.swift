import MCPSemantics
import Recording
import Wire

/// What tells operations of one server apart in the metrics.
struct OperationKey: Sendable, Hashable {
    /// One of the specification's methods, or `_OTHER`.
    var method: String
    /// The tool's or the prompt's name where the method has one, not yet admitted as a label.
    var name: String
    /// Empty when nothing went wrong.
    var errorType: String

    init(method: String, name: String, errorType: String) {
        self.method = method
        self.name = name
        self.errorType = errorType
    }

    /// Of an operation that ended without an answer. That is how one ends that lives as long as its client
    /// wants, and is no error there. Source: MCP 2026-07-28, `subscriptions/listen`.
    init(method: String, name: String, left errorType: String) {
        let isLongLived = MethodCatalogue[method]?.isLongLived ?? false
        self.init(method: method, name: name, errorType: isLongLived ? "" : errorType)
    }

    /// Bytes of a name that can be a label: names that people gave are far shorter.
    static let nameLimit = 128

    /// The method as a label: only what the specification has, since a client can send any text.
    static func label(ofMethod method: String) -> String {
        guard let entry = MethodCatalogue[method], entry.kind == .request,
            entry.directions.contains(.clientToServer)
        else { return MetricCatalogue.other }
        return entry.method
    }

    /// Which label a method's name goes to; nil where its name is none (a URI, an id).
    static func label(ofNameOf method: String) -> String? {
        switch method {
        case "tools/call": MetricCatalogue.tool.name
        case "prompts/get": MetricCatalogue.prompt.name
        default: nil
        }
    }

    /// The name as far as it can be a label.
    static func name(_ name: String?, of method: String) -> String {
        guard label(ofNameOf: method) != nil, let name else { return "" }
        return name.utf8.count <= nameLimit ? name : MetricCatalogue.other
    }

    /// What stands for how an exchange failed. Empty: it did not.
    static func errorType(of exchange: Exchange) -> String {
        switch exchange.outcome {
        case .ok: ""
        case .pending: "abandoned"
        case .toolError: "tool_error"
        case .cancelled, .late: "cancelled"
        case .error: errorType(ofCode: exchange.error?.code ?? "")
        }
    }

    /// JSON-RPC's codes, and the range that it leaves to implementations. Source: JSON-RPC 2.0 §5.1.
    private static func errorType(ofCode code: String) -> String {
        // What HTTP failed with has no code of JSON-RPC, but a word in quotes.
        if code.hasPrefix("\"") { return code.contains("timeout") ? "timeout" : "transport" }
        guard let number = Int(code) else { return MetricCatalogue.other }
        switch number {
        case -32700, -32603 ... -32600, -32099 ... -32000: return String(number)
        default: return MetricCatalogue.other
        }
    }
}
