import Wire

/// Makes a digest of the JSON texts of a message's fields, wherever they come from.
enum DigestBuilder {
    /// A field's JSON text, or nil when it is absent; a text over the limit may come cut.
    typealias Text = (MessageField) -> ArraySlice<UInt8>?

    /// The digest of a message of this shape that travelled in `direction`.
    @inline(__always)
    static func digest(_ shape: Envelope.Shape, _ direction: Direction, _ text: Text) -> MessageDigest {
        switch shape {
        case .request: asking(.request, direction, text)
        case .notification: asking(.notification, direction, text)
        case .response: answering(direction, text)
        case .batch: MessageDigest(kind: .batch)
        case .foreign: MessageDigest(kind: .foreign)
        }
    }

    // MARK: Requests and notifications

    private static func asking(_ kind: MessageKind, _ direction: Direction, _ text: Text) -> MessageDigest {
        var digest = MessageDigest(kind: kind)
        digest.id = text(.id).map { RequestID(BoundedText.json($0)) }
        let entry = readMethod(text, into: &digest)
        digest.name = entry.flatMap { name($0.nameField, text) }
        let isProgress = digest.method == "notifications/progress"
        digest.progressToken = text(isProgress ? .token : .metaToken).map(BoundedText.json)
        if digest.method == "notifications/cancelled" {
            digest.cancels = text(.requestID).map { RequestID(BoundedText.json($0)) }
        }
        digest.requestState = text(.requestState).map(BoundedText.json)
        digest.hasInputResponses = text(.inputResponses) != nil
        digest.taskID = text(.taskID).map(BoundedText.value)
        digest.elicitationID = text(.elicitationID).map(BoundedText.value)
        digest.subscriptionID = text(.metaSubscription).map(BoundedText.json)
        digest.relatedTaskID = text(.metaRelatedTask).map(BoundedText.value)
        digest.traceID = text(.metaTrace).flatMap(BoundedText.string).flatMap { TraceParent.traceID(of: $0) }
        readIdentity(direction, text, into: &digest)
        if digest.era == nil { digest.era = entry?.era }
        return digest
    }

    private static func readMethod(_ text: Text, into digest: inout MessageDigest) -> MethodEntry? {
        guard let token = text(.method) else { return nil }
        let place = token.withUnsafeBufferPointer { bytes -> Int? in
            guard bytes.count > 2 else { return nil }
            return MethodCatalogue.place(of: UnsafeBufferPointer(rebasing: bytes[1..<bytes.count - 1]))
        }
        // A method of the catalogue shares its text with it; only others need one of their own.
        digest.method = place.map { MethodCatalogue.all[$0].method } ?? BoundedText.value(token)
        return place.map { MethodCatalogue.all[$0] } ?? digest.method.flatMap { MethodCatalogue[$0] }
    }

    private static func name(_ field: MethodEntry.NameField, _ text: Text) -> String? {
        let token: ArraySlice<UInt8>? =
            switch field {
            case .none: nil
            case .name: text(.name)
            case .uri: text(.uri)
            case .completionReference: text(.referenceName) ?? text(.referenceURI)
            case .taskID: text(.taskID)
            case .elicitationID: text(.elicitationID)
            }
        return token.flatMap(BoundedText.string)
    }

    /// Who speaks which revision: of `initialize`, or of a message with `_meta` identity.
    private static func readIdentity(
        _ direction: Direction, _ text: Text, into digest: inout MessageDigest
    ) {
        let isInitialize = digest.method == "initialize"
        digest.statedRevision = text(isInitialize ? .protocolVersion : .metaProtocolVersion)
            .flatMap(BoundedText.string)
        if !isInitialize, let version = digest.statedRevision {
            // Only the modern era has this member, so a revision that is unknown here is a later one.
            digest.era = ProtocolRevision(rawValue: version)?.era ?? .modern
        }
        let name = text(isInitialize ? .clientName : .metaClientName)
        guard isInitialize || digest.statedRevision != nil || name != nil else { return }
        var handshake = Handshake(speaker: direction)
        handshake.protocolVersion = digest.statedRevision
        handshake.peer = peer(
            name, text(isInitialize ? .clientVersion : .metaClientVersion),
            text(isInitialize ? .clientTitle : .metaClientTitle))
        handshake.capabilities = text(isInitialize ? .clientCapabilities : .metaCapabilities)
            .flatMap(BoundedText.wholeJSON)
        digest.handshake = handshake
    }

    private static func peer(
        _ name: ArraySlice<UInt8>?, _ version: ArraySlice<UInt8>?, _ title: ArraySlice<UInt8>?
    ) -> PeerInfo? {
        guard let name = name.flatMap(BoundedText.string) else { return nil }
        return PeerInfo(
            name: name, version: version.flatMap(BoundedText.string), title: title.flatMap(BoundedText.string)
        )
    }

    // MARK: Responses

    private static func answering(_ direction: Direction, _ text: Text) -> MessageDigest {
        var digest = MessageDigest(kind: .response)
        digest.id = text(.id).map { RequestID(BoundedText.json($0)) }
        // `"error": null` beside a result is how JSON-RPC 1.0 says that there is none.
        if let error = text(.error), !error.elementsEqual("null".utf8) {
            digest.error = ResponseError(
                code: text(.errorCode).map(BoundedText.json) ?? "",
                message: text(.errorMessage).flatMap(BoundedText.string) ?? "")
        }
        digest.isToolError = text(.isError).map { $0.elementsEqual("true".utf8) } ?? false
        digest.resultType = text(.resultType).flatMap(BoundedText.string)
        digest.requestState = text(.resultState).map(BoundedText.json)
        digest.taskID = (text(.createdTaskID) ?? text(.resultTaskID)).map(BoundedText.value)
        digest.subscriptionID = text(.resultSubscription).map(BoundedText.json)
        digest.relatedTaskID = text(.resultRelatedTask).map(BoundedText.value)
        digest.handshake = answeredHandshake(direction, text)
        digest.statedRevision = digest.handshake?.protocolVersion
        return digest
    }

    /// By the shape of the result, since the message alone does not say what it answers: that of
    /// `initialize`, that of `server/discover`, or the server's name in the `_meta` of any result.
    private static func answeredHandshake(_ direction: Direction, _ text: Text) -> Handshake? {
        let version = text(.resultProtocolVersion).flatMap(BoundedText.string)
        let supported = text(.supportedVersions)
        let meta = peer(text(.metaServerName), text(.metaServerVersion), text(.metaServerTitle))
        guard version != nil || supported != nil || meta != nil else { return nil }
        var handshake = Handshake(speaker: direction)
        handshake.peer = peer(text(.serverName), text(.serverVersion), text(.serverTitle)) ?? meta
        guard version != nil || supported != nil else { return handshake }
        handshake.protocolVersion = version
        handshake.supportedVersions = supported.map(BoundedText.strings) ?? []
        handshake.capabilities = text(.serverCapabilities).flatMap(BoundedText.wholeJSON)
        handshake.instructions = text(.instructions).flatMap(BoundedText.string)
        return handshake
    }
}
