internal import MCPSemantics
internal import Wire

/// What a server waits for inside a client's operation, while it has nothing to do itself.
public enum Wait: Int, Sendable, Hashable, CaseIterable {
    /// A person's answer: `elicitation/create`, or input of which that is part.
    case person
    /// A model's: `sampling/createMessage`, or input of which that is part and no elicitation.
    case model
    /// Anything else that the client is asked for: `roots/list`, or input of which it is not recorded what it
    /// was.
    case client

    /// What a request of the server's waits for; nil when it is none that makes a server wait.
    public init?(method: String) {
        switch method {
        case "elicitation/create": self = .person
        case "sampling/createMessage": self = .model
        case "roots/list": self = .client
        default: return nil
        }
    }

    /// What an answer with `resultType` `input_required` asks for: a person before a model before the rest,
    /// since that is what takes the time. `message` is the whole answer; nil when it is not recorded.
    ///
    /// Source: MCP 2026-07-28, multi round-trip requests (`result.inputRequests`).
    public init(inputRequiredBy message: ArraySlice<UInt8>?) {
        self = .client
        guard let message, let tree = JSONTree(message), let requests = tree.root["result"]?["inputRequests"]
        else { return }
        for request in requests.members {
            guard let method = request.value["method"]?.stringValue, let wait = Wait(method: method) else {
                continue
            }
            if wait.rawValue < rawValue { self = wait }
        }
    }

    /// The word in field names: `person`, `model`, `client`.
    public var word: String {
        switch self {
        case .person: "person"
        case .model: "model"
        case .client: "client"
        }
    }
}
