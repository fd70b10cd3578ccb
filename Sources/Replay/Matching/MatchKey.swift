import MCPSemantics
import Wire

/// Method and facets as one value: equal keys mean that the recorded answer serves.
struct MatchKey: Sendable, Hashable {
    var method: String
    /// The canonical values of all facets, each ended by a zero byte, which canonical JSON never holds.
    var values: [UInt8]

    /// The values alone tell nearly all requests apart, and hash in one piece.
    func hash(into hasher: inout Hasher) {
        values.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension MatchKey {
    /// The key of a request's JSON text.
    init(of request: ArraySlice<UInt8>, method: String, comparing facets: Set<String>? = nil) {
        self.method = method
        values = []
        let plan = FacetPlan(for: method, comparing: facets)
        guard plan.hasFacets else { return }
        let params = JSONTree(request)?.root["params"]
        plan.forEach(in: params) { _, value in
            value.appendCanonical(to: &values)
            values.append(0)
        }
    }
}

/// Which facets a method is matched by, and where they are found: the one rule for keys and explanations.
///
/// The catalogue names the facets; one more, `params`, holds what none of them names, without `_meta`, which
/// changes from run to run (progress token, trace context, identity). Handshakes and pings have none: a newer
/// client states other versions, capabilities and names, and the recorded answer is still the answer.
struct FacetPlan {
    let entry: MethodEntry?
    let hasFacets: Bool
    private let paths: [MethodEntry.FacetPath]
    /// The names of the facets that are compared; nil: all.
    private let compared: Set<String>?

    init(for method: String, comparing facets: Set<String>? = nil) {
        compared = facets
        entry = MethodCatalogue[method]
        hasFacets = !(entry.map { $0.isHandshake || $0.isAlwaysAnswerable } ?? false)
        paths = entry?.matchFacets ?? []
    }

    /// Hands out each facet's path (nil for `params`) and value, always in the same order.
    func forEach(in params: JSONTree.Node?, _ body: (MethodEntry.FacetPath?, FacetValue) -> Void) {
        guard hasFacets else { return }
        for path in paths where compared?.contains(path.name) ?? true {
            // The catalogue's paths begin at the message.
            var node = params
            for step in path.path.dropFirst() { node = node?[step] }
            if let node {
                body(path, path.isPresenceOnly ? .present(node) : .node(node))
            } else {
                body(path, path.absentEquals.map { .text(Array($0.utf8)[...]) } ?? .absent)
            }
        }
        if compared?.contains("params") ?? true { body(nil, remainder(of: params)) }
    }

    /// All of `params` that no path names, without `_meta`. No member is the same as no `params`.
    private func remainder(of params: JSONTree.Node?) -> FacetValue {
        guard let params else { return .absent }
        guard params.kind == .object else { return .node(params) }
        var object: [UInt8] = []
        for member in params.members where !isNamed(member) {
            object.append(object.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            object += member.keyText
            object.append(UInt8(ascii: ":"))
            object += member.value.text
        }
        guard !object.isEmpty else { return .absent }
        object.append(UInt8(ascii: "}"))
        return .text(object[...])
    }

    private func isNamed(_ member: JSONTree.Member) -> Bool {
        if member.isCalled("_meta") { return true }
        for path in paths where path.path.count > 1 && member.isCalled(path.path[1]) { return true }
        return false
    }
}

/// A facet's value.
enum FacetValue {
    case absent
    case node(JSONTree.Node)
    /// Only that it is there counts.
    case present(JSONTree.Node)
    /// Valid JSON text that stands nowhere in the message.
    case text(ArraySlice<UInt8>)

    /// The value's JSON text; nil when it is absent.
    var text: ArraySlice<UInt8>? {
        switch self {
        case .absent: nil
        case .node(let node), .present(let node): node.text
        case .text(let text): text
        }
    }

    /// Appends the canonical form: nothing for an absent value.
    func appendCanonical(to bytes: inout [UInt8]) {
        switch self {
        case .absent: break
        case .node(let node): bytes += CanonicalJSON.bytes(of: node)
        case .present: bytes += "present".utf8
        // Text that has no canonical form (too deep) stands for itself.
        case .text(let text): bytes += CanonicalJSON.bytes(of: text) ?? Array(text)
        }
    }
}
