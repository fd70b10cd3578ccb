import MCPSemantics
import Wire

/// Gives an exchange another id and another progress token in the text of its messages.
struct ExchangeRenaming {
    var from: RequestID
    var to: RequestID
    /// JSON text of the progress token, and what it becomes; nil: it stays.
    var token: (from: String, to: String)?

    var isEmpty: Bool { from == to && token == nil }

    /// The text of one of its messages with the other id and token; the same slice when neither is in it.
    ///
    /// The request and the answer bear the id; progress, a cancellation and the messages of a subscription
    /// name the exchange in `params`.
    func applied(to text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard !isEmpty else { return text }
        var splice = JSONSplice()
        let envelope = Envelope.scan(text)
        if from != to, let id = envelope.id,
            UTF8Text.repaired(Envelope.slice(id, of: text)) == from.text
        {
            splice.replace(id, with: to.text.utf8)
        }
        if let root = JSONTree(text)?.root {
            let params = root["params"]
            if let token {
                replace(params?["_meta"]?["progressToken"], token.from, token.to, in: &splice)
                replace(params?["progressToken"], token.from, token.to, in: &splice)
            }
            if from != to {
                if envelope.id == nil { replace(params?["requestId"], from.text, to.text, in: &splice) }
                for parent in [params, root["result"]] {
                    let subscription = parent?["_meta"]?["io.modelcontextprotocol/subscriptionId"]
                    replace(subscription, from.text, to.text, in: &splice)
                }
            }
        }
        return splice.isEmpty ? text : splice.applied(to: text)?[...] ?? text
    }

    private func replace(
        _ node: JSONTree.Node?, _ old: String, _ new: String, in splice: inout JSONSplice
    ) {
        guard let node, UTF8Text.repaired(node.text) == old else { return }
        splice.replace(node.range, with: new.utf8)
    }

    /// The JSON text of the progress token that a request gives.
    static func token(of request: ArraySlice<UInt8>?) -> String? {
        request.flatMap { JSONTree($0)?.root["params"]?["_meta"]?["progressToken"]?.text }
            .map { UTF8Text.repaired($0) }
    }
}

/// Ids that are free in a session.
struct FreeIDs {
    private var used: Set<RequestID>
    private var highest: Int

    init(used: some Sequence<RequestID>) {
        self.used = Set(used)
        highest = self.used.reduce(0) { max($0, Int($1.text) ?? 0) }
    }

    /// `id` when nobody bears it yet, else one that nobody does.
    mutating func take(_ id: RequestID) -> RequestID {
        if used.insert(id).inserted {
            highest = max(highest, Int(id.text) ?? 0)
            return id
        }
        // A file may hold any number.
        highest = highest < Int.max / 2 ? highest + 1 : 1
        while !used.insert(RequestID(String(highest))).inserted { highest += 1 }
        return RequestID(String(highest))
    }
}
