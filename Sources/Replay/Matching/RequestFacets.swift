import MCPSemantics
import Wire

/// A request as the matcher sees it.
struct RequestFacets: Sendable {
    var method: String
    /// Always the same facets in the same order for one method.
    var facets: [MatchFacet] = []
    /// The canonical values of what the method is applied to (tool name, URI …); empty when to nothing.
    var subject: [UInt8] = []

    /// Method and facets as one value: equal keys mean that the recorded answer serves.
    var key: MatchKey {
        var values: [UInt8] = []
        for facet in facets {
            // Canonical JSON holds no control byte, so 0 separates.
            values += facet.canonical
            values.append(0)
        }
        return MatchKey(method: method, values: values)
    }
}

/// Method and facets as one value.
struct MatchKey: Sendable, Hashable {
    var method: String
    var values: [UInt8]
}

extension RequestFacets {
    /// Reads the facets from a request's JSON text: those that the catalogue names for the method, and what
    /// else `params` holds but `_meta`, which changes from run to run (progress token, trace context,
    /// identity).
    ///
    /// Handshakes and pings have none: a newer client states other versions, capabilities and names, and the
    /// recorded answer is still the answer.
    init(of request: ArraySlice<UInt8>, method: String) {
        self.method = method
        let entry = MethodCatalogue[method]
        if let entry, entry.isHandshake || entry.isAlwaysAnswerable { return }
        let params = JSONTree(request)?.root["params"]
        let paths = entry?.matchFacets ?? []
        for path in paths {
            let facet = Self.facet(at: path, in: params)
            if entry?.nameField.names(path) ?? false {
                subject += facet.canonical
                subject.append(0)
            }
            facets.append(facet)
        }
        facets.append(Self.remainder(of: params, without: paths.compactMap { $0.path.dropFirst().first }))
    }

    private static func facet(at path: MethodEntry.FacetPath, in params: JSONTree.Node?) -> MatchFacet {
        // The catalogue's paths begin at the message.
        let steps = path.path.dropFirst()
        var text = steps.reduce(params) { node, step in node?[step] }?.text
        if text == nil, let equal = path.absentEquals { text = Array(equal.utf8)[...] }
        var canonical: [UInt8] = []
        if let text {
            canonical = path.isPresenceOnly ? Array("present".utf8) : Self.canonical(text)
        }
        let pointer = steps.reduce("") { JSONPointer.appending($1, to: $0) }
        return MatchFacet(name: path.name, pointer: pointer, canonical: canonical, text: text)
    }

    /// All of `params` that no other facet names, without `_meta`. No member is the same as no `params`.
    private static func remainder(of params: JSONTree.Node?, without named: [String]) -> MatchFacet {
        var facet = MatchFacet(name: "params", pointer: "", canonical: [], text: nil)
        guard let params else { return facet }
        guard params.kind == .object else {
            facet.text = params.text
            facet.canonical = canonical(params.text)
            return facet
        }
        var object: [UInt8] = []
        for member in params.members
        where !member.isCalled("_meta") && !named.contains(where: { member.isCalled($0) }) {
            object.append(object.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            object += member.keyText
            object.append(UInt8(ascii: ":"))
            object += member.value.text
        }
        guard !object.isEmpty else { return facet }
        object.append(UInt8(ascii: "}"))
        facet.text = object[...]
        facet.canonical = canonical(object[...])
        return facet
    }

    /// Text that has no canonical form (too deep) stands for itself.
    private static func canonical(_ text: ArraySlice<UInt8>) -> [UInt8] {
        CanonicalJSON.bytes(of: text) ?? Array(text)
    }
}

extension MethodEntry.NameField {
    /// Whether the facet is part of what the method is applied to.
    fileprivate func names(_ path: MethodEntry.FacetPath) -> Bool {
        switch self {
        case .none: false
        case .name: path.path == ["params", "name"]
        case .uri: path.path == ["params", "uri"]
        case .completionReference: path.path.starts(with: ["params", "ref"])
        case .taskID: path.path == ["params", "taskId"]
        case .elicitationID: path.path == ["params", "elicitationId"]
        }
    }
}
