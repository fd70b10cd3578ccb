import Wire

/// Where in a message a value stands: what the protocol owns there is never taken for a secret.
enum RedactionPlace: UInt8, Sendable {
    /// The message, or a request inside of one (`inputRequests`).
    case message = 0
    case batch = 1
    case params = 2
    case result = 3
    /// The protocol's own: ids, cursors, progress tokens, request state. Nothing in it is changed.
    case protected = 4
    /// `_meta`: its members' names mean nothing to us.
    case meta = 5
    /// A JSON Schema: names are names of properties. Values are looked at by their shape.
    case schema = 6
    /// What a tool was given or gave: names mean what they say, `_meta` included.
    case data = 7
    /// Everything else.
    case plain = 8
    /// `tools`, and one of them.
    case tools = 9
    case tool = 10
    case inputRequests = 11
    case inputResponses = 12
    /// What a person or a model said, where it is not kept in full.
    case human = 13

    /// Whether names of members tell secrets here.
    var judgesNames: Bool {
        switch self {
        case .protected, .meta, .schema, .tools, .tool, .inputRequests, .inputResponses, .batch: false
        case .message, .params, .result, .data, .plain, .human: true
        }
    }

    /// The place of the member called `key`; nil for an element of an array.
    func inner(_ key: [UInt8]?) -> RedactionPlace {
        switch self {
        case .protected, .schema, .data, .human: return self
        case .batch: return .message
        case .meta: return key.map { Self.is($0, "progressToken") } ?? false ? .protected : .meta
        case .tools: return .tool
        case .inputRequests: return .message
        case .inputResponses: return .result
        case .message, .params, .result, .plain, .tool: break
        }
        guard let key, let name = Self.names[key] else { return .plain }
        switch (self, name) {
        case (.message, "params"): return .params
        case (.message, "result"): return .result
        case (.message, "id"), (.message, "jsonrpc"), (.message, "method"): return .protected
        case (.message, _): return .plain
        case (_, "_meta"): return .meta
        case (.tool, "inputSchema"), (.tool, "outputSchema"), (.params, "requestedSchema"): return .schema
        case (.params, "tools"), (.result, "tools"): return .tools
        case (.params, "arguments"), (.result, "structuredContent"): return .data
        case (.params, "inputResponses"): return .inputResponses
        case (.result, "inputRequests"): return .inputRequests
        case (.params, "cursor"), (.params, "progressToken"), (.params, "requestId"),
            (.params, "requestState"), (.params, "taskId"), (.params, "protocolVersion"),
            (.params, "maxTokens"), (.result, "nextCursor"), (.result, "requestState"),
            (.result, "taskId"), (.result, "protocolVersion"):
            return .protected
        default: return .plain
        }
    }

    private static let names: [[UInt8]: String] = Dictionary(
        uniqueKeysWithValues: [
            "params", "result", "id", "jsonrpc", "method", "_meta", "inputSchema", "outputSchema",
            "requestedSchema", "tools", "arguments", "structuredContent", "inputResponses", "inputRequests",
            "cursor", "progressToken", "requestId", "requestState", "taskId", "protocolVersion", "maxTokens",
            "nextCursor",
        ].map { (Array($0.utf8), $0) })

    /// Members of JSON Schema whose members are named by somebody else.
    static func holdsNames(_ key: [UInt8]) -> Bool {
        Self.is(key, "properties") || Self.is(key, "patternProperties") || Self.is(key, "definitions")
            || Self.is(key, "$defs")
    }

    /// What the protocol wants to read even where content is reduced to its shape.
    static func isProtocolWord(_ key: [UInt8]) -> Bool {
        Self.is(key, "type") || Self.is(key, "role") || Self.is(key, "mimeType")
    }

    static func `is`(_ key: [UInt8], _ name: StaticString) -> Bool {
        key.count == name.utf8CodeUnitCount
            && key.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
}
