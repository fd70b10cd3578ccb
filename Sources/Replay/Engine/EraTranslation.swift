import MCPSemantics
import Wire

/// A recorded answer of one era as a server of the other would give it, where that is exact.
///
/// Values are copied as they stand; only the members in which the two shapes of a result differ come and go.
/// Source: MCP 2025-11-25 and 2026-07-28, schema.
struct EraTranslation: Sendable, Equatable {
    /// The client's era.
    var target: Era

    /// Methods of which both eras have the same request and, but for the members below, the same result.
    static func isShared(_ method: String) -> Bool {
        isCached(method) || ["tools/call", "prompts/get", "completion/complete"].contains(method)
    }

    /// Methods whose modern result says how long it may be kept.
    private static func isCached(_ method: String) -> Bool {
        switch method {
        case "tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read":
            true
        default: false
        }
    }

    /// The answer `text` to `method`, translated; nil: there is no exact one.
    func answer(_ text: ArraySlice<UInt8>, to method: String) -> ArraySlice<UInt8>? {
        let envelope = Envelope.scan(text)
        if let range = envelope.error { return error(text, range) }
        guard let range = envelope.result, let result = JSONTree(Envelope.slice(range, of: text))?.root,
            result.kind == .object
        else { return nil }
        var splice = JSONSplice()
        switch target {
        case .modern:
            guard result["task"] == nil else { return nil }
            splice.replace(range, with: modern(result, method))
        case .legacy:
            let type = result["resultType"]
            guard type == nil || type?.stringValue == "complete" else { return nil }
            // Only an object was allowed there.
            if let content = result["structuredContent"], content.kind != .object { return nil }
            splice.replace(range, with: Self.legacy(result))
        }
        return splice.result(on: text)
    }

    private func modern(_ result: JSONTree.Node, _ method: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for member in result.members where !Self.modernMembers.contains(member.key) {
                json.member(member.key, raw: member.value.text)
            }
            json.member("resultType", "complete")
            guard Self.isCached(method) else { return }
            // Nothing was promised.
            json.member("ttlMs", 0)
            json.member("cacheScope", "private")
        }
        return json.bytes
    }

    private static let modernMembers: Set<String> = ["resultType", "ttlMs", "cacheScope"]

    private static func legacy(_ result: JSONTree.Node) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for member in result.members where !modernMembers.contains(member.key) {
                json.member(member.key, raw: member.value.text)
            }
        }
        return json.bytes
    }

    /// A resource that is not there has another code in each era; the codes that only one era has are not
    /// translated.
    private func error(_ text: ArraySlice<UInt8>, _ range: Range<Int>) -> ArraySlice<UInt8>? {
        guard let code = JSONTree(Envelope.slice(range, of: text))?.root["code"] else { return nil }
        switch (target, code.intValue) {
        case (.modern, -32002):
            var splice = JSONSplice()
            let start = range.lowerBound + code.range.lowerBound
            splice.replace(start..<start + code.range.count, with: "-32602".utf8)
            return splice.result(on: text)
        case (.modern, -32042), (.legacy, -32022), (.legacy, -32021), (.legacy, -32020): return nil
        default: return text
        }
    }

    // MARK: - Handshakes

    /// What `initialize` was answered, as the answer to `server/discover` under `id`; the other way round for
    /// a client of the legacy era, which asked for `requested`. Nil: it is not one.
    func handshake(
        _ text: ArraySlice<UInt8>, id: RequestID, requested: String?, serverName: String
    ) -> [UInt8]? {
        guard let range = Envelope.scan(text).result,
            let result = JSONTree(Envelope.slice(range, of: text))?.root
        else { return nil }
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id", raw: id.text.utf8)
            json.member("result") { json in
                json.object { json in
                    switch target {
                    case .modern: Self.discovered(from: result, into: &json)
                    case .legacy: Self.initialized(from: result, requested, serverName, into: &json)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func discovered(from result: JSONTree.Node, into json: inout JSONWriter) {
        json.member("supportedVersions") { $0.strings([ProtocolRevision.v2026_07_28.rawValue]) }
        writeCapabilities(of: result, into: &json)
        if let text = result["instructions"]?.text { json.member("instructions", raw: text) }
        json.member("resultType", "complete")
        json.member("ttlMs", 0)
        json.member("cacheScope", "private")
        guard let server = result["serverInfo"]?.text else { return }
        json.member("_meta") { json in
            json.object { $0.member(serverInfo, raw: server) }
        }
    }

    private static func initialized(
        from result: JSONTree.Node, _ requested: String?, _ name: String, into json: inout JSONWriter
    ) {
        let revision = requested.flatMap { ProtocolRevision(rawValue: $0) }.flatMap {
            $0.era == .legacy ? $0 : nil
        }
        json.member("protocolVersion", (revision ?? .v2025_11_25).rawValue)
        writeCapabilities(of: result, into: &json)
        if let server = result["_meta"]?[serverInfo]?.text {
            json.member("serverInfo", raw: server)
        } else {
            json.member("serverInfo") { json in
                json.object { json in
                    json.member("name", name)
                    json.member("version", "")
                }
            }
        }
        if let text = result["instructions"]?.text { json.member("instructions", raw: text) }
    }

    private static let serverInfo = "io.modelcontextprotocol/serverInfo"

    /// What can be asked for in both eras; subscriptions, log levels and tasks cannot.
    private static func writeCapabilities(of result: JSONTree.Node, into json: inout JSONWriter) {
        json.member("capabilities") { json in
            json.object { json in
                guard let capabilities = result["capabilities"] else { return }
                for member in capabilities.members {
                    switch member.key {
                    case "tools", "prompts", "resources", "completions":
                        json.member(member.key) { json in
                            json.object { json in
                                for part in member.value.members
                                where part.key != "listChanged" && part.key != "subscribe" {
                                    json.member(part.key, raw: part.value.text)
                                }
                            }
                        }
                    default: break
                    }
                }
            }
        }
    }
}
