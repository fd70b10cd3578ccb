internal import MCPSemantics
internal import Recording
internal import Wire

/// What of a session its spans and log records say, and how.
public struct TraceOptions: Sendable, Hashable {
    /// Arguments, results and messages themselves; as they are recorded.
    public var content = false
    public var limits = OTLPLimits()
    public var sampler = TraceSampler()
    public init() {}
}

/// How exchanges map to spans: names, kinds and attributes of the conventions for MCP.
///
/// Source: open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md (status: Development). mcptape
/// stands where the client is: what the client asks is a CLIENT span, what it is asked a SERVER span.
struct SpanRules {
    let session: SessionSummary
    let options: TraceOptions
    /// Of every span, in the order in which they are written.
    private let common: [OTLPAttribute]
    private let serverAddress: [OTLPAttribute]
    /// Of the client, whose spans are those that the server asks for.
    private let clientAddress: [OTLPAttribute]

    init(_ session: SessionSummary, _ options: TraceOptions) {
        self.session = session
        self.options = options
        let description = session.description
        var common: [OTLPAttribute] = []
        switch description.transport {
        case .stdio:
            common.append(.init("network.transport", .string("pipe")))
            serverAddress = []
        case .http:
            common.append(.init("network.transport", .string("tcp")))
            common.append(.init("network.protocol.name", .string("http")))
            common.append(.init("network.protocol.version", .string("1.1")))
            serverAddress = Self.address(of: description.command.first ?? "")
        }
        common.append(.init("mcptape.session.id", .string(description.id.text)))
        common.append(.init("mcptape.server.name", .string(description.name)))
        if let client = session.state.client?.peer {
            common.append(.init("mcptape.client.name", .string(client.name)))
        }
        self.common = common
        // Of a client on a Unix socket there is none.
        let address = session.state.clientAddress.flatMap { $0 == "unix" ? nil : $0 }
        clientAddress = address.map { [.init("client.address", .string(Self.withoutBrackets($0)))] } ?? []
    }

    static func kind(of exchange: Exchange) -> OTLPSpan.Kind {
        exchange.asker == .clientToServer ? .client : .server
    }

    /// `{method} {target}`, where the target is one of few.
    static func name(of exchange: Exchange) -> String {
        switch exchange.method {
        case "tools/call", "prompts/get": exchange.method + (exchange.name.map { " \($0)" } ?? "")
        default: exchange.method
        }
    }

    /// Wall clock, nanoseconds since 1970.
    func instant(_ time: Timestamp) -> UInt64 {
        UInt64(max(0, session.description.startRealtime &+ time.nanoseconds))
    }

    /// The attributes of an exchange's span; `failure` is its `error.type`.
    func attributes(of exchange: Exchange, _ facts: RequestFacts, failure: String?) -> [OTLPAttribute] {
        var list: [OTLPAttribute] = [.init("mcp.method.name", .string(exchange.method))]
        func add(_ key: String, _ value: String?) {
            if let value { list.append(.init(key, .string(value))) }
        }
        add("error.type", failure)
        // What HTTP failed with is a word in quotes, and no code of an answer.
        if let code = exchange.error?.code, !code.hasPrefix("\"") { add("rpc.response.status_code", code) }
        switch exchange.method {
        case "tools/call":
            add("gen_ai.operation.name", "execute_tool")
            add("gen_ai.tool.name", exchange.name)
        case "prompts/get": add("gen_ai.prompt.name", exchange.name)
        default:
            if MethodCatalogue[exchange.method]?.nameField == .uri { add("mcp.resource.uri", exchange.name) }
        }
        add("jsonrpc.request.id", Self.text(of: exchange.id))
        add("mcp.protocol.version", facts.revision ?? session.state.revision)
        if let status = exchange.httpStatus {
            list.append(.init("http.response.status_code", .int(Int64(status))))
        }
        list += exchange.asker == .clientToServer ? serverAddress : clientAddress
        list += common
        list.append(.init("mcptape.exchange", .int(Int64(exchange.number))))
        list.append(.init("mcptape.request.size", .int(Int64(exchange.requestSize))))
        if exchange.responseSequence != nil {
            list.append(.init("mcptape.response.size", .int(Int64(exchange.responseSize))))
        }
        if exchange.resultType == "input_required" { add("mcptape.result_type", exchange.resultType) }
        if let first = exchange.firstEventTime {
            let seconds = Double(first.since(exchange.requestTime)) / 1e9
            list.append(.init("mcptape.time_to_first_event", .double(seconds)))
        }
        if let arguments = facts.arguments {
            list.append(.init("gen_ai.tool.call.arguments", .string(arguments)))
        }
        for variable in facts.variables {
            list.append(.init("gen_ai.prompt.variable.\(variable.name)", .string(variable.value)))
        }
        return list
    }

    /// The attributes of a message's record that all records of the session share.
    var recordAttributes: [OTLPAttribute] { common }

    /// `error.type`, and the status' description; nil where nothing failed.
    static func failure(of exchange: Exchange) -> (type: String, description: String)? {
        switch exchange.outcome {
        case .ok: return nil
        case .error:
            let code = exchange.error?.code ?? "_OTHER"
            // To whoever is asked, these are the asker's faults. Source: mcp/common.yaml.
            let isAskersFault =
                exchange.asker == .serverToClient
                && ["-32700", "-32600", "-32601", "-32602", "-32002"].contains(code)
            return isAskersFault ? nil : (errorType(ofCode: code), exchange.error?.message ?? "")
        case .toolError: return ("tool_error", "")
        case .late: return ("cancelled", "")
        // So ends a subscription, or with its session.
        case .cancelled: return exchange.isLongLived ? nil : ("cancelled", "")
        case .pending:
            if let status = exchange.httpStatus, status >= 400 { return ("\(status)", "") }
            if exchange.isLongLived { return nil }
            return ("abandoned", "never answered")
        }
    }

    /// A code as `error.type`: of HTTP's failures the status, `timeout`, or the word for it.
    private static func errorType(ofCode code: String) -> String {
        guard code.hasPrefix("\""), let word = JSONText.unescape(Array(code.utf8)[...]) else { return code }
        if word.contains("timeout") { return "timeout" }
        return word.hasPrefix("HTTP ") ? String(word.dropFirst("HTTP ".utf8.count)) : word
    }

    /// An id as text: of a string without its quotes.
    static func text(of id: RequestID) -> String {
        id.text.hasPrefix("\"") ? JSONText.unescape(Array(id.text.utf8)[...]) ?? id.text : id.text
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func address(of url: String) -> [OTLPAttribute] {
        guard let scheme = url.firstRange(of: "://") else { return [] }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        let standard: Int64 = url.hasPrefix("https") ? 443 : 80
        var host = String(authority)
        var port = standard
        if let colon = authority.lastIndex(of: ":"),
            let stated = Int64(authority[authority.index(after: colon)...])
        {
            (host, port) = (String(authority[..<colon]), stated)
        }
        host = withoutBrackets(host)
        guard !host.isEmpty else { return [] }
        return [.init("server.address", .string(host)), .init("server.port", .int(port))]
    }
}
