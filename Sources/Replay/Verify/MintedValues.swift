import MCPSemantics
import Wire

/// Values that a server makes up and a client repeats: which request repeats what of which answer.
struct MintedValues: Sendable {
    /// What kind of value it is: each has places of its own in answers and in requests.
    enum Kind: Sendable, Hashable, CaseIterable {
        case cursor, requestState, task

        /// Where answers bring it. Keys from the message's root.
        var sources: [[String]] {
            switch self {
            case .cursor: [["result", "nextCursor"]]
            case .requestState: [["result", "requestState"]]
            case .task:
                [
                    ["result", "taskId"], ["result", "task", "taskId"], ["result", "tasks", "*", "taskId"],
                    ["result", "_meta", Self.relatedTask, "taskId"],
                ]
            }
        }

        /// Where requests and notifications of the client repeat it.
        var uses: [[String]] {
            switch self {
            case .cursor: [["params", "cursor"]]
            case .requestState: [["params", "requestState"]]
            case .task:
                [
                    ["params", "taskId"], ["params", "_meta", Self.relatedTask, "taskId"],
                    ["params", "notifications", "taskIds", "*"],
                ]
            }
        }

        private static let relatedTask = "io.modelcontextprotocol/related-task"
    }

    private struct Key: Hashable {
        var kind: Kind
        /// JSON text.
        var value: String
    }

    /// The newest request whose answer brought the value.
    private var producers: [Key: Int] = [:]

    /// Takes what the recorded answer of request `index` brings.
    mutating func note(_ answer: ArraySlice<UInt8>, of index: Int) {
        guard let root = JSONTree(answer)?.root else { return }
        for kind in Kind.allCases {
            for steps in kind.sources {
                for node in JSONPath.nodes(at: steps[...], in: root) {
                    let key = Key(kind: kind, value: node.textString)
                    // A task's later answers repeat its id.
                    if kind != .task || producers[key] == nil { producers[key] = index }
                }
            }
        }
    }

    /// The requests whose answers `request` repeats something of.
    func producers(for request: PlannedRequest) -> Set<Int> {
        guard !producers.isEmpty, let root = JSONTree(request.text)?.root else { return [] }
        var found: Set<Int> = []
        for kind in Kind.allCases {
            for steps in kind.uses {
                for node in JSONPath.nodes(at: steps[...], in: root) {
                    if let producer = producers[Key(kind: kind, value: node.textString)] {
                        found.insert(producer)
                    }
                }
            }
        }
        return found
    }
}

/// What the live server made up in place of what was recorded.
struct LiveValues: Sendable {
    private struct Key: Hashable {
        var kind: MintedValues.Kind
        /// JSON text.
        var recorded: String
    }

    /// JSON text by JSON text.
    private var minted: [Key: String] = [:]
    /// Values of `--bind` and ids of tasks: they are replaced wherever they stand. In the order they came.
    private var bound: [(recorded: String, live: String)] = []

    /// A value at least this long is also replaced inside of a longer text (a URI); shorter ones stand there
    /// by chance.
    static let insideLimit = 8

    /// Takes what the live answer has in the places of recorded values.
    mutating func learn(recorded: JSONTree.Node, live: JSONTree.Node, binding places: [[String]]) {
        for kind in MintedValues.Kind.allCases {
            for steps in kind.sources {
                for (old, new) in Self.pairs(steps, recorded, live) {
                    minted[Key(kind: kind, recorded: old.textString)] = new.textString
                    if kind == .task { bind(old, new) }
                }
            }
        }
        for steps in places {
            for (old, new) in Self.pairs(steps, recorded, live) { bind(old, new) }
        }
    }

    private static func pairs(
        _ steps: [String], _ recorded: JSONTree.Node, _ live: JSONTree.Node
    ) -> [(JSONTree.Node, JSONTree.Node)] {
        let old = JSONPath.nodes(at: steps[...], in: recorded, readsText: true)
        return Array(zip(old, JSONPath.nodes(at: steps[...], in: live, readsText: true)))
    }

    private mutating func bind(_ old: JSONTree.Node, _ new: JSONTree.Node) {
        guard let recorded = JSONPath.scalarText(old), let live = JSONPath.scalarText(new),
            !recorded.isEmpty
        else { return }
        bound.removeAll { $0.recorded == recorded }
        bound.append((recorded, live))
    }

    /// A recorded text with what is live in it.
    func live(_ recorded: String) -> String {
        var text = recorded
        for pair in bound.reversed() where text == pair.recorded { return pair.live }
        for pair in bound where pair.recorded.utf8.count >= Self.insideLimit {
            text = text.replacing(pair.recorded, with: pair.live)
        }
        return text
    }

    /// A recorded message of the client with live values in it. `missing`: it repeats something of an answer
    /// that the live one has nothing in the place of.
    func prepared(_ text: ArraySlice<UInt8>, hasProducers: Bool) -> (text: ArraySlice<UInt8>, missing: Bool) {
        guard let tree = JSONTree(text), let params = tree.root["params"] else { return (text, false) }
        var splice = JSONSplice()
        var isMissing = false
        var done: Set<Int> = []
        for kind in MintedValues.Kind.allCases {
            for steps in kind.uses {
                for node in JSONPath.nodes(at: steps[...], in: tree.root) {
                    done.insert(node.range.lowerBound)
                    if let live = minted[Key(kind: kind, recorded: node.textString)] {
                        splice.replace(node.range, with: live.utf8)
                    } else if hasProducers {
                        isMissing = true
                    }
                }
            }
        }
        if !bound.isEmpty {
            for member in params.members where !member.isCalled("_meta") {
                replaceBound(in: member.value, except: done, &splice)
            }
        }
        if splice.isEmpty { return (text, isMissing) }
        return (splice.applied(to: text).map { $0[...] } ?? text, isMissing)
    }

    private func replaceBound(in node: JSONTree.Node, except done: Set<Int>, _ splice: inout JSONSplice) {
        switch node.kind {
        case .object:
            for member in node.members { replaceBound(in: member.value, except: done, &splice) }
        case .array: for child in node.children { replaceBound(in: child, except: done, &splice) }
        case .string:
            guard !done.contains(node.range.lowerBound), let text = node.stringValue else { return }
            let live = live(text)
            if live != text { splice.replace(node.range, with: JSONText.quoted(live).utf8) }
        case .number:
            guard let live = bound.last(where: { $0.recorded == node.textString })?.live,
                !done.contains(node.range.lowerBound)
            else { return }
            splice.replace(node.range, with: (Double(live) == nil ? JSONText.quoted(live) : live).utf8)
        case .true, .false, .null: break
        }
    }

    /// A live answer with the recorded values where the server made some up, as a recording keeps them: later
    /// requests in it repeat those.
    static func restored(
        _ live: ArraySlice<UInt8>, as recorded: ArraySlice<UInt8>, binding places: [[String]]
    ) -> ArraySlice<UInt8> {
        guard let old = JSONTree(recorded)?.root, let new = JSONTree(live)?.root else { return live }
        var splice = JSONSplice()
        for steps in MintedValues.Kind.allCases.flatMap(\.sources) + places {
            let pairs = zip(
                JSONPath.nodes(at: steps[...], in: old), JSONPath.nodes(at: steps[...], in: new))
            for (former, present) in pairs where former.textString != present.textString {
                splice.replace(present.range, with: former.text)
            }
        }
        return splice.applied(to: live).map { $0[...] } ?? live
    }
}
