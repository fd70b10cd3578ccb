public import MCPSemantics
import Wire

// What was read out of messages and is kept beside them. Rules name places in messages, so it is put back
// where it stood, redacted there, and read again.
extension LaterRedaction {
    /// The exchange as it would have been read from redacted messages.
    public func redacted(_ exchange: Exchange) -> Exchange {
        if sparesAllButPeople { return exchange }
        var result = exchange
        var context = RedactionContext(direction: exchange.asker, kind: .request)
        (context.method, context.name) = (exchange.method, exchange.name)
        if let request = redacted(LaterRedaction.request(of: exchange), in: context) {
            if LaterRedaction.isWhole(exchange.id.text) { result.id = request.id ?? exchange.id }
            result.method = request.method ?? exchange.method
            // The name of another method stands elsewhere: then there is none any more.
            result.name = exchange.name == nil ? nil : request.name
        }
        if let error = exchange.error {
            context.direction = exchange.asker.opposite
            context.kind = .response
            let response = redacted(LaterRedaction.response(error, to: exchange.id), in: context)
            result.error = ResponseError(
                code: LaterRedaction.isWhole(error.code) ? response?.error?.code ?? "" : text(error.code),
                message: text(response?.error?.message ?? error.message))
        }
        result.id = RequestID(text(result.id.text))
        result.method = text(result.method)
        result.name = result.name.map { text($0) }
        result.resultType = result.resultType.map { text($0) }
        return result
    }

    /// What a side said of itself as it would have been read from redacted messages.
    func redacted(_ handshake: Handshake) -> Handshake {
        var result = handshake
        for method in ["initialize", "server/discover"] {
            let isServer = handshake.speaker == .serverToClient
            let context = RedactionContext(
                direction: handshake.speaker, kind: isServer ? .response : .request, method: method)
            guard let read = redacted(LaterRedaction.message(of: result, method), in: context) else { break }
            // What is no text any more tells nothing.
            result.peer = read.handshake?.peer
            if LaterRedaction.isWhole(result.capabilities) {
                result.capabilities = read.handshake?.capabilities
            }
            result.instructions = read.handshake?.instructions
        }
        result.capabilities = result.capabilities.map { text($0) }
        result.instructions = result.instructions.map { text($0) }
        if let peer = result.peer {
            result.peer = PeerInfo(
                name: text(peer.name), version: peer.version.map { text($0) },
                title: peer.title.map { text($0) })
        }
        return result
    }

    /// What is read from a message once it is redacted; nil when it is no JSON, as with a text that was cut.
    private func redacted(_ message: [UInt8], in context: RedactionContext) -> MessageDigest? {
        guard let direction = context.direction, JSONText.isValid(message[...]) else { return nil }
        let redacted = redactor.redact(message[...], in: context).bytes
        return MessageReader.digest(of: withoutSuspects(redacted) ?? redacted, direction: direction)
    }

    /// Long texts are kept cut, and then are no JSON any more.
    private static func isWhole(_ json: String?) -> Bool {
        json.map { JSONText.isValid(Array($0.utf8)[...]) } ?? true
    }

    private static func whole(_ json: String) -> String { isWhole(json) ? json : "0" }

    // MARK: Messages that say what is known

    private static func request(of exchange: Exchange) -> [UInt8] {
        message { json in
            json.member("id", raw: whole(exchange.id.text).utf8)
            json.member("method", exchange.method)
            guard let name = exchange.name else { return }
            json.member("params") {
                $0.object { json in
                    switch MethodCatalogue[exchange.method]?.nameField ?? .none {
                    case .none: break
                    case .name: json.member("name", name)
                    case .uri: json.member("uri", name)
                    case .completionReference:
                        json.member("ref") {
                            $0.object { $0.member(name.contains("://") ? "uri" : "name", name) }
                        }
                    case .taskID: json.member("taskId", name)
                    case .elicitationID: json.member("elicitationId", name)
                    }
                }
            }
        }
    }

    private static func response(_ error: ResponseError, to id: RequestID) -> [UInt8] {
        message { json in
            json.member("id", raw: whole(id.text).utf8)
            json.member("error") {
                $0.object { json in
                    json.member("code", raw: whole(error.code).utf8)
                    json.member("message", error.message)
                }
            }
        }
    }

    /// In the words of `initialize`, or in those of `server/discover` and the requests of its era.
    private static func message(of handshake: Handshake, _ method: String) -> [UInt8] {
        let isServer = handshake.speaker == .serverToClient
        let isInitialize = method == "initialize"
        // Where each fact is read from again.
        let (info, capabilities) =
            isServer
            ? ("serverInfo", "capabilities")
            : isInitialize ? ("clientInfo", "capabilities") : (MetaKey.clientInfo, MetaKey.clientCapabilities)
        func write(_ json: inout JSONWriter) {
            let version = handshake.protocolVersion ?? ""
            if isServer, !isInitialize {
                json.member("supportedVersions") { $0.strings(handshake.supportedVersions) }
            } else {
                json.member(isServer || isInitialize ? "protocolVersion" : MetaKey.protocolVersion, version)
            }
            if let peer = handshake.peer {
                json.member(info) {
                    $0.object { json in
                        json.member("name", peer.name)
                        json.member("version", ifPresent: peer.version)
                        json.member("title", ifPresent: peer.title)
                    }
                }
            }
            if let text = handshake.capabilities, isWhole(text) {
                json.member(capabilities, raw: text.utf8)
            }
            json.member("instructions", ifPresent: handshake.instructions)
        }
        return message { json in
            json.member("id", 0)
            if !isServer { json.member("method", method) }
            json.member(isServer ? "result" : "params") {
                $0.object { json in
                    guard !isServer, !isInitialize else { return write(&json) }
                    json.member("_meta") { $0.object { write(&$0) } }
                }
            }
        }
    }

    private static func message(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            write(&json)
        }
        return json.bytes
    }
}
