import Wire

/// A place in a message that the digest reads, by the keys that lead to it.
///
/// The raw value is the field's index in `MessageReader.watchedPaths`.
enum MessageField: Int, CaseIterable {
    case id, method
    // In a request's or a notification's `params`.
    case name, uri, referenceName, referenceURI, taskID, token, requestID, requestState, inputResponses
    case elicitationID, protocolVersion, clientName, clientVersion, clientTitle, clientCapabilities
    // In its `_meta`.
    case metaToken, metaProtocolVersion, metaClientName, metaClientVersion, metaClientTitle
    case metaCapabilities, metaSubscription, metaRelatedTask
    // In a result.
    case isError, resultType, resultState, resultTaskID, createdTaskID, resultProtocolVersion
    case supportedVersions, serverName, serverVersion, serverTitle, serverCapabilities, instructions
    // In its `_meta`.
    case metaServerName, metaServerVersion, metaServerTitle, resultSubscription, resultRelatedTask
    // The error, and what is in it.
    case error, errorCode, errorMessage
    // In a request's or a notification's `_meta`.
    case metaTrace

    /// The keys from the message's root.
    var path: [String] {
        switch self {
        case .id: ["id"]
        case .method: ["method"]
        case .name: ["params", "name"]
        case .uri: ["params", "uri"]
        case .referenceName: ["params", "ref", "name"]
        case .referenceURI: ["params", "ref", "uri"]
        case .taskID: ["params", "taskId"]
        case .token: ["params", "progressToken"]
        case .requestID: ["params", "requestId"]
        case .requestState: ["params", "requestState"]
        case .inputResponses: ["params", "inputResponses"]
        case .elicitationID: ["params", "elicitationId"]
        case .protocolVersion: ["params", "protocolVersion"]
        case .clientName: ["params", "clientInfo", "name"]
        case .clientVersion: ["params", "clientInfo", "version"]
        case .clientTitle: ["params", "clientInfo", "title"]
        case .clientCapabilities: ["params", "capabilities"]
        default: meta ?? answer
        }
    }

    private var meta: [String]? {
        switch self {
        case .metaToken: ["params", "_meta", "progressToken"]
        case .metaProtocolVersion: ["params", "_meta", MetaKey.protocolVersion]
        case .metaClientName: ["params", "_meta", MetaKey.clientInfo, "name"]
        case .metaClientVersion: ["params", "_meta", MetaKey.clientInfo, "version"]
        case .metaClientTitle: ["params", "_meta", MetaKey.clientInfo, "title"]
        case .metaCapabilities: ["params", "_meta", MetaKey.clientCapabilities]
        case .metaSubscription: ["params", "_meta", MetaKey.subscriptionID]
        case .metaRelatedTask: ["params", "_meta", MetaKey.relatedTask, "taskId"]
        case .metaTrace: ["params", "_meta", "traceparent"]
        case .metaServerName: ["result", "_meta", MetaKey.serverInfo, "name"]
        case .metaServerVersion: ["result", "_meta", MetaKey.serverInfo, "version"]
        case .metaServerTitle: ["result", "_meta", MetaKey.serverInfo, "title"]
        case .resultSubscription: ["result", "_meta", MetaKey.subscriptionID]
        case .resultRelatedTask: ["result", "_meta", MetaKey.relatedTask, "taskId"]
        default: nil
        }
    }

    private var answer: [String] {
        switch self {
        case .isError: ["result", "isError"]
        case .resultType: ["result", "resultType"]
        case .resultState: ["result", "requestState"]
        case .resultTaskID: ["result", "taskId"]
        case .createdTaskID: ["result", "task", "taskId"]
        case .resultProtocolVersion: ["result", "protocolVersion"]
        case .supportedVersions: ["result", "supportedVersions"]
        case .serverName: ["result", "serverInfo", "name"]
        case .serverVersion: ["result", "serverInfo", "version"]
        case .serverTitle: ["result", "serverInfo", "title"]
        case .serverCapabilities: ["result", "capabilities"]
        case .instructions: ["result", "instructions"]
        case .error: ["error"]
        case .errorCode: ["error", "code"]
        case .errorMessage: ["error", "message"]
        default: []
        }
    }
}

/// Keys of `_meta` that the specification reserves.
///
/// Source: MCP 2025-11-25 and 2026-07-28, basic, `_meta`.
public enum MetaKey {
    public static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    public static let clientInfo = "io.modelcontextprotocol/clientInfo"
    public static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    public static let serverInfo = "io.modelcontextprotocol/serverInfo"
    public static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
    public static let relatedTask = "io.modelcontextprotocol/related-task"
}
