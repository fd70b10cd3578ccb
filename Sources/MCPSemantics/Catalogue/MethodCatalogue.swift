import Wire

/// Every method of the five revisions and of the tasks extension.
///
/// Other methods are legal (vendors' own): they are recorded as they are and match on their whole `params`.
/// Source: the unions ClientRequest, ServerRequest, ClientNotification and ServerNotification of each
/// revision's schema, and the extension `io.modelcontextprotocol/tasks`.
public enum MethodCatalogue {
    /// All methods, requests first.
    public static let all: [MethodEntry] = requests + taskRequests + notifications

    /// What is known of `method`, or nil for one that no revision has.
    public static subscript(_ method: String) -> MethodEntry? {
        var method = method
        return method.withUTF8 { place(of: $0) }.map { all[$0] }
    }

    /// What a request with an unknown method is matched on: its whole `params`.
    public static let facetsOfUnknownMethods = [
        MethodEntry.FacetPath("params", absentEquals: "{}")
    ]

    /// The place in `all` of the method with these bytes.
    static func place(of method: UnsafeBufferPointer<UInt8>) -> Int? {
        guard method.count < placesByLength.count else { return nil }
        for candidate in placesByLength[method.count] {
            let isIt = candidate.text.withUnsafeBufferPointer { ByteSearch.isSame(method, $0) }
            if isIt { return candidate.place }
        }
        return nil
    }

    /// Places in `all`, by the method's length in bytes: a lookup without hashing, two candidates on average.
    private static let placesByLength: [[(place: Int, text: [UInt8])]] = {
        let longest = all.map(\.method.utf8.count).max() ?? 0
        var places = [[(place: Int, text: [UInt8])]](repeating: [], count: longest + 1)
        for (place, entry) in all.enumerated() {
            places[entry.method.utf8.count].append((place, Array(entry.method.utf8)))
        }
        return places
    }()

    private typealias Facet = MethodEntry.FacetPath

    /// What a request of 2026-07-28 repeats in the next round of a multi round-trip request.
    private static let rounds = [
        Facet("inputResponses", "inputResponses"), Facet("requestState", "requestState"),
    ]
    private static let cursor = [Facet("cursor", "cursor")]
    private static let uri = [Facet("uri", "uri")]
    private static let taskID = [Facet("taskId", "taskId")]
    private static let nameAndArguments = [
        Facet("name", "name"), Facet("arguments", "arguments", absentEquals: "{}"),
    ]
    private static let completion = [
        Facet("ref.type", "ref", "type"), Facet("ref.name", "ref", "name"), Facet("ref.uri", "ref", "uri"),
        Facet("argument.name", "argument", "name"), Facet("argument.value", "argument", "value"),
        Facet("context.arguments", "context", "arguments", absentEquals: "{}"),
    ]
    private static let elicitation = [
        Facet("message", "message"), Facet("requestedSchema", "requestedSchema"), Facet("url", "url"),
    ]

    private static let legacy: [ProtocolRevision] = [.v2024_11_05, .v2025_03_26, .v2025_06_18, .v2025_11_25]
    private static let every = ProtocolRevision.allCases
    private static let fromClient: [Direction] = [.clientToServer]
    private static let fromServer: [Direction] = [.serverToClient]
    private static let fromBoth = Direction.allCases

    private static let requests: [MethodEntry] = [
        request("initialize", fromClient, legacy) { $0.isHandshake = true },
        request("ping", fromBoth, legacy) { $0.isAlwaysAnswerable = true },
        request("server/discover", fromClient, [.v2026_07_28]) { $0.isHandshake = true },
        request("tools/list", fromClient, every, match: cursor) { $0.isList = true },
        request(
            "tools/call", fromClient, every, named: .name,
            // A task changes the type of the result (2025-11-25), so it is part of what was asked.
            match: nameAndArguments + [Facet("task", "task", isPresenceOnly: true)] + rounds),
        request("resources/list", fromClient, every, match: cursor) { $0.isList = true },
        request("resources/templates/list", fromClient, every, match: cursor) { $0.isList = true },
        request("resources/read", fromClient, every, named: .uri, match: uri + rounds),
        request("resources/subscribe", fromClient, legacy, named: .uri, match: uri),
        request("resources/unsubscribe", fromClient, legacy, named: .uri, match: uri),
        request(
            "subscriptions/listen", fromClient, [.v2026_07_28],
            match: [Facet("notifications", "notifications")]
        ) { $0.isLongLived = true },
        request("prompts/list", fromClient, every, match: cursor) { $0.isList = true },
        request("prompts/get", fromClient, every, named: .name, match: nameAndArguments + rounds),
        request(
            "completion/complete", fromClient, every, named: .completionReference, match: completion),
        request("logging/setLevel", fromClient, legacy, match: [Facet("level", "level")]),
        request("sampling/createMessage", fromServer, legacy, match: [Facet("messages", "messages")]),
        request("roots/list", fromServer, legacy),
        request("elicitation/create", fromServer, [.v2025_06_18, .v2025_11_25], match: elicitation),
    ]

    private static let taskRequests: [MethodEntry] = [
        request("tasks/get", fromBoth, [.v2025_11_25], named: .taskID, match: taskID) {
            $0.isInTasksExtension = true
        },
        request("tasks/result", fromBoth, [.v2025_11_25], named: .taskID, match: taskID),
        request("tasks/cancel", fromBoth, [.v2025_11_25], named: .taskID, match: taskID) {
            $0.isInTasksExtension = true
        },
        request("tasks/list", fromBoth, [.v2025_11_25], match: cursor),
        request(
            "tasks/update", fromClient, [], named: .taskID,
            match: taskID + [Facet("inputResponses", "inputResponses")]
        ) { $0.isInTasksExtension = true },
    ]

    private static let notifications: [MethodEntry] = [
        notification("notifications/initialized", fromClient, legacy),
        notification("notifications/cancelled", fromBoth, every),
        notification("notifications/progress", fromBoth, every),
        notification("notifications/message", fromServer, every),
        notification("notifications/resources/list_changed", fromServer, every),
        notification("notifications/resources/updated", fromServer, every, named: .uri),
        notification("notifications/tools/list_changed", fromServer, every),
        notification("notifications/prompts/list_changed", fromServer, every),
        notification("notifications/roots/list_changed", fromClient, legacy),
        notification(
            "notifications/elicitation/complete", fromServer, [.v2025_11_25], named: .elicitationID),
        notification("notifications/tasks/status", fromBoth, [.v2025_11_25], named: .taskID),
        notification("notifications/tasks", fromServer, [], named: .taskID) {
            $0.isInTasksExtension = true
        },
        notification("notifications/subscriptions/acknowledged", fromServer, [.v2026_07_28]),
    ]

    private static func request(
        _ method: String, _ directions: [Direction], _ revisions: [ProtocolRevision],
        named: MethodEntry.NameField = .none, match: [Facet] = [],
        _ adjust: (inout MethodEntry) -> Void = { _ in }
    ) -> MethodEntry {
        var entry = MethodEntry(
            method: method, kind: .request, directions: directions, revisions: revisions,
            nameField: named, matchFacets: match)
        adjust(&entry)
        return entry
    }

    private static func notification(
        _ method: String, _ directions: [Direction], _ revisions: [ProtocolRevision],
        named: MethodEntry.NameField = .none, _ adjust: (inout MethodEntry) -> Void = { _ in }
    ) -> MethodEntry {
        var entry = MethodEntry(
            method: method, kind: .notification, directions: directions, revisions: revisions,
            nameField: named)
        adjust(&entry)
        return entry
    }
}
