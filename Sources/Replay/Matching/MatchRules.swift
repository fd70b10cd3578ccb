import MCPSemantics
import Wire

/// What of a request must be equal to a recorded one, and which recorded one serves when several are.
public struct MatchRules: Sendable, Equatable {
    /// The facets that are compared, by name; nil: all that a method has. The method always is.
    public var facets: Set<String>?
    /// Places in `params` that are not compared.
    public var ignored: [IgnoredPlace] = []
    /// A string that holds a JSON object or array is compared as what it holds.
    public var readsJSONText = false
    public var repeats = Repeats.last
    public var order = Order.any
    public var misses = Misses.error

    /// Everything is compared, in any order, and the last answer is given again.
    public init() {}

    /// What a request gets that is made more often than it was recorded.
    ///
    /// Lists, handshakes and pings are asked for at will: they get the last answer in any case.
    public enum Repeats: String, Sendable, CaseIterable {
        /// The last recorded answer again; the report counts it.
        case last
        /// A miss: each recorded answer serves once.
        case once
        /// The recorded answers again, from the first.
        case loop
        /// An error, which is no miss: for a client that is to be seen coping with it.
        case error
    }

    /// What a request gets that has no match.
    public enum Misses: String, Sendable, CaseIterable {
        /// An error with the diagnosis.
        case error
        /// The answer of the nearest recorded request of the same method and name, which says so in its
        /// `_meta`; an error where there is none. It stays a miss.
        case nearest
        /// The real server's answer: the engine asks for the request to be forwarded.
        case forward
    }

    /// Whether requests may come in another order than recorded.
    public enum Order: String, Sendable, CaseIterable {
        case any
        /// The next request is the next recorded one, or it is a miss. Lists, handshakes and pings may come
        /// at any time.
        case recorded
    }

    /// Every name that `facets` may hold, in the order of the catalogue; `params` is all that no other names.
    public static let facetNames: [String] = {
        var names: [String] = []
        for entry in MethodCatalogue.all where entry.kind == .request {
            for path in entry.matchFacets where !names.contains(path.name) { names.append(path.name) }
        }
        return names + ["params"]
    }()

    /// Whether requests are compared as they are.
    var comparesAll: Bool { ignored.isEmpty && !readsJSONText }

    /// What a request is matched by. `request` is its JSON text.
    func key(of request: ArraySlice<UInt8>, method: String, name: String?) -> MatchKey {
        MatchKey(of: compared(request, method: method, name: name), method: method, comparing: facets)
    }

    /// A request's text without what is not compared; the same slice when nothing of it is left out.
    func compared(_ request: ArraySlice<UInt8>, method: String, name: String?) -> ArraySlice<UInt8> {
        guard !comparesAll else { return request }
        let places = ignored.filter { $0.applies(to: method, name) }.map { $0.steps[...] }
        guard readsJSONText || !places.isEmpty, let params = JSONTree(request)?.root["params"] else {
            return request
        }
        var text: [UInt8] = []
        ComparedText(readsJSONText: readsJSONText).append(params, without: places, to: &text)
        var splice = JSONSplice()
        splice.replace(params.range, with: text)
        return splice.result(on: request)
    }
}

/// A place in a request's `params` that is not compared.
public struct IgnoredPlace: Sendable, Equatable {
    enum Scope: Sendable, Equatable {
        case all
        case method(String)
        case tool(String)
    }

    var scope: Scope
    /// Keys and indices, of which `*` is any.
    var steps: [String]

    /// Reads `/arguments/time`, `tools/call:/arguments/time` or `tool:search:/arguments/time`; `*` in a place
    /// of a key or an index is any. Nil when it is none of these.
    public init?(_ text: String) {
        let pointer: Substring
        if text.hasPrefix("/") {
            scope = .all
            pointer = text[...]
        } else {
            guard let colon = text.firstRange(of: ":/") else { return nil }
            let name = text[..<colon.lowerBound]
            scope = name.hasPrefix("tool:") ? .tool(String(name.dropFirst(5))) : .method(String(name))
            pointer = text[text.index(after: colon.lowerBound)...]
            guard !name.isEmpty, scope != .tool("") else { return nil }
        }
        guard let steps = JSONPointer.steps(of: String(pointer)), steps.last?.isEmpty == false else {
            return nil
        }
        self.steps = steps
    }

    func applies(to method: String, _ name: String?) -> Bool {
        switch scope {
        case .all: true
        case .method(let own): own == method
        case .tool(let own): method == "tools/call" && own == name
        }
    }
}

/// Writes a value without some of its places. The tree's own limit bounds the recursion.
private struct ComparedText {
    let readsJSONText: Bool

    func append(_ node: JSONTree.Node, without places: [ArraySlice<String>], to text: inout [UInt8]) {
        guard readsJSONText || !places.isEmpty else { return text.append(contentsOf: node.text) }
        switch node.kind {
        case .object:
            text.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in node.members {
                let rest = Self.rest(of: places) { $0 == "*" || member.isCalled($0) }
                guard !rest.contains(where: \.isEmpty) else { continue }
                if !isFirst { text.append(UInt8(ascii: ",")) }
                isFirst = false
                text += member.keyText
                text.append(UInt8(ascii: ":"))
                append(member.value, without: rest, to: &text)
            }
            text.append(UInt8(ascii: "}"))
        case .array:
            text.append(UInt8(ascii: "["))
            for (index, element) in node.children.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                let rest = Self.rest(of: places) { $0 == "*" || $0 == String(index) }
                // The others keep their places.
                if rest.contains(where: \.isEmpty) {
                    text += "null".utf8
                } else {
                    append(element, without: rest, to: &text)
                }
            }
            text.append(UInt8(ascii: "]"))
        case .string:
            guard readsJSONText, let inner = Self.json(in: node) else { return text += node.text }
            append(inner.root, without: places, to: &text)
        case .number, .true, .false, .null:
            text += node.text
        }
    }

    private static func rest(
        of places: [ArraySlice<String>], _ isStep: (String) -> Bool
    ) -> [ArraySlice<String>] {
        places.compactMap { place in place.first.map(isStep) == true ? place.dropFirst() : nil }
    }

    /// The object or array that a string holds as text. Each level of quoting takes more bytes than the last,
    /// so that a message holds few.
    private static func json(in node: JSONTree.Node) -> JSONTree? {
        guard let text = node.stringValue, let first = text.utf8.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        return JSONTree(Array(text.utf8)[...])
    }
}
