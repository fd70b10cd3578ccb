import Recording
import Wire

/// One way in which a live message is not the recorded one.
public struct AnswerDifference: Sendable, Equatable {
    /// What kind of difference it is; the raw values are the words in reports.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Another value of the same type.
        case value
        /// A value of another type.
        case shape
        /// Something recorded is not there.
        case missing
        /// Something is there that was not recorded.
        case extra
        /// A result became an error, or an error a result or another one.
        case error
        /// The members of a list are the same, in another order.
        case order
        /// It took much longer than recorded.
        case latency
    }

    public var kind: Kind
    /// Where in the message, as a JSON pointer; a list's members are named by their names.
    public var pointer: String
    /// JSON texts; nil where there is nothing.
    public var recorded: String?
    public var live: String?
    /// More for a person, where the two values do not say all.
    public var note: String?

    init(_ kind: Kind, _ pointer: String, recorded: String? = nil, live: String? = nil, note: String? = nil) {
        self.kind = kind
        self.pointer = pointer
        self.recorded = recorded
        self.live = live
        self.note = note
    }
}

/// Compares a live message with a recorded one, structurally.
///
/// Numbers as numbers, objects without regard to order, lists of tools, prompts and resources by name, JSON
/// in text as JSON. What a server makes up (cursors, states, ids of tasks) is compared by its presence. A
/// placeholder of a redacted value is any value of its type, and one and the same throughout.
struct AnswerComparison {
    /// Differences that are kept of one message.
    static let limit = 64
    /// Bytes of a value that are kept for a person.
    static let valueLimit = 4096

    private let ignored: [ArraySlice<String>]
    private let reduced: ReducedContent
    private let values: LiveValues
    private(set) var placeholders: PlaceholderMatch
    private(set) var differences: [AnswerDifference] = []

    init(
        ignoring places: [ArraySlice<String>], reduced: ReducedContent, values: LiveValues,
        placeholders: PlaceholderMatch
    ) {
        ignored = places + Self.volatile
        self.reduced = reduced
        self.values = values
        self.placeholders = placeholders
    }

    /// Places that differ from run to run in every session: ids, what servers make up, times of tasks.
    private static let volatile: [ArraySlice<String>] = {
        let task = ["createdAt", "lastUpdatedAt"]
        let meta = [
            "traceparent", "tracestate", "baggage", "io.modelcontextprotocol/subscriptionId", "progressToken",
        ]
        var places: [[String]] = [
            ["id"], ["jsonrpc"], ["params", "progressToken"], ["params", "requestId"],
        ]
        places += task.flatMap {
            [
                ["result", $0], ["result", "task", $0], ["result", "tasks", "*", $0], ["params", $0],
                ["params", "task", $0],
            ]
        }
        places += meta.flatMap { [["result", "_meta", $0], ["params", "_meta", $0]] }
        return places.map { $0[...] }
    }()

    /// What a server makes up: that it is there counts.
    private static let minted: [ArraySlice<String>] =
        MintedValues.Kind.allCases.flatMap(\.sources).map { $0[...] } + [
            ["params", "taskId"], ["params", "elicitationId"],
            ["params", "_meta", "io.modelcontextprotocol/related-task", "taskId"],
        ]

    mutating func compare(_ recorded: JSONTree.Node, _ live: JSONTree.Node) {
        compare(recorded, live, at: "", ignored, Self.minted)
    }

    private mutating func compare(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String,
        _ ignored: [ArraySlice<String>], _ minted: [ArraySlice<String>]
    ) {
        guard differences.count < Self.limit else { return }
        if ignored.contains(where: \.isEmpty) { return }
        if minted.contains(where: \.isEmpty) || (!reduced.isEmpty && reduced.contains(pointer)) {
            if !ReducedContent.isSameType(recorded, live) { add(.shape, pointer, recorded, live) }
            return
        }
        guard recorded.kind == live.kind else {
            let isBool = ReducedContent.isSameType(recorded, live)
            return add(isBool ? .value : .shape, pointer, recorded, live)
        }
        switch recorded.kind {
        case .true, .false, .null: break
        case .number, .string: compareScalars(recorded, live, at: pointer, ignored)
        case .array:
            if recorded.text.elementsEqual(live.text) { return }
            if let key = Self.key(of: pointer), compareList(recorded, live, by: key, at: pointer, ignored) {
                return
            }
            compareElements(recorded, live, at: pointer, ignored, minted)
        case .object:
            if recorded.text.elementsEqual(live.text) { return }
            compareMembers(recorded, live, at: pointer, ignored, minted)
        }
    }

    private mutating func add(
        _ kind: AnswerDifference.Kind, _ pointer: String, _ recorded: JSONTree.Node?,
        _ live: JSONTree.Node?, note: String? = nil
    ) {
        guard differences.count < Self.limit else { return }
        differences.append(
            AnswerDifference(
                kind, pointer, recorded: recorded.map { Self.excerpt($0) },
                live: live.map { Self.excerpt($0) },
                note: note))
    }

    private static func excerpt(_ node: JSONTree.Node) -> String {
        let head = UTF8Text.repaired(UTF8Text.prefix(of: node.text, limit: valueLimit))
        return node.text.count > valueLimit ? head + "…" : head
    }

    // MARK: Scalars

    private mutating func compareScalars(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String, _ ignored: [ArraySlice<String>]
    ) {
        if recorded.text.elementsEqual(live.text) { return }
        if CanonicalJSON.bytes(of: recorded) == CanonicalJSON.bytes(of: live) { return }
        if let old = JSONPath.scalarText(recorded), let new = JSONPath.scalarText(live),
            values.live(old) == new
        {
            return
        }
        if PlaceholderMatch.mayHoldPlaceholder(recorded.text) {
            var match = placeholders
            if match.equals(recorded, live) {
                placeholders = match
                return
            }
            // The live value may be a secret: it is not told.
            return add(
                .value, pointer, recorded, nil,
                note: match.hasConflict
                    ? "a redacted value that was another one before" : "the text around a redacted value")
        }
        // JSON in text: what differs in it says more than the two texts.
        if let old = JSONPath.json(inTextOf: recorded), let new = JSONPath.json(inTextOf: live),
            old.root.kind == new.root.kind
        {
            return compare(old.root, new.root, at: pointer, ignored, [])
        }
        add(.value, pointer, recorded, live)
    }

    // MARK: Containers

    private static func rest(_ places: [ArraySlice<String>], _ step: String) -> [ArraySlice<String>] {
        places.isEmpty
            ? [] : places.compactMap { $0.first == step || $0.first == "*" ? $0.dropFirst() : nil }
    }

    private mutating func compareMembers(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String,
        _ ignored: [ArraySlice<String>], _ minted: [ArraySlice<String>]
    ) {
        var others: [String: JSONTree.Node] = [:]
        for member in live.members { others[member.key] = member.value }
        var seen: Set<String> = []
        for member in recorded.members where seen.insert(member.key).inserted {
            let (key, value) = (member.key, recorded[member.key] ?? member.value)
            let place = JSONPointer.appending(key, to: pointer)
            let inner = Self.rest(ignored, key)
            if let other = others[key] {
                compare(value, other, at: place, inner, Self.rest(minted, key))
            } else if !inner.contains(where: \.isEmpty), !isReduced(pointer) {
                add(.missing, place, value, nil)
            }
        }
        for member in live.members where !seen.contains(member.key) {
            let place = JSONPointer.appending(member.key, to: pointer)
            if !Self.rest(ignored, member.key).contains(where: \.isEmpty), !isReduced(pointer) {
                add(.extra, place, nil, member.value)
            }
        }
    }

    private func isReduced(_ pointer: String) -> Bool { !reduced.isEmpty && reduced.contains(pointer) }

    private mutating func compareElements(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, at pointer: String,
        _ ignored: [ArraySlice<String>], _ minted: [ArraySlice<String>]
    ) {
        var lefts = recorded.children
        var rights = live.children
        var index = 0
        while true {
            let (left, right) = (lefts.next(), rights.next())
            let (step, place) = ("\(index)", "\(pointer)/\(index)")
            let inner = Self.rest(ignored, step)
            switch (left, right) {
            case (let left?, let right?): compare(left, right, at: place, inner, Self.rest(minted, step))
            case (let left?, nil):
                if !inner.contains(where: \.isEmpty) { add(.missing, place, left, nil) }
            case (nil, let right?):
                if !inner.contains(where: \.isEmpty) { add(.extra, place, nil, right) }
            case (nil, nil): return
            }
            index += 1
        }
    }

    /// By which member the elements of a list are told apart.
    private static func key(of pointer: String) -> String? {
        switch pointer {
        case "/result/tools", "/result/prompts": "name"
        case "/result/resources": "uri"
        case "/result/resourceTemplates": "uriTemplate"
        default: nil
        }
    }

    /// False when the elements cannot be told apart by `key`.
    private mutating func compareList(
        _ recorded: JSONTree.Node, _ live: JSONTree.Node, by key: String, at pointer: String,
        _ ignored: [ArraySlice<String>]
    ) -> Bool {
        guard let old = Self.named(recorded, key), let new = Self.named(live, key) else { return false }
        let present = Dictionary(uniqueKeysWithValues: new)
        let former = Set(old.map(\.0))
        for (name, element) in old {
            let place = JSONPointer.appending(name, to: pointer)
            let inner = Self.rest(ignored, name)
            if let other = present[name] {
                compare(element, other, at: place, inner, [])
            } else if !inner.contains(where: \.isEmpty) {
                add(.missing, place, element, nil)
            }
        }
        for (name, element) in new where !former.contains(name) {
            if !Self.rest(ignored, name).contains(where: \.isEmpty) {
                add(.extra, JSONPointer.appending(name, to: pointer), nil, element)
            }
        }
        let kept = old.map(\.0).filter { present[$0] != nil }
        let shown = new.map(\.0).filter { former.contains($0) }
        if kept != shown {
            add(.order, pointer, nil, nil)
            if let last = differences.indices.last, differences[last].kind == .order {
                differences[last].recorded = Self.array(kept)
                differences[last].live = Self.array(shown)
            }
        }
        return true
    }

    private static func array(_ names: [String]) -> String {
        "[" + names.map { JSONText.quoted($0) }.joined(separator: ",") + "]"
    }

    private static func named(_ list: JSONTree.Node, _ key: String) -> [(String, JSONTree.Node)]? {
        var names: Set<String> = []
        var found: [(String, JSONTree.Node)] = []
        for element in list.children {
            guard let name = element[key]?.stringValue, names.insert(name).inserted else { return nil }
            found.append((name, element))
        }
        return found
    }
}
