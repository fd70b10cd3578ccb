internal import Wire

// What an answer to a question means.
extension ProbeAnswer {
    func finding(for question: UpstreamReport.Question) -> UpstreamReport.Finding {
        if isRefusal { return .refuses }
        if let location = value("location"), (300..<400).contains(status) {
            let shown = location.prefix { $0 != "?" && $0 != "#" }
            return .other("a redirect to \(shown), which is not followed")
        }
        switch question {
        case .discover, .initialize: return messageFinding(question)
        case .events: return streamFinding
        }
    }

    private var streamFinding: UpstreamReport.Finding {
        guard status == 200, mediaType == "text/event-stream" else { return .other(whatItIs) }
        guard let first = events.first else { return .other("an event stream that says nothing") }
        guard first.name == "endpoint" else {
            return .other("an event stream that does not begin with an endpoint")
        }
        return .speaks(UpstreamReport.Speaker(transport: .events, revisions: ["2024-11-05"]))
    }

    private func messageFinding(_ question: UpstreamReport.Question) -> UpstreamReport.Finding {
        guard let root = message?.root else { return .other(whatItIs) }
        if let error = root["error"] {
            // Errors that only servers of the modern era have. Source: MCP 2026-07-28, basic (error codes).
            if let code = error["code"]?.intValue, (-32_022 ... -32_020).contains(code) {
                return .speaks(.init(transport: .modern, revisions: strings(error["data"]?["supported"])))
            }
            let code = error["code"]?.textString ?? "without a code"
            return .other("error \(code): \(error["message"]?.stringValue ?? "")")
        }
        guard let result = root["result"] else { return .other(whatItIs) }
        var speaker: UpstreamReport.Speaker
        if question == .discover {
            let revisions = strings(result["supportedVersions"])
            guard !revisions.isEmpty else { return .other("a result without supportedVersions") }
            speaker = .init(transport: .modern, revisions: revisions)
        } else {
            guard let revision = result["protocolVersion"]?.stringValue else {
                return .other("a result without protocolVersion")
            }
            speaker = .init(transport: .legacy, revisions: [revision])
        }
        let info = result["serverInfo"] ?? result["_meta"]?["io.modelcontextprotocol/serverInfo"]
        let words = [info?["name"]?.stringValue, info?["version"]?.stringValue].compactMap(\.self)
        speaker.server = words.filter { !$0.isEmpty }.joined(separator: " ")
        speaker.hasSession = value("mcp-session-id") != nil
        return .speaks(speaker)
    }

    private var whatItIs: String {
        if body.isEmpty { return "no content" }
        return mediaType.isEmpty ? "content of no stated type" : "\(mediaType), which is no answer in MCP"
    }

    private func strings(_ node: JSONTree.Node?) -> [String] {
        node.map { $0.children.compactMap(\.stringValue) } ?? []
    }

    /// Takes what a metadata document says.
    func read(into authorization: inout UpstreamReport.Authorization) -> Bool {
        guard status == 200, let root = JSONTree(body[...])?.root, root.kind == .object else { return false }
        authorization.resource = root["resource"]?.stringValue ?? ""
        authorization.authorizationServers = strings(root["authorization_servers"])
        authorization.scopes = strings(root["scopes_supported"])
        return !authorization.authorizationServers.isEmpty || !authorization.resource.isEmpty
    }
}
