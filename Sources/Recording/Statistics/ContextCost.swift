internal import Wire

/// What tools cost a model's context: their definitions, which a host puts before every request, and their
/// results.
///
/// Tokens are an estimate of `bytesPerToken` bytes of JSON text each, rounded up: what a model's own
/// tokenizer makes of it is not known here, and hosts reword what they pass on.
public struct ContextCost: Sendable {
    /// English text and JSON are mostly near four bytes a token.
    public static let bytesPerToken = 4
    /// Tools told apart at most, over all servers; `untold` counts the rest.
    public static let toolLimit = 4096

    /// One tool of one server.
    public struct Tool: Sendable, Hashable {
        public var server: String
        public var name: String
        /// Bytes of its definition where it was listed last; nil when no recorded list has it.
        public var definitionBytes: Int?
        /// Calls, answered or not, and the bytes of their results.
        public var calls = 0
        public var resultBytes = 0

        /// Estimates.
        public var definitionTokens: Int { ContextCost.tokens(ofBytes: definitionBytes ?? 0) }
        public var resultTokens: Int { ContextCost.tokens(ofBytes: resultBytes) }
    }

    private struct Key: Hashable {
        var server: String
        var name: String
    }

    private var tools: [Key: Tool] = [:]
    /// Tools, or calls of them, that did not fit `toolLimit`.
    public private(set) var untold = 0
    /// Lists of tools whose payload is not recorded, or is no list.
    public private(set) var unreadLists = 0
    /// Lists that were read.
    public private(set) var lists = 0

    public init() {}

    /// The estimate of tokens for so many bytes.
    public static func tokens(ofBytes bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }

    /// Takes an answer to `tools/list` in: the whole message, or nil where it is not recorded.
    public mutating func add(list message: ArraySlice<UInt8>?, of server: String) {
        guard let message, let tree = JSONTree(message), let list = tree.root["result"]?["tools"],
            list.kind == .array
        else {
            unreadLists += 1
            return
        }
        lists += 1
        for tool in list.children {
            guard let name = tool["name"]?.stringValue else { continue }
            change(server, name) { $0.definitionBytes = tool.range.count }
        }
    }

    /// Counts a call, whatever becomes of it.
    public mutating func add(call name: String, of server: String) {
        change(server, name) { $0.calls += 1 }
    }

    /// Counts the bytes of a call's result.
    public mutating func add(result bytes: Int, of name: String, _ server: String) {
        change(server, name) { $0.resultBytes = $0.resultBytes &+ bytes }
    }

    private mutating func change(_ server: String, _ name: String, _ body: (inout Tool) -> Void) {
        let key = Key(server: server, name: name)
        guard tools[key] != nil || tools.count < ContextCost.toolLimit else {
            untold += 1
            return
        }
        body(&tools[key, default: Tool(server: server, name: name)])
    }

    /// All tools, those with most bytes first.
    public var rows: [Tool] {
        tools.values.sorted { a, b in
            let (left, right) = (
                (a.definitionBytes ?? 0) + a.resultBytes, (b.definitionBytes ?? 0) + b.resultBytes
            )
            return left != right ? left > right : (a.server, a.name) < (b.server, b.name)
        }
    }

    /// Tools that were listed and never called, by server and name.
    public var neverCalled: [Tool] {
        tools.values.filter { $0.calls == 0 }.sorted { ($0.server, $0.name) < ($1.server, $1.name) }
    }

    /// Bytes of all definitions, and of all results.
    public var definitionBytes: Int { tools.values.reduce(0) { $0 + ($1.definitionBytes ?? 0) } }
    public var resultBytes: Int { tools.values.reduce(0) { $0 + $1.resultBytes } }
    /// How many tools a recorded list has.
    public var listed: Int { tools.values.reduce(0) { $0 + ($1.definitionBytes == nil ? 0 : 1) } }

    /// Nothing was listed and nothing called.
    public var isEmpty: Bool { tools.isEmpty && unreadLists == 0 }
}
