internal import MCPSemantics
internal import Wire

/// Where the trace context of a request stands in its message, or would stand.
///
/// Source: MCP 2026-07-28, basic, *OpenTelemetry*; W3C Trace Context §3.2.
public struct TracePosition: Sendable, Hashable {
    /// The request's id, as JSON text.
    public var id: String
    /// What is replaced by a context, in offsets from the message's first byte; empty: it is inserted there.
    var range: Range<Int>
    /// The trace that the client is in; nil: it states none.
    var stated: Stated?
    /// What stands around an inserted context.
    var before = ""
    var after = ""

    /// What a client states of its trace.
    struct Stated: Sendable, Hashable {
        /// 32 hexadecimal digits.
        var trace: String
        /// Two.
        var flags: String
    }

    /// Longer batches are not looked at: the edits of one message go on record together.
    public static let batchLimit = 128
    /// What a later version of the context may say at most.
    private static let valueLimit = 256

    /// The positions of all requests in `message` that can be edited with certainty, in order.
    ///
    /// Nothing for what is no JSON, is no request of JSON-RPC 2.0, states a member twice that matters here,
    /// or states a context that is malformed. O(n).
    public static func all(in message: ArraySlice<UInt8>) -> [TracePosition] {
        guard let tree = JSONTree(message) else { return [] }
        guard tree.root.kind == .array else { return TracePosition(of: tree.root).map { [$0] } ?? [] }
        guard tree.root.childCount <= batchLimit else { return [] }
        return tree.root.children.compactMap { TracePosition(of: $0) }
    }

    private init?(of request: JSONTree.Node) {
        guard request.kind == .object, let version = Member.only("jsonrpc", of: request),
            version.stringValue == "2.0", Member.only("method", of: request)?.kind == .string,
            let id = Member.only("id", of: request), id.kind == .string || id.kind == .number,
            request["result"] == nil, request["error"] == nil
        else { return nil }
        self.id = id.textString
        range = 0..<0
        switch Member("params", of: request) {
        case .absent: append(#","params":{"_meta":{"#, "}}", to: request)
        case .one(let params) where params.kind == .object:
            switch Member("_meta", of: params) {
            case .absent: insert(#""_meta":{"#, "}", at: params)
            case .one(let meta) where meta.kind == .object:
                guard place(in: meta) else { return nil }
            case .one, .several: return nil
            }
        case .one, .several: return nil
        }
    }

    /// False where the context cannot be told for certain.
    private mutating func place(in meta: JSONTree.Node) -> Bool {
        let state = Member("tracestate", of: meta)
        switch Member("traceparent", of: meta) {
        case .absent:
            // A state without a trace is that of no trace, and not to be joined to ours. W3C §3.3.
            guard case .absent = state else { return false }
            insert("", "", at: meta)
        case .one(let value):
            if case .several = state { return false }
            // With escapes it is no context: the text between the quotes is read as it stands.
            let text = String(decoding: value.text.dropFirst().dropLast(), as: UTF8.self)
            guard value.kind == .string, text.utf8.count <= Self.valueLimit,
                let trace = TraceParent.traceID(of: text)
            else { return false }
            let parts = text.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
            guard parts[2].contains(where: { $0 != "0" }) else { return false }
            range = value.range.lowerBound + 1..<value.range.upperBound - 1
            stated = Stated(trace: trace, flags: String(parts[3]))
        case .several: return false
        }
        return true
    }

    /// The context becomes the first member of `object`.
    private mutating func insert(_ before: String, _ after: String, at object: JSONTree.Node) {
        let start = object.range.lowerBound + 1
        range = start..<start
        self.before = before + #""traceparent":""#
        self.after = "\"" + after + (object.childCount == 0 ? "" : ",")
    }

    /// The context stands behind the last member of `object`, which has some.
    private mutating func append(_ before: String, _ after: String, to object: JSONTree.Node) {
        let end = object.members.reduce(object.range.lowerBound + 1) { $1.value.range.upperBound }
        range = end..<end
        self.before = before + #""traceparent":""#
        self.after = "\"" + after
    }

    /// A member of an object by its name.
    private enum Member {
        case absent
        case one(JSONTree.Node)
        case several

        init(_ name: String, of object: JSONTree.Node) {
            self = .absent
            for member in object.members where member.isCalled(name) {
                if case .absent = self { self = .one(member.value) } else { self = .several }
            }
        }

        static func only(_ name: String, of object: JSONTree.Node) -> JSONTree.Node? {
            if case .one(let value) = Member(name, of: object) { value } else { nil }
        }
    }
}
